package importexport_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/blobs"
	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestImportChanging: of a file that is written to while it is imported nothing comes in.
func TestImportChanging(t *testing.T) {
	store := testdb.Open(t)
	file := filepath.Join(t.TempDir(), "notes.ndjson")
	line := `{"_kind":"note","id":"n1","content":"one","timestamp":"2026-01-01T00:00:00.000Z"}` + "\n"
	if err := os.WriteFile(file, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := importexport.OpenFile(t.Context(), file, importexport.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(file, []byte(line+line), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Import(t.Context(), store, importexport.ImportOptions{OnConflict: importexport.ConflictReplace}); !errors.Is(err, blobs.ErrChanged) {
		t.Errorf("imported: %v", err)
	}
	if n, err := store.Notes.Count(t.Context(), repo.Query{}); n != 0 || err != nil {
		t.Errorf("%d notes, %v", n, err)
	}
}
