package archive_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestContentsHeal: an archive brings the contents that are missing here, damaged, or known to
// no table, as they are after an import that was stopped.
func TestContentsHeal(t *testing.T) {
	theirs := testdb.Open(t)
	saveStates(t, theirs, "a", "the older bytes", "the bytes")
	file := archiveOf(t, theirs)
	for name, hurt := range map[string]func(t *testing.T, s *repo.Store, path, sum string){
		"missing": func(t *testing.T, _ *repo.Store, path, _ string) { fatal(t, os.Remove(path)) },
		"damaged": func(t *testing.T, _ *repo.Store, path, _ string) {
			fatal(t, errors.Join(os.Remove(path), os.WriteFile(path, []byte("other bytes"), 0o444)))
		},
		"cut": func(t *testing.T, _ *repo.Store, path, _ string) {
			fatal(t, errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o444)))
		},
		"unknown": func(t *testing.T, s *repo.Store, _, sum string) {
			testdb.Shell(t, s, "DELETE FROM blobs WHERE sha256 = '"+sum+"';")
		},
	} {
		t.Run(name, func(t *testing.T) {
			mine := testdb.Open(t) // which is checked at its end
			for i, text := range []string{"the older bytes", "the bytes"} {
				sum := fileOf(t, mine, text).Blob
				path := filepath.Join(mine.Dir(), "blobs", sum[:2], sum)
				hurt(t, mine, path, sum)
				if i == 0 {
					continue
				}
				if got := imports(t, mine, file, ""); got.Contents != 2 {
					t.Errorf("%d contents came", got.Contents)
				}
			}
			for _, sum := range []string{fileOf(t, theirs, "the older bytes").Blob, fileOf(t, theirs, "the bytes").Blob} {
				if err := mine.Contents.Verify(t.Context(), sum); err != nil {
					t.Error(err)
				}
				if _, err := mine.Contents.Get(t.Context(), sum); err != nil {
					t.Error(err)
				}
			}
			if got := imports(t, mine, file, ""); got.Contents != 0 {
				t.Errorf("%d contents came again", got.Contents)
			}
		})
	}
}
