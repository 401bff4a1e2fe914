package sqlitedb

import (
	"context"
	"os"
	"testing"
	"time"
)

// follow makes the table by which Litestream is known.
func follow(t *testing.T, path string) {
	t.Helper()
	if _, err := openSource(t, source{path: path}).Exec("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)"); err != nil {
		t.Fatal(err)
	}
}

// TestFollowedLogIsCut: the log of a database that Litestream follows is cut where it is begun anew, so that no frame of
// before stands behind those that came after. Litestream takes such a frame, if it copied that one last, for a sign that
// nothing was written in between.
func TestFollowedLogIsCut(t *testing.T) {
	cases := map[string]struct {
		when string
		cut  bool
	}{
		"followed when opened":     {"before", true},
		"followed since":           {"after", true},
		"not followed":             {"", false},
		"connection made anew too": {"broken", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := numberFile(t)
			if c.when == "before" || c.when == "broken" {
				follow(t, path)
			}
			db := openTest(t, path, func(o *Options) { o.lookFollowers = time.Nanosecond })
			write := func(from, to int) {
				t.Helper()
				for n := from; n < to; n++ {
					if err := db.Do(t.Context(), add(n)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.when == "after" {
				follow(t, path)
				write(1000, 1001) // after this it is looked
				for end := time.Now().Add(5 * time.Second); !db.log.followed.Load() && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
			}
			write(0, 50)
			if c.when == "broken" {
				db.writer.conn.broken = true
			}
			long := size(t, path+"-wal")
			if err := db.Maintain(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
				t.Fatal(err)
			}
			write(50, 51)
			if is := size(t, path+"-wal"); c.cut != (is < long) {
				t.Errorf("the log had %d bytes, and has %d after it was begun anew", long, is)
			}
		})
	}
}

// TestFollowerIsNotWaitedFor: where Litestream keeps a read open, nobody waits for the log to be emptied, and what
// it has not read stays there.
func TestFollowerIsNotWaitedFor(t *testing.T) {
	path := numberFile(t)
	follow(t, path)
	db := openTest(t, path, func(o *Options) { o.Busy = 30 * time.Second })
	if err := db.Do(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	reader, err := openSource(t, source{path: path}).BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Rollback() }()
	if err := reader.Get(new(int), sqlCount); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), add(2)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.EmptyLog(ctx); err != nil {
		t.Errorf("empty the log beside a reader: %v", err)
	}
	if size(t, path+"-wal") == 0 {
		t.Error("the log is empty, which a reader needs")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := db.EmptyLog(t.Context()); err != nil || size(t, path+"-wal") != 0 {
		t.Errorf("the log has %d bytes when nobody reads from it: %v", size(t, path+"-wal"), err)
	}
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
