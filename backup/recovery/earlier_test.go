package recovery_test

import (
	"os"
	"path/filepath"
	"testing"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/repo"
)

// TestEarlierBackup verifies, drills and restores a backup that a program of before the
// frames made (of 40 tasks, one in the trash, and an attachment with its content).
func TestEarlierBackup(t *testing.T) {
	from := t.TempDir()
	fatal(t, os.CopyFS(from, os.DirFS(filepath.Join("testdata", "one-frame"))))
	catalog := repo.Backups(from, repo.Options{})
	b, err := catalog.Get(t.Context(), backup.Latest)
	if err != nil || !b.Good() || b.DB.Bytes < 1<<20 {
		t.Fatalf("%+v, %v", b, err)
	}
	if err := catalog.Verify(t.Context(), b.ID, true, nil); err != nil {
		t.Error(err)
	}
	d, err := recovery.RunDrill(t.Context(), from, b.ID, recovery.Options{})
	if err != nil || len(d.Problems) > 0 || d.Contents != 1 || d.Counts["tasks"] != 39 {
		t.Errorf("drill: %+v, %v", d, err)
	}
	dir := t.TempDir()
	if _, err := recovery.Restore(t.Context(), dir, b.ID, recovery.RestoreOptions{From: from}); err != nil {
		t.Fatal(err)
	}
	migrated, err := repo.Open(t.Context(), dir, repo.Options{}) // its schema is an earlier one
	fatal(t, err)
	fatal(t, migrated.Close())
	wantCounts(t, dir, 39)
	content(t, dir)
	file := filepath.Join(from, "backups", b.ID+".db.zst")
	text, err := os.ReadFile(file)
	fatal(t, err)
	for i := 0; i < len(text); i += len(text) / 30 {
		text[i] ^= 16
		write(t, file, text)
		if err := catalog.Verify(t.Context(), b.ID, false, nil); err == nil {
			t.Errorf("byte %d is another one, and Verify says nothing", i)
		}
		text[i] ^= 16
	}
}
