package migrations

import (
	"bytes"
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"
)

func slowSources() fs.FS {
	return sources(first+fill, rebuild, `-- +goose Up
		UPDATE notes SET title = 'lost';
		INSERT INTO notes
		WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
		SELECT i, 'slow', NULL FROM n WHERE i < 0;`)
}

func migrateSlowly(db string) error {
	_, err := Up(context.Background(), db, Options{FS: slowSources()})
	return err
}

// TestKilledWhileMigrating: the store is at the end of a file, and goes on.
func TestKilledWhileMigrating(t *testing.T) {
	db := newPath(t)
	cmd := command("migrate", db)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	files, err := load(slowSources())
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		st, err := read(t.Context(), db, files)
		if st.Current == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("never got there: %+v, %v, %s", st, err, &stderr)
		}
	}
	time.Sleep(20 * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	s := &snapshots{t: t, db: db}
	st, err := Up(t.Context(), db, Options{FS: sources(first+fill, rebuild, "-- +goose Up\nSELECT 1;"), Snapshot: s.take})
	if err != nil || st.Current != 3 || s.taken != 1 {
		t.Fatalf("%+v, %v", st, err)
	}
	if d := dump(t, db); !strings.Contains(d, "notes|3|three|<nil>|") || strings.Contains(d, "lost") {
		t.Errorf("content:\n%s", d)
	}
}
