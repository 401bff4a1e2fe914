package migrations

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"
)

// before gives the program's own files up to a version.
func before(t *testing.T, version int64) fs.FS {
	t.Helper()
	files, err := own()
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range files {
		if f.Version >= version {
			break
		}
		text, err := embedded.ReadFile(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[f.Name] = &fstest.MapFile{Data: text}
	}
	return fsys
}

// TestTrashIsNoted: a store whose trash had a table keeps since when contents are in it,
// and rows that a repair had kept get notes of the contents that they name.
func TestTrashIsNoted(t *testing.T) {
	db := newPath(t)
	if _, err := Up(t.Context(), db, Options{FS: before(t, 5)}); err != nil {
		t.Fatal(err)
	}
	execute(t, db, `
INSERT INTO blob_idle (sha256, since) VALUES ('waits', '2026-01-01'), ('went', '2026-01-01');
INSERT INTO blob_trash (sha256, size, stored, added_at, trashed_at) VALUES ('went', 1, 1, '2025-01-01', '2026-02-02'), ('alone', 1, 1, '2025-01-01', '2026-03-03');
DROP TRIGGER revisions_blobs;
INSERT INTO revisions (pk, kind, rev, change, origin, at, encoding, body) VALUES
    (1, 'note', 0, 'repair', 'repair', '', 'row', '{"base64_blob":"needed","base64_form":"verbatim:text","name":"x"}'),
    (2, 'note', 0, 'repair', 'repair', '', 'row', '{"base64_blob":"dama');`)
	keep := func(context.Context) (func(context.Context) error, error) {
		return func(context.Context) error { return nil }, nil
	}
	if _, err := Up(t.Context(), db, Options{Snapshot: keep}); err != nil {
		t.Fatal(err)
	}
	pool, err := open(t.Context(), db, "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for text, want := range map[string]string{
		"SELECT group_concat(sha256 || ' ' || since, '; ' ORDER BY sha256) FROM blob_idle":            "alone 2026-03-03; waits 2026-01-01; went 2026-02-02",
		"SELECT group_concat(revision_pk || ' ' || sha256, '; ' ORDER BY sha256) FROM revision_blobs": "1 needed; 1 text",
		"SELECT count(*) || '' FROM sqlite_schema WHERE name IN ('blob_trash', 'blob_idle_before')":   "0",
	} {
		var got string
		if err := pool.QueryRow(text).Scan(&got); err != nil || got != want {
			t.Errorf("%s\ngives %q, %v, want %q", text, got, err, want)
		}
	}
}
