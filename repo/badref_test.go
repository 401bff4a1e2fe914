package repo_test

import (
	"testing"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
)

// TestBadReference: a name that no content can have, written by another tool, is told of,
// and neither calls the store damaged nor keeps a backup from being made and verified.
func TestBadReference(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := repo.Open(ctx, t.TempDir(), repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must(t, s.Attachments.Save(ctx, &schema.Attachment{Head: schema.Head{ID: "a"}, FileInfo: schema.FileInfo{Type: "file", Name: "a.txt"}}))
	testdb.Shell(t, s, "UPDATE attachments SET file_blob = 'abc', file_form = 'file' WHERE id = 'a';")
	rep, err := s.Check(ctx, check.Options{})
	must(t, err)
	if rep.Damaged() || rep.OK {
		t.Errorf("damaged %v, all right %v: %+v", rep.Damaged(), rep.OK, rep.Problems)
	}
	b, _, err := s.Backup(ctx, backup.CreateOptions{Reason: backup.Manual})
	must(t, err)
	if err := s.Backups().Verify(ctx, b.ID, false, nil); err != nil {
		t.Errorf("the backup: %v", err)
	}
}
