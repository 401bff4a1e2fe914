package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPutMany crosses batches and keeps order and equal contents.
func TestPutMany(t *testing.T) {
	d := open(t)
	contents := make([][]byte, 2*BatchSize+7)
	for i := range contents {
		contents[i] = text(uint64(i%200), 200+i%200) // the rest are equal to earlier ones, in and across batches
	}
	infos, err := d.PutMany(t.Context(), sources(contents))
	if err != nil || len(infos) != len(contents) {
		t.Fatalf("%d of %d, %v", len(infos), len(contents), err)
	}
	for i, info := range infos {
		if info.SHA256 != hashOf(contents[i]) {
			t.Fatalf("result %d is of another source", i)
		}
	}
	if got := all(t, d); len(got) != 200 {
		t.Errorf("%d files for 200 contents", len(got))
	}
	if infos, err := d.PutMany(t.Context(), sources(nil)); err != nil || infos != nil {
		t.Errorf("nothing: %v, %v", infos, err)
	}
}

// TestPutManyFailure: what comes before a source that fails is kept and told, what comes after is neither.
func TestPutManyFailure(t *testing.T) {
	cut := Source{Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(noise(1, 10)), errReader{io.ErrUnexpectedEOF})), nil
	}}
	cutLate := Source{Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(noise(1, bufferSize+10)), errReader{io.ErrUnexpectedEOF})), nil
	}}
	for name, bad := range map[string]Source{"cut short": cut, "cut short late": cutLate, "missing": File(filepath.Join(t.TempDir(), "no"), ""), "nil": {}} {
		d := open(t)
		seq := func(yield func(Source) bool) {
			for i := range BatchSize + 20 {
				src := Bytes(noise(uint64(i), 50), "")
				if i == BatchSize+3 {
					src = bad
				}
				if !yield(src) {
					return
				}
			}
		}
		infos, err := d.PutMany(t.Context(), seq)
		if err == nil || len(infos) != BatchSize+3 {
			t.Fatalf("%s: %d results, %v", name, len(infos), err)
		}
		if got := all(t, d); len(got) != BatchSize+3 {
			t.Errorf("%s: %d contents kept", name, len(got))
		}
		if left, _ := os.ReadDir(filepath.Join(d.root, tempDir)); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestPutSeqStops(t *testing.T) {
	d := open(t)
	for range d.PutSeq(t.Context(), sources([][]byte{noise(1, 9), noise(2, 9), noise(3, 9)})) {
		break
	}
	if got := all(t, d); len(got) != 3 {
		t.Errorf("%d of a batch of 3 kept", len(got))
	}
}

func TestCancelled(t *testing.T) {
	d := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := func(yield func(Source) bool) {
		yield(Bytes([]byte("first"), ""))
		cancel()
		yield(Bytes([]byte("second"), ""))
	}
	if infos, err := d.PutMany(ctx, slow); !errors.Is(err, context.Canceled) || len(infos) != 0 {
		t.Errorf("PutMany: %v, %v", infos, err)
	}
	if _, err := d.Put(ctx, strings.NewReader("x"), PutOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	if err := d.Verify(ctx, hashOf(nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(d.root, tempDir)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
