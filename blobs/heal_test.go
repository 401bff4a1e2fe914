package blobs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// overwrite changes a file of the directory behind its back.
func overwrite(t testing.TB, path string, content []byte) {
	t.Helper()
	_ = os.Remove(path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, content, 0o444)); err != nil {
		t.Fatal(err)
	}
}

// damages are ways to spoil a file; each gets the file's bytes.
var damages = map[string]func([]byte) []byte{
	"flipped first byte":  func(b []byte) []byte { b[0] ^= 1; return b },
	"flipped middle byte": func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b },
	"flipped last byte":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	"truncated by one":    func(b []byte) []byte { return b[:len(b)-1] },
	"truncated to half":   func(b []byte) []byte { return b[:len(b)/2] },
	"truncated to none":   func(b []byte) []byte { return nil },
	"longer":              func(b []byte) []byte { return append(b, 0) },
	"zeros":               func(b []byte) []byte { return make([]byte, len(b)) },
	"no content, trailer": func(b []byte) []byte { return b[max(0, len(b)-trailerLen):] },
}

// TestDamage: every damage is found by a whole read and by Verify, and no whole read succeeds; a Put heals.
func TestDamage(t *testing.T) {
	for _, content := range [][]byte{text(1, 5000), noise(2, 5000), text(3, bufferSize+5000), noise(4, bufferSize+5000)} {
		for name, damage := range damages {
			d := open(t)
			info := put(t, d, content, "")
			path := d.path(info.SHA256, info.Encoding)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := damage(b)
			overwrite(t, path, bad)
			t.Run(fmt.Sprintf("%s of %d %s", name, info.Size, info.Encoding), func(t *testing.T) {
				if err := d.Verify(t.Context(), info.SHA256); !errors.Is(err, ErrCorrupt) {
					t.Errorf("Verify: %v", err)
				}
				if _, err := read(t, d, info.SHA256); !errors.Is(err, ErrCorrupt) {
					t.Errorf("ReadAll: %v", err)
				}
				if r, err := d.Open(t.Context(), info.SHA256); err == nil {
					if _, err := io.ReadFull(r, make([]byte, r.Info().Size+1)); !errors.Is(err, ErrCorrupt) {
						t.Errorf("ReadFull: %v", err)
					}
					r.Close()
				}
				heals(t, d, content, info)
				wantDamaged(t, d, info, bad)
			})
		}
	}
}

func heals(t *testing.T, d *Dir, content []byte, want Info) {
	t.Helper()
	if got := put(t, d, content, ""); got != want {
		t.Errorf("healed: %+v, want %+v", got, want)
	}
	if err := d.Verify(t.Context(), want.SHA256); err != nil {
		t.Errorf("healed: %v", err)
	}
}

// TestHealing covers what Put may find besides a damaged file of the same encoding.
func TestHealing(t *testing.T) {
	for _, content := range [][]byte{text(1, 5000), text(1, bufferSize+5000)} {
		sum := hashOf(content)
		for name, spoil := range map[string]func(d *Dir){
			"missing":             func(d *Dir) { os.Remove(d.path(sum, Zstd)) },
			"directory missing":   func(d *Dir) { os.RemoveAll(d.fan(sum)) },
			"damaged plain":       func(d *Dir) { overwrite(t, d.path(sum, ""), []byte("hides the whole one")) },
			"link out":            func(d *Dir) { os.Remove(d.path(sum, Zstd)); _ = os.Symlink("/dev/zero", d.path(sum, Zstd)) },
			"temp dir missing":    func(d *Dir) { os.RemoveAll(filepath.Join(d.root, tempDir)) },
			"everything missing":  func(d *Dir) { os.RemoveAll(d.root) },
			"both damaged":        func(d *Dir) { overwrite(t, d.path(sum, ""), nil); overwrite(t, d.path(sum, Zstd), nil) },
			"plain beside zstd":   func(d *Dir) { overwrite(t, d.path(sum, ""), content) },
			"zstd damaged, plain": func(d *Dir) { overwrite(t, d.path(sum, Zstd), nil); overwrite(t, d.path(sum, ""), content) },
		} {
			t.Run(name, func(t *testing.T) {
				d := open(t)
				put(t, d, content, "")
				spoil(d)
				info := put(t, d, content, "")
				if st, err := d.Stat(t.Context(), sum); err != nil || st != info {
					t.Errorf("Stat %+v, %v; Put %+v", st, err, info)
				}
				if b, err := read(t, d, sum); err != nil || !bytes.Equal(b, content) {
					t.Errorf("read: %v", err)
				}
				if diff := cmp.Diff([]Info{info}, all(t, d)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// wantDamaged wants the damaged file that a Put has replaced, and none once the content is purged.
func wantDamaged(t *testing.T, d *Dir, info Info, bad []byte) {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(d.root, damagedDir, fileName(info.SHA256, info.Encoding)+".*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("damaged files: %v, %v", kept, err)
	}
	if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, bad) {
		t.Errorf("the damaged file is not as it was: %v", err)
	}
	if err := d.Purge(t.Context(), info.SHA256); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(kept[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after a purge: %v", err)
	}
}
