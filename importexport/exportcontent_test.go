package importexport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// noise delivers bytes that do not compress.
type noise struct{ r *rand.ChaCha8 }

func (n noise) Read(p []byte) (int, error) { return n.r.Read(p) }

// stored is a content of n bytes of noise, or of a text whose characters have many bytes.
func stored(t *testing.T, s *repo.Store, n int64, form string) schema.Content {
	t.Helper()
	var from io.Reader = noise{rand.NewChaCha8([32]byte{byte(n)})}
	if form == schema.FormRaw {
		text := strings.ToValidUTF8(strings.Repeat("\"é€😀\\\n\x01", int(n/13)+1)[:n], "")
		from = strings.NewReader(text + strings.Repeat(".", int(n)-len(text)))
	}
	info, err := s.Contents.Put(t.Context(), io.LimitReader(from, n), "")
	fatal(t, err)
	return schema.Content{Blob: info.SHA256, Form: form}
}

// withContents saves an attachment with a file, one whose file was a data URI, one with a
// data URI, one with a text, and a session with a data URI, each of n bytes.
func withContents(t *testing.T, s *repo.Store, n int64) {
	t.Helper()
	info := func(c schema.Content) schema.FileInfo {
		return schema.FileInfo{CreatedAt: "2026-11-01T10:00:00.000Z", Base64: c}
	}
	id := func(name string) schema.Head { return schema.Head{ID: fmt.Sprint(name, n)} }
	uri := stored(t, s, n, "base64:data:image/\"png\";base64,")
	fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: id("file"), FileInfo: info(schema.Content{}), File: stored(t, s, n, schema.FormFile)},
		&schema.Attachment{Head: id("was"), FileInfo: info(schema.Content{}), File: uri},
		&schema.Attachment{Head: id("uri"), FileInfo: info(uri)}, &schema.Attachment{Head: id("raw"), FileInfo: info(stored(t, s, n, schema.FormRaw))}))
	fatal(t, s.Sessions.Save(t.Context(), &schema.Session{Head: id("s"), Screenshots: []schema.Screenshot{{AttachmentData: uri, Base64: uri}}}))
}

// TestExportMemory: a content passes through an export, whatever its form.
func TestExportMemory(t *testing.T) {
	const size, most = 24 << 20, 16 << 20
	s := testdb.Open(t)
	withContents(t, s, size)
	for _, form := range importexport.Formats() {
		opt := importexport.Options{}
		if form == importexport.FormatCSV {
			opt.Kinds = []string{"attachments"}
		}
		var res importexport.Result
		var err error
		_, held := testdb.MemoryOf(func() {
			res, err = importexport.Export(t.Context(), s, io.Discard, form, "2026-11-01T10:00:00.000Z", opt)
		})
		fatal(t, err)
		t.Logf("%s: %d MB written, %.1f MB held", form, res.Bytes>>20, held/(1<<20))
		if held > most {
			t.Errorf("%s: %.0f MB were held at once for contents of %d MB", form, held/(1<<20), size>>20)
		}
		if whole := form != importexport.FormatCSV && form != importexport.FormatMarkdown; whole && res.Bytes < size {
			t.Errorf("%s: %d bytes were written", form, res.Bytes)
		}
	}
}

// TestExportContents: contents of all sizes and forms come back from an export as they
// were, those that stand in the text of their record and those that are written later.
func TestExportContents(t *testing.T) {
	from := testdb.Open(t)
	for _, n := range []int64{1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000, 200_001, 200_002, 200_003} {
		withContents(t, from, n)
	}
	small := schema.Session{Head: schema.Head{ID: "many"}}
	for i := range int64(40) { // more than may stand in the text, though each of them is small
		small.Screenshots = append(small.Screenshots, schema.Screenshot{Base64: stored(t, from, 60_000+i, "base64:")})
	}
	fatal(t, from.Sessions.Save(t.Context(), &small))
	for _, form := range []importexport.Format{importexport.FormatJSON, importexport.FormatNDJSON, importexport.FormatLegacy} {
		file := filepath.Join(t.TempDir(), "export")
		var out bytes.Buffer
		res, err := importexport.Export(t.Context(), from, &out, form, "2026-11-01T10:00:00.000Z", importexport.Options{})
		fatal(t, err)
		if len(res.Missing) > 0 || res.Bytes != int64(out.Len()) {
			t.Errorf("%s: %+v of %d bytes", form, res, out.Len())
		}
		fatal(t, os.WriteFile(file, out.Bytes(), 0o600))
		to := testdb.Open(t)
		_, err = importexport.Import(t.Context(), to, file, importexport.ImportOptions{})
		fatal(t, err)
		_, err = importexport.Diff(t.Context(), from.Dir(), to.Dir(), func(d importexport.Difference) error {
			if form != importexport.FormatLegacy || d.Kind != "attachment" { // the app's export has no attachments
				t.Errorf("%s: %+v", form, d)
			}
			return nil
		})
		fatal(t, err)
	}
}

// TestExportDamagedContents: what is damaged or gone is left out and named, and the rest
// is a whole document.
func TestExportDamagedContents(t *testing.T) {
	s := testdb.Unchecked(t)
	const large, gone = 300_000, 300_001
	for _, n := range []int64{5, large, gone} {
		withContents(t, s, n)
	}
	bad := map[string]bool{}
	fatal(t, filepath.WalkDir(filepath.Join(s.Dir(), "blobs"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		sum, _, _ := strings.Cut(e.Name(), ".")
		switch info, err := s.Contents.Stat(t.Context(), sum); {
		case errors.Is(err, repo.ErrNotFound): // no content
		case err != nil:
			return err
		case info.Size == large:
			bad[sum] = true
			text, err := os.ReadFile(path)
			text[len(text)/2] ^= 1
			return errors.Join(err, os.WriteFile(path, text, 0o600))
		case info.Size == gone:
			bad[sum] = true
			return os.Remove(path)
		}
		return nil
	}))
	if len(bad) != 4 {
		t.Fatalf("%d contents were damaged, want 4", len(bad))
	}
	for form, want := range map[importexport.Format]int{importexport.FormatJSON: 12, importexport.FormatNDJSON: 12, importexport.FormatLegacy: 4} {
		var out bytes.Buffer
		res, err := importexport.Export(t.Context(), s, &out, form, "2026-11-01T10:00:00.000Z", importexport.Options{})
		fatal(t, err)
		if len(res.Missing) != want {
			t.Errorf("%s: %d contents are named, want %d: %v", form, len(res.Missing), want, res.Missing)
		}
		for _, m := range res.Missing {
			if !bad[m.SHA256] || m.ID == "" {
				t.Errorf("%s: %+v", form, m)
			}
		}
		whole := form == importexport.FormatNDJSON || json.Valid(out.Bytes())
		if form == importexport.FormatNDJSON {
			for line := range strings.Lines(out.String()) {
				whole = whole && json.Valid([]byte(line))
			}
		}
		if !whole {
			t.Errorf("%s is no longer JSON", form)
		}
	}
}
