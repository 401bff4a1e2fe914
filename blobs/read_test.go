package blobs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// TestForeign: what is no blob is told, is never opened as one, and stays.
func TestForeign(t *testing.T) {
	d := open(t)
	good := put(t, d, text(1, 5000), "")
	sum := hashOf([]byte("foreign"))
	cut := hashOf([]byte("cut"))
	foreign := []string{
		".DS_Store", "zz/x", filepath.Join(sum[:2], "notes.txt"), filepath.Join(sum[:2], sum+".gz"), filepath.Join(sum[:2], strings.ToUpper(sum)),
		filepath.Join(good.SHA256[:2], strings.Repeat("0", 64)), filepath.Join(sum[:2], sum+".zst", "dir"), sum,
	}
	for _, name := range foreign {
		overwrite(t, filepath.Join(d.root, name), []byte("foreign"))
	}
	overwrite(t, d.path(cut, Zstd), []byte("cut"))
	want := []string{".DS_Store", sum, "zz"}
	want = append(want, foreign[2:6]...)
	want = append(want, filepath.Join(sum[:2], sum+".zst"))
	var got, corrupt []string
	var infos []Info
	for info, err := range d.All(t.Context()) {
		var fe *ForeignError
		switch {
		case errors.As(err, &fe):
			got = append(got, fe.Path)
		case errors.Is(err, ErrCorrupt):
			corrupt = append(corrupt, fmt.Sprint(info))
		case err != nil:
			t.Fatal(err)
		default:
			infos = append(infos, info)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{fmt.Sprint(Info{SHA256: cut, Size: -1, Stored: 3, Encoding: Zstd})}, corrupt); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Info{good}, infos); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Stat(t.Context(), sum); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a directory under a blob's name: %v", err)
	}
	for _, name := range foreign {
		if _, err := os.Lstat(filepath.Join(d.root, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestBombs: an encoded file that lies about its size costs no more than a file that does not.
func TestBombs(t *testing.T) {
	var bomb bytes.Buffer
	enc, err := zstd.NewWriter(&bomb, zstd.WithWindowSize(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := enc.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	wide := binary.LittleEndian.AppendUint32(nil, 0xFD2FB528) // a frame that asks for a window of 2 GB
	wide = append(wide, 0x00, 0xA8, 0x03, 0x00, 0x00, 'x', 'y', 'z')
	sum := hashOf([]byte("bomb"))
	for name, file := range map[string][]byte{
		"more than it says":      appendTrailer(slices.Clone(bomb.Bytes()), 5000),
		"says nothing comes":     appendTrailer(slices.Clone(bomb.Bytes()), 0),
		"less than it says":      appendTrailer(slices.Clone(bomb.Bytes()), 65<<20),
		"says what cannot be":    appendTrailer(slices.Clone(bomb.Bytes()), 1<<60),
		"says a negative size":   appendTrailer(slices.Clone(bomb.Bytes()), -1),
		"asks for a huge window": appendTrailer(wide, 5000),
		"is another content":     appendTrailer(slices.Clone(bomb.Bytes()), 64<<20),
		"is no zstd":             appendTrailer(noise(1, 5000), 5000),
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			overwrite(t, d.path(sum, Zstd), file)
			used := allocated(func() {
				if err := d.Verify(t.Context(), sum); !errors.Is(err, ErrCorrupt) {
					t.Errorf("Verify: %v", err)
				}
			})
			if used > 24<<20 {
				t.Errorf("%d MB were allocated", used>>20)
			}
			r, err := d.Open(t.Context(), sum)
			if err != nil {
				return
			}
			defer r.Close()
			if n, err := io.Copy(io.Discard, r); n > r.Info().Size || !errors.Is(err, ErrCorrupt) {
				t.Errorf("%d bytes delivered, %v", n, err)
			}
		})
	}
}

// TestGoesOn: a stream that begins with the right content and then goes on is not that content.
func TestGoesOn(t *testing.T) {
	d := open(t)
	content := text(1, 5000)
	info := put(t, d, content, "")
	one, err1 := encode(nil, content)
	two, err2 := encode(one, text(2, 5000)) // appends a second frame after the first trailer
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	overwrite(t, d.path(info.SHA256, Zstd), two)
	if b, err := read(t, d, info.SHA256); !errors.Is(err, ErrCorrupt) || len(b) == len(content) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	heals(t, d, content, info)
}

func TestReader(t *testing.T) {
	d := open(t)
	for _, content := range [][]byte{nil, []byte("x"), noise(1, 100_000), text(1, 100_000)} {
		r, err := d.Open(t.Context(), put(t, d, content, "").SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if r.Info().Encoding == "" { // TestReader also holds Seek and ReadAt to their contracts
			err = iotest.TestReader(r, content)
		} else {
			err = iotest.TestReader(struct{ io.Reader }{r}, content)
		}
		if err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Read after Close: %v", err)
		}
		if err := r.Close(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
	}
}

// TestSeek: where verification is given up, and where it begins again.
func TestSeek(t *testing.T) {
	d := open(t)
	content := noise(1, 10_000)
	info := put(t, d, content, "")
	content[9_999] ^= 1
	overwrite(t, d.path(info.SHA256, ""), content)
	r, err := d.Open(t.Context(), info.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := r.Seek(-100, io.SeekEnd); err != nil || n != 9_900 {
		t.Fatal(n, err)
	}
	if tail, err := io.ReadAll(r); err != nil || !bytes.Equal(tail, content[9_900:]) {
		t.Errorf("a part is delivered unverified: %d bytes, %v", len(tail), err)
	}
	if n, err := r.Seek(0, io.SeekStart); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, ErrCorrupt) {
		t.Errorf("whole read after seeks: %v", err)
	}
	for _, c := range []struct {
		offset int64
		whence int
	}{{-1, io.SeekStart}, {-10_001, io.SeekEnd}, {0, 3}} {
		if _, err := r.Seek(c.offset, c.whence); err == nil {
			t.Errorf("Seek(%d, %d) succeeded", c.offset, c.whence)
		}
	}
	z, err := d.Open(t.Context(), put(t, d, text(1, 5000), "").SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	_, err1 := z.Seek(0, io.SeekStart)
	_, err2 := z.ReadAt(make([]byte, 1), 0)
	if !errors.Is(err1, errors.ErrUnsupported) || !errors.Is(err2, errors.ErrUnsupported) {
		t.Errorf("zstd: %v, %v", err1, err2)
	}
}

// brokenFS cannot read what is there.
type brokenFS struct {
	osFS
	err error
}

type brokenFile struct {
	file
	err error
}

func (b brokenFS) open(name string) (file, error) {
	f, err := b.osFS.open(name)
	return brokenFile{f, b.err}, err
}

func (b brokenFile) ReadAt([]byte, int64) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "x", Err: b.err}
}

// TestDiskError: a disk that does not read is not called a damaged content, and Put replaces what it cannot read.
func TestDiskError(t *testing.T) {
	good := open(t)
	for _, content := range [][]byte{text(1, 5000), noise(2, 5000)} {
		info := put(t, good, content, "")
		bad := &Dir{root: good.root, fsys: brokenFS{err: syscall.EIO}}
		if err := bad.Verify(context.Background(), info.SHA256); !errors.Is(err, syscall.EIO) || errors.Is(err, ErrCorrupt) {
			t.Errorf("Verify: %v", err)
		}
		before, _ := os.Stat(good.path(info.SHA256, info.Encoding))
		put(t, bad, content, "")
		after, _ := os.Stat(good.path(info.SHA256, info.Encoding))
		if os.SameFile(before, after) {
			t.Error("the unreadable file was kept")
		}
		if err := good.Verify(t.Context(), info.SHA256); err != nil {
			t.Error(err)
		}
	}
}
