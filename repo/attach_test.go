package repo_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestAttach: one call stores a file, says what it is, and links it.
func TestAttach(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	n := &schema.Note{Content: "with a file"}
	fatal(t, s.Notes.Save(t.Context(), n))
	a, err := s.Contents.Attach(t.Context(), repo.Ref{Kind: "notes", ID: n.ID}, "plan.txt", strings.NewReader("to be done\n"))
	fatal(t, err)
	if a.Name != "plan.txt" || a.Size != 11 || a.MIMEType != "text/plain" || a.Type != "document" || a.CreatedAt == "" || a.ID == "" {
		t.Errorf("attached as %+v", a.FileInfo)
	}
	for _, kind := range []string{"note", "notes", "Notes"} {
		files, err := s.Contents.FilesOf(t.Context(), kind, n.ID)
		fatal(t, err)
		if len(files) != 1 || files[0].AttachmentID != a.ID || files[0].Name != "plan.txt" || files[0].Problem != "" {
			t.Errorf("files of %s: %+v", kind, files)
		}
	}
	_, err = s.Contents.FilesOf(t.Context(), "cakes", n.ID)
	wantInvalid(t, err, "kind", "is unknown")
	f, err := s.Contents.Open(t.Context(), a.File.Blob)
	fatal(t, err)
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "to be done\n" {
		t.Errorf("%q, %v", text, err)
	}
	_, err = s.Contents.Attach(t.Context(), repo.Ref{Kind: "note", ID: "none"}, "a", strings.NewReader("x"))
	if !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("to a note that is not there: %v", err)
	}
}
