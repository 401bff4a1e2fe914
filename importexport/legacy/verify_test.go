package legacy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
)

// TestVerify: what verify must notice when it looks at the store again.
func TestVerify(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := someNotes("text", "2025-02-01T00:00:00.000Z")
	older := content.Older()
	content.Attachments = testdb.SeededLegacy(1, testdb.LegacySize{Attachments: 2}).Attachments
	for _, c := range []struct{ name, sql, want string }{
		{"as it was imported", "SELECT 1", ""},
		{"an account without a record", "DELETE FROM legacy_records WHERE pointer = '/2' AND file = 'db/notes.json'", "/2 is not in the account of the import"},
		{"another hash in the account", "UPDATE legacy_records SET sha256 = 'x' WHERE pointer = '/2' AND file = 'db/notes.json'", "/2 is not in the account of the import"},
		{"a version that is gone", "DELETE FROM revisions WHERE change = 'merge'; DELETE FROM revision_counts", "a version of it is not in the history"},
		{"nothing in quarantine", "DELETE FROM quarantine", " is not in quarantine"},
		{"no import", "DELETE FROM legacy_runs", "the source was never imported in this state; import it first"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &content, Older: &older})
			put(t, dir, "db/broken.json", `{"cut`)
			s := testdb.Open(t)
			importing(t, s, dir)
			testdb.Shell(t, s, "PRAGMA foreign_keys = ON; "+c.sql)
			r, err := legacy.Verify(ctx, s, dir, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			wantUnaccounted(t, r, c.want)
		})
	}
}

// wantUnaccounted wants a finding that says so; with "" it wants none.
func wantUnaccounted(t *testing.T, r legacy.Report, want string) {
	t.Helper()
	if want == "" {
		wantVerified(t, r)
		return
	}
	if r.Verified {
		t.Errorf("verified, although %s", want)
	}
	for f := range r.Files.All() {
		for _, w := range f.Warnings {
			if w.Code == "unaccounted" && strings.Contains(w.Detail, want) {
				return
			}
		}
	}
	t.Errorf("no finding says %q: %v", want, r.Warnings)
}

// TestVerifyLostContent: a content that somebody removed from the store, or damaged.
func TestVerifyLostContent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, spoil := range map[string]func(path string) error{
		"removed": os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("something else"), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, source := testdb.Dir(t), t.TempDir()
			c := testdb.WriteLegacyDir(t, source, testdb.LegacyOptions{Size: testdb.LegacySize{Attachments: 2}})
			s := testdb.Reopen(t, dir)
			importing(t, s, source)
			sum := c.Attachments[0].SHA256
			path := filepath.Join(dir, "blobs", sum[:2], sum)
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			r, err := legacy.Verify(ctx, s, source, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			wantUnaccounted(t, r, "its content cannot be read back")
		})
	}
}

// TestVerifyOtherSource: a source that changed since is another one.
func TestVerifyOtherSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Size: testdb.LegacySize{Notes: 2}})
	s := testdb.Open(t)
	importing(t, s, dir)
	put(t, dir, "db/tasks.json", `[{"id":"new","title":"one more"}]`)
	r, err := legacy.Verify(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantUnaccounted(t, r, "the source was never imported in this state; import it first")
}
