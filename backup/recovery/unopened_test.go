package recovery_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestRepairUnopenedBackup: a repair does not take an older state for the newest, nor give rows up for lost, while there is a
// backup that could not be read: it says which, and changes nothing.
func TestRepairUnopenedBackup(t *testing.T) {
	s := testdb.Unchecked(t)
	ctx := t.Context()
	manyNotes(t, s, "n", 100)
	create(t, s)
	manyNotes(t, s, "m", 100)
	newest := create(t, s)
	manifest := filepath.Join(s.Backups().Dir(), newest.ID+".json")
	fatal(t, errors.Join(os.Remove(manifest), os.Mkdir(manifest, 0o700)))
	if h, err := recovery.NewHealer(ctx, s, recovery.Options{}); h != nil || err == nil || !strings.Contains(err.Error(), "backup "+newest.ID+" could not be read") {
		t.Errorf("the rows: %v", err)
	}
	fatal(t, s.Close())
	smashPage(t, s.Path(), leafPages(t, s.Path(), "notes")[1])
	was, err := os.ReadFile(s.Path())
	fatal(t, err)
	r, err := recovery.Rebuild(ctx, s.Dir(), recovery.RebuildOptions{})
	if err == nil || !strings.Contains(err.Error(), "backup "+newest.ID+" could not be read") || errors.Is(err, repo.ErrCorrupt) || len(r.Tables) > 0 {
		t.Errorf("the pages: %+v, %v", r, err)
	}
	is, err := os.ReadFile(s.Path())
	if err != nil || string(is) != string(was) {
		t.Errorf("the store was changed: %v", err)
	}
}
