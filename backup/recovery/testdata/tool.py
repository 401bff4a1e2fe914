"""A tool that knows nothing of the store's lock: it commits settings in a loop and
prints each key that was committed, until stdin ends."""
import itertools
import sqlite3
import sys
import threading

path, mode = sys.argv[1:3]
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()


def connect():
    return sqlite3.connect(path, timeout=20)


def commit(connection, key):
    connection.execute("INSERT INTO settings (key, value) VALUES (?, '1')", (key,))
    connection.commit()
    print(key, flush=True)


beside = connect()  # it has opened the file and read nothing
if mode == "idle":
    beside.execute("SELECT count(*) FROM settings").fetchone()
for n in itertools.count():
    if stop.wait(0.001):
        break
    if mode == "open":
        commit(beside, "%s %d" % (mode, n))
        continue
    one = connect()
    commit(one, "%s %d" % (mode, n))
    one.close()
if mode == "untouched":
    commit(beside, "beside")
