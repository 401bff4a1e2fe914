package blobs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func trashed(t *testing.T, d *Dir) (list []Info) {
	t.Helper()
	for info, err := range d.Trashed(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, info)
	}
	return list
}

// TestTrash: out of the directory and back, plain and encoded.
func TestTrash(t *testing.T) {
	for _, content := range [][]byte{nil, text(1, 5000), noise(2, 5000), text(3, bufferSize+5000)} {
		for name, back := range map[string]func(*Dir, string) (Info, error){
			"Restore": func(d *Dir, sum string) (Info, error) { return d.Restore(t.Context(), sum) },
			"Put": func(d *Dir, sum string) (Info, error) {
				return d.Put(t.Context(), bytes.NewReader(content), PutOptions{})
			},
		} {
			d := open(t)
			want, other := put(t, d, content, ""), put(t, d, []byte("stays"), "")
			if err := d.Trash(t.Context(), want.SHA256, hashOf([]byte("never put"))); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Stat(t.Context(), want.SHA256); !errors.Is(err, ErrNotFound) {
				t.Errorf("in the trash and still there: %v", err)
			}
			if has, err := d.Has(want.SHA256); err != nil || has {
				t.Errorf("Has: %v, %v", has, err)
			}
			if diff := cmp.Diff([]Info{want}, trashed(t, d)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]Info{other}, all(t, d)); diff != "" {
				t.Error(diff)
			}
			if got, err := back(d, want.SHA256); err != nil || got != want {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
			}
			if b, err := read(t, d, want.SHA256); err != nil || !bytes.Equal(b, content) {
				t.Errorf("%s: read: %v", name, err)
			}
			if left := trashed(t, d); len(left) > 0 {
				t.Errorf("%s: %v is in the trash too", name, left)
			}
		}
	}
}

// TestTrashOdd: what may stand in the way of a restore.
func TestTrashOdd(t *testing.T) {
	content := text(1, 5000)
	sum := hashOf(content)
	for name, c := range map[string]struct {
		spoil func(d *Dir)
		want  error
	}{
		"nothing there":        {func(d *Dir) { os.Remove(d.trashPath(sum, Zstd)) }, ErrNotFound},
		"damaged in the trash": {func(d *Dir) { overwrite(t, d.trashPath(sum, Zstd), []byte("rubbish")) }, ErrCorrupt},
		"whole in its place":   {func(d *Dir) { overwrite(t, d.path(sum, ""), content) }, nil},
		"damaged in its place": {func(d *Dir) { overwrite(t, d.path(sum, Zstd), []byte("rubbish")) }, nil},
		"damaged plain hides":  {func(d *Dir) { overwrite(t, d.path(sum, ""), []byte("rubbish")) }, nil},
		"directory gone":       {func(d *Dir) { os.RemoveAll(d.fan(sum)) }, nil},
		"both names":           {func(d *Dir) { _ = os.Link(d.trashPath(sum, Zstd), d.path(sum, Zstd)) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			put(t, d, content, "")
			if err := d.Trash(t.Context(), sum); err != nil {
				t.Fatal(err)
			}
			c.spoil(d)
			if _, err := d.Restore(t.Context(), sum); !errors.Is(err, c.want) {
				t.Fatalf("Restore: %v, want %v", err, c.want)
			}
			if c.want != nil {
				put(t, d, content, "") // a Put never relies on the trash
			}
			if err := d.Verify(t.Context(), sum); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPurge ends what is in the trash and nothing else.
func TestPurge(t *testing.T) {
	d := open(t)
	gone, stays := put(t, d, text(1, 5000), ""), put(t, d, noise(1, 5000), "")
	if err := errors.Join(d.Trash(t.Context(), gone.SHA256), d.Purge(t.Context(), gone.SHA256, stays.SHA256)); err != nil {
		t.Fatal(err)
	}
	if left := trashed(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := d.Restore(t.Context(), gone.SHA256); !errors.Is(err, ErrNotFound) {
		t.Errorf("restore after the purge: %v", err)
	}
	if err := d.Verify(t.Context(), stays.SHA256); err != nil {
		t.Error(err)
	}
	ro, err := Open(d.root, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	_, restored := ro.Restore(t.Context(), gone.SHA256)
	for _, err := range []error{ro.Trash(t.Context(), stays.SHA256), ro.Purge(t.Context(), gone.SHA256), restored} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("read-only: %v", err)
		}
	}
	if err := d.Trash(t.Context(), "../../etc/passwd"); !errors.Is(err, ErrBadHash) {
		t.Errorf("a path for a hash: %v", err)
	}
}

// TestTrashCrash: wherever the power goes out while contents go to the trash and come back, each is whole in one of the
// two places.
func TestTrashCrash(t *testing.T) {
	ctx := context.Background()
	contents := crashContents()
	script := func(fsys *memFS) {
		d, err := openOn(fsys, memRoot, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.PutMany(ctx, sources(contents)); err != nil {
			t.Fatal(err)
		}
	}
	moves := func(fsys *memFS) {
		d, err := openOn(fsys, memRoot, Options{})
		for _, c := range contents {
			if err == nil {
				err = d.Trash(ctx, hashOf(c))
			}
		}
		for _, c := range contents {
			if err == nil {
				_, err = d.Restore(ctx, hashOf(c))
			}
		}
	}
	count := newMemFS()
	script(count)
	before := count.done
	moves(count)
	for steps := before; steps <= count.done; steps++ {
		fsys := newMemFS()
		script(fsys)
		fsys.steps = steps
		moves(fsys)
		for seed, keep := range []survival{nothingMore, namesOnly, anything, anything, anything} {
			after := fsys.crash(keep, rand.New(rand.NewPCG(uint64(steps), uint64(seed))))
			d, err := openOn(after, memRoot, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range contents {
				if _, err := d.Restore(ctx, hashOf(c)); err != nil {
					t.Fatalf("power out after %d changes, survival %d: %v", steps, keep, err)
				}
			}
		}
	}
	t.Logf("%d crash points", count.done-before+1)
}

// TestPutWanted: a content that is not the wanted one is not kept.
func TestPutWanted(t *testing.T) {
	d := open(t)
	for _, n := range []int{100, bufferSize + 100} {
		content := text(7, n)
		_, err := d.Put(t.Context(), bytes.NewReader(content), PutOptions{SHA256: hashOf([]byte("another"))})
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("another content: %v", err)
		}
		if _, err := d.Put(t.Context(), bytes.NewReader(content), PutOptions{SHA256: hashOf(content)}); err != nil {
			t.Error(err)
		}
	}
	left, err := os.ReadDir(filepath.Join(d.root, tempDir))
	if err != nil || len(left) > 0 || len(all(t, d)) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
	if !slices.IsSortedFunc(all(t, d), func(a, b Info) int { return bytes.Compare([]byte(a.SHA256), []byte(b.SHA256)) }) {
		t.Error("not sorted")
	}
}
