package repo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"
)

func TestSourceDSN(t *testing.T) {
	abs := t.TempDir()
	t.Chdir(abs)
	for _, name := range []string{"plain.db", "a b.db", "50%41.db", "what?mode=memory.db", "half#2.db", "a+b&c=d;e.db", "ä 日.db", "q'\"`.db"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, `?"`) {
			continue
		}
		for _, path := range []string{name, filepath.Join(abs, name)} {
			src := source{path: path, query: url.Values{"mode": {"rwc"}}}
			db := openSource(t, src)
			if _, err := db.Exec("CREATE TABLE IF NOT EXISTS t (a)"); err != nil {
				t.Errorf("%q: %v", path, err)
			}
			db.Close()
			if _, err := os.Stat(filepath.Join(abs, name)); err != nil {
				t.Errorf("%q did not become that file: %v", path, err)
			}
		}
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && len(entries) != 8 {
		t.Errorf("files made: %v", entries)
	}
	if _, err := (source{path: "a\x00b"}).dsn(); err == nil {
		t.Error("a path with a zero byte was accepted, which SQLite would cut")
	}
}

func TestOpenDoesNotCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := openWriterPool(t.Context(), path, 0, DurabilityFull, nil); err == nil {
		t.Error("writer opened a file that is not there")
	}
	if _, err := openReaderPool(t.Context(), path, 0, 0, nil); err == nil {
		t.Error("reader opened a file that is not there")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file was created: %v", err)
	}
}

func TestWriterPragmas(t *testing.T) {
	path := numberFile(t)
	for durability, synchronous := range map[Durability]string{DurabilityFull: "2", DurabilityNormal: "1"} {
		db, err := openWriterPool(t.Context(), path, 1234*time.Millisecond, durability, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"journal_mode": "wal", "synchronous": synchronous, "busy_timeout": "1234",
			"cache_size": "-4000", "foreign_keys": "1", "fullfsync": "1", "query_only": "0"}
		for name, value := range want {
			var got string
			if err := db.Get(&got, "PRAGMA "+name); err != nil || got != value {
				t.Errorf("writer: PRAGMA %s is %q, want %q (%v)", name, got, value, err)
			}
		}
		if open := db.Stats().MaxOpenConnections; open != 1 {
			t.Errorf("writer has up to %d connections", open)
		}
		db.Close()
	}
}

func TestReaderPragmas(t *testing.T) {
	path := numberFile(t)
	writer := openTestWriter(t, path, flagHooks)
	db, err := openReaderPool(t.Context(), path, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if open := db.Stats().MaxOpenConnections; open != 4 {
		t.Errorf("%d readers by default, want 4", open)
	}
	for range 4 { // all of them, at once: each must have been told
		conn, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		want := map[string]string{"journal_mode": "wal", "busy_timeout": "5000", "cache_size": "-2000", "mmap_size": "0", "query_only": "1"}
		for name, value := range want {
			var got string
			if err := conn.GetContext(t.Context(), &got, "PRAGMA "+name); err != nil || got != value {
				t.Errorf("reader: PRAGMA %s is %q, want %q (%v)", name, got, value, err)
			}
		}
		if _, err := conn.ExecContext(t.Context(), "DELETE FROM number"); meaning(err) != ErrReadOnly {
			t.Errorf("reader wrote: %v", err)
		}
	}
	if err := writer.do(t.Context(), add(1)); err != nil {
		t.Errorf("writing beside the readers: %v", err)
	}
}

func TestReadOnlySource(t *testing.T) {
	path := numberFile(t)
	before, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := readOnlySource(path, 0, url.Values{"immutable": {"1"}}).dsn()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openPool(t.Context(), dsn, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.Get(&n, sqlCount); err != nil || n != 0 {
		t.Errorf("count: %d, %v", n, err)
	}
	if _, err := db.Exec("DELETE FROM number"); meaning(err) != ErrReadOnly {
		t.Errorf("read-only store wrote: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	after, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(after) != len(before) {
		t.Errorf("reading left files behind: %v, before %v (%v)", after, before, err)
	}
}

func TestPrepareDriver(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	prepareDriver(log)
	openTestWriter(t, numberFile(t), flagHooks)
	if runtime.GOOS == "linux" && !sqlite.OFDLockingEnabled() {
		t.Logf("no OFD locks on this system: %s", &out)
	}
	prepareDriver(log) // with files open: it is set already
	if sqlite.OFDLockingEnabled() && out.Len() > 0 {
		t.Errorf("logged though the locks are in effect: %s", &out)
	}
	dsn, err := source{path: numberFile(t), query: url.Values{"mode": {"rw"}}, pragmas: []string{"user_version(1);DELETE FROM number"}}.dsn()
	if err != nil {
		t.Fatal(err)
	}
	if db, err := openPool(context.Background(), dsn, 1, log); err == nil {
		db.Close()
		t.Error("a pragma with a second statement behind it was run")
	}
}

// TestWriterWithoutTriggers fails when the driver's connection is no more what
// withoutTriggers expects: writes then take much longer.
func TestWriterWithoutTriggers(t *testing.T) {
	w := openTestWriter(t, numberFile(t), writerHooks{})
	if err := w.conn.triggers; err != nil {
		t.Fatal(err)
	}
	err := w.do(t.Context(), func(ctx context.Context, x execer) error {
		_, err := x.exec(ctx, "CREATE TRIGGER never AFTER INSERT ON number BEGIN SELECT RAISE(ABORT, 'a trigger ran'); END")
		return errors.Join(err, add(1)(ctx, x))
	})
	if err != nil {
		t.Error(err)
	}
	for _, dc := range []any{nil, 1, struct{ db uintptr }{1}, &struct{ tls, db int }{}} {
		if err := withoutTriggers(dc); err == nil {
			t.Errorf("%T was taken for a connection", dc)
		}
	}
}
