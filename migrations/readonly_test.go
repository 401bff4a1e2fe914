package migrations

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// situations are the states a store can be found in.
var situations = map[string]struct {
	writer string // what the writer did
	killed bool
	lose   string // suffix of a file that went away after the crash
	header bool   // the writer was killed right after it had written the header of the -wal
	way    string // part of the DSN that fits
	ofd    bool   // the writer's locks belong to its open file, not to its process
}{
	"closed":             {writer: "close", way: "immutable=1"},
	"writer":             {writer: "hold", way: "readonly_shm=1"},
	"writer, empty wal":  {writer: "checkpoint", way: "readonly_shm=1"},
	"writer, ofd":        {writer: "hold", ofd: true, way: "readonly_shm=1"},
	"crash":              {writer: "hold", killed: true, way: "readonly_shm=1"},
	"crash, empty wal":   {writer: "checkpoint", killed: true, way: "readonly_shm=1"},
	"crash, no shm":      {writer: "hold", killed: true, lose: "-shm", way: "scratch"},
	"crash, only db":     {writer: "checkpoint", killed: true, lose: "-wal", way: "immutable=1"},
	"crash, rolled back": {writer: "rollback", killed: true, way: "scratch"},
	"crash, header":      {writer: "checkpoint", killed: true, header: true, way: "immutable=1"},
	"header, no shm":     {writer: "checkpoint", killed: true, header: true, lose: "-shm", way: "immutable=1"},
}

func TestReadOnlyChangesNothing(t *testing.T) {
	for name, s := range situations {
		t.Run(name, func(t *testing.T) {
			if s.ofd {
				t.Setenv("MODERNC_SQLITE_OFD_LOCK", "1")
			}
			db := newPath(t)
			arrange(t, db, s.writer, s.killed, s.lose)
			if s.header {
				if err := os.WriteFile(db+"-wal", logHeader(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := state(t, db)
			scratch := filepath.Join(t.TempDir(), "scratch")
			way, err := ReadOnly(t.Context(), db, func() (string, error) { return scratch, os.Mkdir(scratch, 0o700) })
			if err != nil {
				t.Fatal(err)
			}
			dsn, err := way.dsn(t.Context())
			if err != nil || !strings.Contains(dsn, s.way) {
				t.Errorf("opened by %s", dsn)
			}
			if n := count(t, dsn); n != 20 {
				t.Errorf("%d rows", n)
			}
			if err := way.Done(); err != nil {
				t.Error(err)
			}
			if after := state(t, db); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
			if _, err := os.Stat(scratch); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("scratch stays: %v", err)
			}
		})
	}
}

// logHeader makes the header of a -wal as SQLite writes it: https://sqlite.org/fileformat2.html#walformat
func logHeader() []byte {
	words := []uint32{0x377f0682, 3007000, 4096, 1, 0x12345678, 0x9abcdef0}
	var s0, s1 uint32
	for i := 0; i < len(words); i += 2 { // the magic number says: little-endian words
		s0 += bits.ReverseBytes32(words[i]) + s1
		s1 += bits.ReverseBytes32(words[i+1]) + s0
	}
	var b []byte
	for _, w := range append(words, s0, s1) {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

func arrange(t *testing.T, db, what string, killed bool, lose string) {
	t.Helper()
	if what == "close" {
		if err := command(what, db).Run(); err != nil {
			t.Fatal(err)
		}
		return
	}
	w := startWriter(t, what, db)
	if killed {
		w.kill()
	}
	if lose != "" {
		if err := os.Remove(db + lose); err != nil {
			t.Fatal(err)
		}
	}
	if lose == "-wal" {
		if err := os.Remove(db + "-shm"); err != nil {
			t.Fatal(err)
		}
	}
}

func count(t *testing.T, dsn string) (n int) {
	t.Helper()
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var check string
	if err := pool.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity_check: %s, %v", check, err)
	}
	if err := pool.QueryRow(`SELECT count(*) FROM t`).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// TestReadOnlyBesideWriter: a reader of a live store sees what is written and
// holds nobody up.
func TestReadOnlyBesideWriter(t *testing.T) {
	db := newPath(t)
	w := startWriter(t, "hold", db)
	way, err := ReadOnly(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := way.dsn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, dsn); n != 20 {
		t.Errorf("%d rows", n)
	}
	w.write(t)
	if n := count(t, dsn); n != 21 {
		t.Errorf("%d rows after a write", n)
	}
	w.kill()
	if n := count(t, dsn); n != 21 {
		t.Errorf("%d rows after a crash", n)
	}
	if err := way.Done(); err != nil {
		t.Error(err)
	}
}

// TestReadOnlyDisturbed: immutable takes no locks, so a writer that does not
// know of ours is noticed afterwards.
func TestReadOnlyDisturbed(t *testing.T) {
	db := newPath(t)
	arrange(t, db, "close", false, "")
	way, err := ReadOnly(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := way.dsn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count(t, dsn)
	w := startWriter(t, "hold", db)
	if err := way.Done(); !errors.Is(err, ErrDisturbed) {
		t.Errorf("beside a writer: %v", err)
	}
	w.kill()
	time.Sleep(20 * time.Millisecond) // the clock of the file system ticks slowly
	if err := os.Remove(db + "-wal"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(db + "-shm"); err != nil {
		t.Fatal(err)
	}
	way, err = ReadOnly(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	arrange(t, db, "close", false, "")
	if err := way.Done(); !errors.Is(err, ErrDisturbed) {
		t.Errorf("after a writer: %v", err)
	}
}

func TestReadOnlyScratchFails(t *testing.T) {
	db := newPath(t)
	arrange(t, db, "hold", true, "-shm")
	before := state(t, db)
	boom := errors.New("no room")
	if _, err := ReadOnly(t.Context(), db, func() (string, error) { return "", boom }); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	if _, err := ReadOnly(t.Context(), filepath.Dir(db), nil); err == nil {
		t.Error("a directory was opened")
	}
	if after := state(t, db); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
}
