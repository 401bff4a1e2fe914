package legacy_test

import (
	"os"
	"path/filepath"
	"testing"

	"taskstore/internal/testdb"
)

// TestImportOverruledPart: the metadata of a chunked session holds a member that a file of
// its own says otherwise. Both are in the account of the import, the session and a version.
func TestImportOverruledPart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app")
	at := filepath.Join(dir, "db", "sessions", "s")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"metadata.json": `{"id":"s","name":"n","status":"completed","startTime":"2025-01-01T10:00:00.000Z","summary":{"narrative":"of the metadata"}}`,
		"summary.json":  `{"narrative":"of its own file"}`,
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if c := r.Collections["sessions"]; c.Live != 1 || c.Versions != 1 {
		t.Errorf("%+v", c)
	}
}
