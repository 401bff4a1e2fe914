package blobs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noise is what zstd cannot make smaller.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	rand.NewChaCha8(key).Read(b)
	return b
}

// text is what zstd makes much smaller.
func text(seed uint64, n int) []byte {
	words := strings.Fields("a session holds notes and tasks about the company, its contacts and what was said in the meeting")
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+16)
	for len(b) < n {
		b = append(append(b, words[rng.IntN(len(words))]...), ' ')
	}
	return b[:n]
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func sources(contents [][]byte) iter.Seq[Source] {
	return func(yield func(Source) bool) {
		for _, c := range contents {
			if !yield(Bytes(c, "")) {
				return
			}
		}
	}
}

func open(t testing.TB) *Dir {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "new", "blobs"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func put(t testing.TB, d *Dir, content []byte, mime string) Info {
	t.Helper()
	info, err := d.Put(t.Context(), bytes.NewReader(content), PutOptions{MIME: mime})
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t testing.TB, d *Dir, sum string) ([]byte, error) {
	t.Helper()
	r, err := d.Open(t.Context(), sum)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestConformance(t *testing.T) {
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), text(1, 5000)...)
	for _, c := range []struct {
		name     string
		content  []byte
		mime     string
		encoding string
	}{
		{"empty", nil, "", ""},
		{"one byte", []byte("x"), "text/plain", ""},
		{"short text", text(1, 100), "text/plain", ""},
		{"text", text(1, 5000), "text/plain; charset=utf-8", Zstd},
		{"text, not told", text(1, 5000), "", Zstd},
		{"text, told nothing", text(1, 5000), "application/octet-stream", Zstd},
		{"JSON", []byte(`{"a":"` + string(text(2, 5000)) + `"}`), "application/json", Zstd},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><!--` + string(text(2, 5000)) + `--></svg>`), "", Zstd},
		{"WAV", append([]byte("RIFF\x00\x00\x00\x00WAVEfmt "), make([]byte, 5000)...), "", Zstd},
		{"BMP", make([]byte, 5000), "image/bmp", Zstd},
		{"noise", noise(1, 5000), "", ""},
		{"PNG, told", text(3, 5000), "image/png", ""},
		{"PNG, guessed", png, "", ""},
		{"docx, a zip below", text(4, 5000), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"unknown video", text(5, 5000), "VIDEO/x-unheard-of", ""},
		{"exactly one buffer", text(6, bufferSize), "", Zstd},
		{"large text", text(7, 3*bufferSize+1), "text/plain", Zstd},
		{"large noise", noise(8, 3*bufferSize+1), "", ""},
		{"large, text only at first", append(text(9, bufferSize), noise(9, 12*bufferSize)...), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) { conforms(t, c.content, c.mime, c.encoding) })
	}
}

// conforms puts a content into a new directory and holds everything that can be asked about it against it.
func conforms(t *testing.T, content []byte, mime, encoding string) {
	t.Helper()
	d := open(t)
	want := Info{SHA256: hashOf(content), Size: int64(len(content)), Encoding: encoding}
	got := put(t, d, content, mime)
	if encoding == Zstd && got.Stored > got.Size*9/10 {
		t.Errorf("%d bytes kept in %d", got.Size, got.Stored)
	}
	want.Stored = got.Stored
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again := put(t, d, content, "image/png"); again != got {
		t.Errorf("put again: %+v", again)
	}
	if st, err := d.Stat(t.Context(), got.SHA256); err != nil || st != got {
		t.Errorf("Stat: %+v, %v", st, err)
	}
	if b, err := read(t, d, got.SHA256); err != nil || !bytes.Equal(b, content) {
		t.Errorf("read %d bytes, %v", len(b), err)
	}
	if err := d.Verify(t.Context(), got.SHA256); err != nil {
		t.Error(err)
	}
	file, err := os.Stat(d.path(got.SHA256, got.Encoding))
	if err != nil || file.Mode().Perm()&0o222 != 0 || file.Size() != got.Stored {
		t.Errorf("file: %v, %v", file, err)
	}
	if diff := cmp.Diff([]Info{got}, all(t, d)); diff != "" {
		t.Error(diff)
	}
	if left, _ := os.ReadDir(filepath.Join(d.root, tempDir)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func all(t testing.TB, d *Dir) (infos []Info) {
	t.Helper()
	for info, err := range d.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		infos = append(infos, info)
	}
	return infos
}

func TestBadHash(t *testing.T) {
	d := open(t)
	good := hashOf(nil)
	for _, bad := range []string{"", "..", "../../etc/passwd", good[:63], good + "0", strings.ToUpper(good), "/" + good[1:], good[:32] + "/" + good[33:], good + zstdSuffix} {
		_, err1 := d.Open(t.Context(), bad)
		_, err2 := d.Stat(t.Context(), bad)
		for _, err := range []error{err1, err2, d.Verify(t.Context(), bad)} {
			if !errors.Is(err, ErrBadHash) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
	if _, err := d.Open(t.Context(), good); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown content: %v", err)
	}
}

// TestTemps: leftovers are no contents; old ones of ours go at Open, all others stay.
func TestTemps(t *testing.T) {
	d := open(t)
	tmp := filepath.Join(d.root, tempDir)
	old := time.Now().Add(-25 * time.Hour)
	for name, age := range map[string]time.Time{"put-OLD.tmp": old, "put-LIVE.tmp": time.Now(), "mine.txt": old, hashOf(nil): old} {
		path := filepath.Join(tmp, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o444), os.Chtimes(path, age, age)); err != nil {
			t.Fatal(err)
		}
	}
	if got := all(t, d); len(got) > 0 {
		t.Errorf("taken for contents: %v", got)
	}
	if _, err := d.Stat(t.Context(), hashOf(nil)); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := Open(d.root, Options{ReadOnly: true}); err != nil || len(names(t, tmp)) != 4 {
		t.Errorf("a read-only Open left %v, %v", names(t, tmp), err)
	}
	if _, err := Open(d.root, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{hashOf(nil), "mine.txt", "put-LIVE.tmp"}, names(t, tmp)); diff != "" {
		t.Error(diff)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", file, filepath.Join(file, "below")} {
		if _, err := Open(name, Options{}); err == nil {
			t.Errorf("%q was opened", name)
		}
	}
	if _, err := Open(filepath.Join(dir, "no"), Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	d, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("x"), PutOptions{}); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}
