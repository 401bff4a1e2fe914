package pictures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
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
