package archive_test

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"taskstore/importexport/archive"
)

// letters is one letter without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestLongManifest: a manifest that is longer than one can be is not read.
func TestLongManifest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.zip")
	f, err := os.Create(file)
	fatal(t, err)
	z := zip.NewWriter(f)
	w, err := z.Create("manifest.json")
	fatal(t, err)
	_, err = io.WriteString(w, `{"format":"`)
	fatal(t, err)
	_, err = io.CopyN(w, letters{}, 100<<20)
	fatal(t, err)
	_, err = io.WriteString(w, `"}`)
	fatal(t, errors.Join(err, z.Close(), f.Close()))
	f, err = os.Open(file)
	fatal(t, err)
	defer f.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = archive.Open(f)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, archive.ErrDamaged) {
		t.Errorf("%v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("took %d bytes", took)
	}
}
