package migrations

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"taskstore/internal/durable"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshotFails(t *testing.T) {
	db := filled(t)
	before := dump(t, db)
	boom := errors.New("disk on fire")
	for _, snap := range []func(context.Context) (func(context.Context) error, error){
		nil,
		func(context.Context) (func(context.Context) error, error) { return nil, boom },
	} {
		_, err := Up(t.Context(), db, Options{FS: sources(first, rebuild), Snapshot: snap})
		if err == nil || errors.Is(err, ErrFailed) || snap != nil && !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
	}
	if diff := cmp.Diff(before, dump(t, db)); diff != "" {
		t.Errorf("store changed: %s", diff)
	}
}

func TestWriteDuringSnapshot(t *testing.T) {
	db := filled(t)
	s := &snapshots{t: t, db: db}
	snap := func(ctx context.Context) (func(context.Context) error, error) {
		back, err := s.take(ctx)
		execute(t, db, `INSERT INTO notes VALUES (9, 'by someone else')`)
		return back, err
	}
	_, err := Up(t.Context(), db, Options{FS: sources(first, rebuild), Snapshot: snap})
	if !errors.Is(err, ErrLocked) || s.back != 0 {
		t.Errorf("error %v, put back %d times", err, s.back)
	}
	if !strings.Contains(dump(t, db), "by someone else") {
		t.Error("the other's row is gone")
	}
}

func TestPutBackFails(t *testing.T) {
	db := filled(t)
	boom := errors.New("cannot rename")
	snap := func(context.Context) (func(context.Context) error, error) {
		return func(context.Context) error { return boom }, nil
	}
	_, err := Up(t.Context(), db, Options{FS: sources(first, "-- +goose Up\nNONSENSE;"), Snapshot: snap})
	if !errors.Is(err, ErrFailed) || !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
}

// TestCancelled ends the context inside the third file.
func TestCancelled(t *testing.T) {
	db := filled(t)
	before := dump(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	s := &snapshots{t: t, db: db}
	slow := `-- +goose Up
		INSERT INTO notes
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
		SELECT i, 'slow', NULL FROM n WHERE i < 0;`
	_, err := Up(ctx, db, Options{FS: sources(first, rebuild, slow), Snapshot: s.take})
	if !errors.Is(err, ErrFailed) || ctx.Err() == nil || s.back != 1 {
		t.Errorf("put back %d times, error %v", s.back, err)
	}
	if err != nil && strings.Contains(err.Error(), "put back the store") {
		t.Errorf("putting back was cancelled as well: %v", err)
	}
	if diff := cmp.Diff(before, dump(t, db)); diff != "" {
		t.Errorf("store changed: %s", diff)
	}
}

func TestRefusals(t *testing.T) {
	second := "-- +goose Up\nCREATE TABLE more (pk INTEGER PRIMARY KEY) STRICT;"
	gap := sources(first, second)
	gap["00003_step.sql"] = gap["00002_step.sql"]
	delete(gap, "00002_step.sql")
	removed := fstest.MapFS{"00003_step.sql": gap["00003_step.sql"]}
	between := sources(first, second)
	between["00003_step.sql"] = gap["00003_step.sql"]
	applied := sources(first, second)
	crlf := sources(strings.ReplaceAll(first, "\n", "\r\n"), second)
	for name, c := range map[string]struct {
		applied, now fstest.MapFS
		want         error
	}{
		"too new":      {applied, sources(first), ErrTooNew},
		"edited":       {applied, sources(first+"-- x", second), ErrChanged},
		"removed":      {gap, removed, ErrChanged},
		"put between":  {gap, between, ErrChanged},
		"other breaks": {applied, crlf, nil},
	} {
		t.Run(name, func(t *testing.T) {
			db := newPath(t)
			if _, err := Up(t.Context(), db, Options{FS: c.applied}); err != nil {
				t.Fatal(err)
			}
			before := dump(t, db)
			if _, err := Up(t.Context(), db, Options{FS: c.now}); !errors.Is(err, c.want) {
				t.Errorf("up: %v", err)
			}
			files, err := load(c.now)
			if err != nil {
				t.Fatal(err)
			}
			st, err := read(t.Context(), db, files)
			if !errors.Is(err, c.want) || len(st.Applied) != 2 {
				t.Errorf("read: %v, %+v", err, st)
			}
			if name == "too new" && !strings.Contains(err.Error(), "at version 2, the program knows versions up to 1") {
				t.Errorf("message: %v", err)
			}
			if diff := cmp.Diff(before, dump(t, db)); diff != "" {
				t.Errorf("store changed: %s", diff)
			}
		})
	}
}

func TestNotStore(t *testing.T) {
	for _, text := range []string{`CREATE TABLE bookmarks (url)`, `PRAGMA application_id = 5`, `PRAGMA user_version = 3`} {
		db := newPath(t)
		if err := os.WriteFile(db, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		execute(t, db, text)
		if _, err := Up(t.Context(), db, Options{FS: sources(first)}); !errors.Is(err, ErrNotStore) {
			t.Errorf("%s: up: %v", text, err)
		}
		if _, err := Read(t.Context(), db); !errors.Is(err, ErrNotStore) {
			t.Errorf("%s: read: %v", text, err)
		}
	}
	if _, err := Read(t.Context(), newPath(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	for name, fsys := range map[string]fstest.MapFS{
		"none":           {},
		"name":           {"1_short.sql": {Data: []byte(first)}},
		"zero":           {"00000_zero.sql": {Data: []byte(first)}},
		"same number":    {"00001_a.sql": {Data: []byte(first)}, "00001_b.sql": {Data: []byte(first)}},
		"no transaction": sources("-- +goose no transaction\n" + first),
	} {
		db := newPath(t)
		if _, err := Up(t.Context(), db, Options{FS: fsys}); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := os.Stat(db); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: made a file", name)
		}
	}
}

func TestLocked(t *testing.T) {
	db := newPath(t)
	unlock, err := durable.Lock(t.Context(), db+".migrate.lock", durable.Exclusive, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func(was time.Duration) { lockWait = was }(lockWait)
	lockWait = 100 * time.Millisecond
	if _, err := Up(t.Context(), db, Options{FS: sources(first)}); !errors.Is(err, ErrLocked) {
		t.Errorf("error %v", err)
	}
	lockWait = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Up(ctx, db, Options{FS: sources(first)}); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLocked) {
		t.Errorf("the caller did not want to wait: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := Up(t.Context(), db, Options{FS: sources(first)}); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce: of many that want the same, one does it.
func TestManyAtOnce(t *testing.T) {
	db := newPath(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := Up(t.Context(), db, Options{FS: sources(first, rebuild)}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
