package sqlitedb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	for _, readOnly := range []bool{false, true} {
		db, err := Open(t.Context(), path, Options{ReadOnly: readOnly})
		if !errors.Is(Classify(err), ErrReadOnly) {
			t.Errorf("a file that is not there: %v, %v", db, err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file was created: %v", err)
	}
}

// wantPragmas asks a connection what it was told.
func wantPragmas(t *testing.T, tx *Tx, want map[string]string) {
	t.Helper()
	for name, value := range want {
		var got any
		if err := tx.Get(t.Context(), &got, "PRAGMA "+name); err != nil || fmt.Sprint(got) != value {
			t.Errorf("PRAGMA %s is %v, want %q (%v)", name, got, value, err)
		}
	}
}

func TestWriterPragmas(t *testing.T) {
	path := numberFile(t)
	for durability, synchronous := range map[Durability]string{DurabilityFull: "2", DurabilityNormal: "1"} {
		db := openTest(t, path, func(o *Options) { o.Busy, o.Durability = 1234*time.Millisecond, durability })
		err := db.Do(t.Context(), func(_ context.Context, tx *Tx) error {
			wantPragmas(t, tx, map[string]string{"journal_mode": "wal", "synchronous": synchronous, "busy_timeout": "100",
				"journal_size_limit": "67108864", "cache_size": "-4000", "foreign_keys": "1", "fullfsync": "1", "query_only": "0"})
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		closeTest(t, db)
	}
}

func TestReaderPragmas(t *testing.T) {
	db := openTest(t, numberFile(t), func(o *Options) { o.Busy = 0 })
	nested(t, db, 6, func(ctx context.Context, tx *Tx) { // each must have been told
		wantPragmas(t, tx, map[string]string{"journal_mode": "wal", "busy_timeout": "5000", "cache_size": "-2000", "mmap_size": "0", "query_only": "1"})
		if _, err := tx.Exec(ctx, "DELETE FROM number"); meaning(err) != ErrReadOnly {
			t.Errorf("reader wrote: %v", err)
		}
		if err := db.Do(t.Context(), func(context.Context, *Tx) error { return nil }); err != nil {
			t.Errorf("writing beside the readers: %v", err)
		}
	})
}

// nested runs fn in a View inside a View, n deep.
func nested(t *testing.T, db *DB, n int, fn func(context.Context, *Tx)) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		if n > 1 {
			nested(t, db, n-1, fn)
		}
		fn(ctx, tx)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReadOnlyFile(t *testing.T) {
	path := numberFile(t)
	before, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	db := openTest(t, path, func(o *Options) { o.ReadOnly, o.URI = true, url.Values{"mode": {"ro"}, "immutable": {"1"}} })
	nested(t, db, 2, func(ctx context.Context, tx *Tx) {
		var n int
		if err := tx.Get(ctx, &n, sqlCount); err != nil || n != 0 {
			t.Errorf("count: %d, %v", n, err)
		}
		if _, err := tx.Exec(ctx, "DELETE FROM number"); meaning(err) != ErrReadOnly {
			t.Errorf("read-only file was written: %v", err)
		}
	})
	closeTest(t, db)
	after, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(after) != len(before) {
		t.Errorf("reading left files behind: %v, before %v (%v)", after, before, err)
	}
}

func TestPrepare(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	Prepare(log)
	openTest(t, numberFile(t))
	if runtime.GOOS == "linux" && !sqlite.OFDLockingEnabled() {
		t.Logf("no OFD locks on this system: %s", &out)
	}
	Prepare(log) // with files open: it is set already
	if sqlite.OFDLockingEnabled() && out.Len() > 0 {
		t.Errorf("logged though the locks are in effect: %s", &out)
	}
	pool, err := newPool(source{path: numberFile(t), query: url.Values{"mode": {"rw"}}, pragmas: []string{"user_version(1);DELETE FROM number"}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if pool.Ping() == nil {
		t.Error("a pragma with a second statement behind it was run")
	}
}

// TestWriterWithoutTriggers fails when the driver's connection is no more what
// withoutTriggers expects: writes then take much longer.
func TestWriterWithoutTriggers(t *testing.T) {
	db := openTest(t, numberFile(t))
	if err := db.writer.conn.triggers; err != nil {
		t.Fatal(err)
	}
	err := db.Do(t.Context(), func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "CREATE TRIGGER never AFTER INSERT ON number BEGIN SELECT RAISE(ABORT, 'a trigger ran'); END")
		return errors.Join(err, add(1)(ctx, tx))
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
