package archive_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/internal/testdb"
)

// TestHostileZips: a zip file with names that lead out, with links, with a name twice, with very many files or with
// bytes that unpack to far more is refused, in little memory, and nothing of it lands anywhere.
func TestHostileZips(t *testing.T) {
	place := t.TempDir()
	t.Chdir(place)
	endless := func(n int64) io.Reader { return io.LimitReader(strings.NewReader(strings.Repeat(" ", 1<<20)), n) }
	spaces := func(megabytes int) func(io.Writer) error {
		return func(w io.Writer) error {
			for range megabytes {
				if _, err := io.Copy(w, endless(1<<20)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	type entry struct {
		name string
		mode fs.FileMode
		fill func(io.Writer) error
	}
	many := make([]entry, 100_000)
	for i := range many {
		many[i] = entry{fmt.Sprintf("contents/%d", i), 0, text("")}
	}
	const manifest = `{"format":"taskstore-archive/1","files":[]}`
	for name, files := range map[string][]entry{
		"leads out":          {{"manifest.json", 0, text(manifest)}, {"../../out", 0, text("x")}},
		"from the root":      {{"manifest.json", 0, text(manifest)}, {"/out", 0, text("x")}},
		"a link":             {{"manifest.json", 0, text(manifest)}, {"contents/link", fs.ModeSymlink | 0o777, text("/etc/passwd")}},
		"a name twice":       {{"manifest.json", 0, text(manifest)}, {"manifest.json", 0, text(manifest)}},
		"very many files":    append(many, entry{"manifest.json", 0, text(manifest)}),
		"an endless string":  {{"manifest.json", 0, func(w io.Writer) error { return errors.Join(text(`{"format":"`)(w), spaces(100)(w)) }}},
		"an endless nothing": {{"manifest.json", 0, spaces(100)}},
		"no manifest":        {{"x", 0, text("x")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := testdb.Open(t)
			path := filepath.Join(t.TempDir(), "a.zip")
			f, err := os.Create(path)
			fatal(t, err)
			w := zip.NewWriter(f)
			for _, e := range files {
				header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
				header.SetMode(e.mode)
				to, err := w.CreateHeader(header)
				fatal(t, err)
				fatal(t, e.fill(to))
			}
			fatal(t, errors.Join(w.Close(), f.Close()))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = importexport.Import(t.Context(), s, path, importexport.ImportOptions{})
			runtime.ReadMemStats(&after)
			if !errors.Is(err, importexport.ErrForm) && !errors.Is(err, importexport.ErrDamaged) {
				t.Errorf("%v", err)
			}
			if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 250 {
				t.Errorf("it took %d MB", taken)
			}
		})
	}
	if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
