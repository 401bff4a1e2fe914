package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/blobs"
)

// TestCacheBound: what is kept stays below the bound, the newest of it, and nothing is kept of what is gone.
func TestCacheBound(t *testing.T) {
	c := New(filepath.Join(t.TempDir(), "pictures"))
	c.most = 10_000
	for i := range 60 {
		if err := c.Put(fmt.Sprintf("%064d", i), make([]byte, 500)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := c.files()
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, f := range files {
		size += f.Size()
		if f.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is for others too: %v", f.Name(), f.Mode())
		}
	}
	if size > c.most || len(files) < 10 {
		t.Errorf("%d bytes in %d files", size, len(files))
	}
	if _, kept := c.Get(fmt.Sprintf("%064d", 59)); !kept {
		t.Error("the newest is gone")
	}
	c.Prune(func(sum string) bool { return sum == fmt.Sprintf("%064d", 59) })
	if files, err = c.files(); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
	if err := Forget(c.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("something is left")
	}
}

// TestMake makes a picture small, and refuses what is none or says that it is too large.
func TestMake(t *testing.T) {
	dir, err := blobs.Open(t.TempDir(), blobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	small := func(content []byte) (image.Config, error) {
		info, err := dir.Put(t.Context(), bytes.NewReader(content), blobs.PutOptions{MIME: "image/png"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := dir.Open(context.Background(), info.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		made, err := NewMaker().Make(t.Context(), r)
		if err != nil {
			return image.Config{}, err
		}
		config, _, err := image.DecodeConfig(bytes.NewReader(made))
		return config, err
	}
	var large bytes.Buffer
	if err := png.Encode(&large, image.NewGray(image.Rect(0, 0, 1920, 1080))); err != nil {
		t.Fatal(err)
	}
	if c, err := small(large.Bytes()); err != nil || c.Width != 480 || c.Height != 270 {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := small([]byte("no picture")); err == nil {
		t.Error("a text was made small")
	}
	var huge bytes.Buffer // a head that says 60,000 by 60,000
	if err := png.Encode(&huge, image.NewGray(image.Rect(0, 0, 60000, 1))); err != nil {
		t.Fatal(err)
	}
	text := huge.Bytes()
	copy(text[20:24], []byte{0, 0, 0xea, 0x60})
	if _, err := small(text); err == nil {
		t.Error("a picture of 3,600 megapixels was unpacked")
	}
}

// TestMakeReadsToTheEnd: a picture that is not what was kept is refused, also where the decoder would not see it.
func TestMakeReadsToTheEnd(t *testing.T) {
	at := t.TempDir()
	dir, err := blobs.Open(at, blobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
	picture.WriteString(strings.Repeat("behind the end", 10_000))
	info, err := dir.Put(t.Context(), bytes.NewReader(picture.Bytes()), blobs.PutOptions{MIME: "image/png"})
	if err != nil {
		t.Fatal(err)
	}
	damaged := append(bytes.TrimSuffix(picture.Bytes(), []byte("d")), 'x')
	err = filepath.WalkDir(at, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(name, info.SHA256[4:]) {
			return err
		}
		return errors.Join(os.Chmod(name, 0o600), os.WriteFile(name, damaged, 0o600))
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := dir.Open(t.Context(), info.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := NewMaker().Make(t.Context(), r); !errors.Is(err, blobs.ErrCorrupt) {
		t.Errorf("it was made small: %v", err)
	}
}
