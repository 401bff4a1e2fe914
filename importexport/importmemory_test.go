package importexport_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/schema"
)

// bigFile is an attachment of n bytes as the base64 of its JSON, between a beginning and
// an end.
func bigFile(t *testing.T, n int64, begin, end string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "big")
	f, err := os.Create(path)
	fatal(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprint(w, begin)
	text := base64.NewEncoder(base64.StdEncoding, w)
	_, err = io.Copy(text, io.LimitReader(digits{}, n))
	fatal(t, err)
	fatal(t, text.Close())
	fmt.Fprint(w, end)
	fatal(t, w.Flush())
	fatal(t, f.Close())
	return path
}

// digits delivers the bytes of a pattern.
type digits struct{}

func (digits) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 7)
	}
	return len(p), nil
}

// TestImportMemory: a content that is larger than the memory allows passes through an
// import, in every place where the JSON forms have one.
func TestImportMemory(t *testing.T) {
	const size, most = 24 << 20, 16 << 20
	for name, parts := range map[string][2]string{
		"json":        {`{"format":"taskstore-json/1","attachments":[{"id":"a","base64":"data:image/png;base64,`, `"}]}`},
		"ndjson":      {`{"_kind":"attachment","id":"a","base64":"`, `"}`},
		"legacy-json": {`{"sessions":[{"id":"a","screenshots":[{"id":"x","base64":"`, `"}]}],"version":"1.0.0"}`},
		"loose":       {`{"_kind":"attachment","id":"a","base64":"\n`, `"}`},
		"no base64":   {`{"_kind":"attachment","id":"a","base64":"\u00e9 `, `"}`},
	} {
		s := testdb.Open(t)
		path := bigFile(t, size, parts[0], parts[1])
		var err error
		_, held := testdb.MemoryOf(func() { _, err = importexport.Import(t.Context(), s, path, importexport.ImportOptions{}) })
		fatal(t, err)
		if held > most {
			t.Errorf("%s: %.0f MB were held at once for a content of %d MB", name, held/(1<<20), int64(size)>>20)
		}
		if stats, err := s.Contents.Stats(t.Context()); err != nil || stats.UniqueBytes < size {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
	}
}

// TestImportLargeText: a text that only looks like a content stays what it is, and a name
// that stands twice keeps both of its values.
func TestImportLargeText(t *testing.T) {
	s := testdb.Open(t)
	path := bigFile(t, 100<<10, `{"_kind":"attachment","id":"a","base64":"AAAA","zzz":["`, `"],"base64":"AAAB","base64":"AAAC"}`)
	_, err := importexport.Import(t.Context(), s, path, importexport.ImportOptions{})
	fatal(t, err)
	text, err := os.ReadFile(path)
	fatal(t, err)
	a, err := s.Attachments.Get(t.Context(), "a")
	fatal(t, err)
	got, err := schema.Encode(&a, schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
		text, err := s.Contents.Text(t.Context(), c)
		return text, true, err
	}})
	fatal(t, err)
	rest, _, err := schema.CutMembers(text, func(name string) bool { return name == "_kind" })
	fatal(t, err)
	testdb.WantJSON(t, "the attachment", got, rest)
}
