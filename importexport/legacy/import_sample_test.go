package legacy_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
)

var update = flag.Bool("update", false, "write the sample directory anew")

// sampleContent is what the sample holds, and what the backup in it holds.
func sampleContent(t *testing.T) (now, older testdb.LegacyContent) {
	t.Helper()
	read := func(name string) testdb.LegacyContent {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := testdb.LegacyOf(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return c
	}
	return read("sample.json"), read("sample-older.json")
}

// TestSample makes sure that the sample directory is what the writer makes of
// sample.json, and that it imports without anything to complain of.
func TestSample(t *testing.T) {
	t.Parallel()
	content, older := sampleContent(t)
	fresh := filepath.Join(t.TempDir(), "sample")
	testdb.WriteLegacyDir(t, fresh, testdb.LegacyOptions{Form: testdb.DirWrappedV2, Content: &content, Older: &older,
		At: time.Date(2025, 9, 12, 9, 0, 0, 0, time.UTC)})
	sample := filepath.Join("testdata", "sample")
	if *update {
		if err := os.RemoveAll(sample); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(sample, os.DirFS(fresh)); err != nil {
			t.Fatal(err)
		}
	}
	want, got := plainFiles(t, fresh), plainFiles(t, sample)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is not what the writer makes; run the test with -update and look at the difference", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
	s := testdb.Open(t)
	r := importing(t, s, sample)
	if r.Findings() {
		t.Errorf("findings: %+v", r)
	}
	wantContent(t, s, content, "")
	if list, err := s.Notes.History(t.Context(), idOf(t, older.Entity("notes", 0))); err != nil || len(list) != 1 {
		t.Errorf("history of the note that the backup holds: %v (%v)", list, err)
	}
}

// plainFiles gives the files below a directory. Compressed texts are unpacked:
// another version of the compressor may write other bytes.
func plainFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = unzipped(t, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func unzipped(t *testing.T, text []byte) string {
	t.Helper()
	var w map[string]any
	if json.Unmarshal(text, &w) != nil {
		return string(text)
	}
	data, _ := w["data"].(string)
	packed, ok := strings.CutPrefix(data, "GZIP_V1:")
	if !ok {
		return string(text)
	}
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	w["data"] = string(plain)
	out, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
