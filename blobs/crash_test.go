package blobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var memRoot = filepath.Join(string(filepath.Separator), "home", "store", "blobs")

// crashContents are small and large, encoded and plain, with one of them twice.
var crashContents = sync.OnceValue(func() [][]byte {
	all := [][]byte{nil, text(1, 900), noise(2, 700), text(3, 30_000), noise(4, bufferSize+10), text(5, bufferSize+10)}
	return append(all, all[2])
})

// crashScript does everything that changes a directory and returns what was acknowledged when it ended.
func crashScript(fsys *memFS) (acked []string) {
	ctx := context.Background()
	d, err := openOn(fsys, memRoot, Options{})
	if err != nil {
		return nil
	}
	contents := crashContents()
	if info, err := d.Put(ctx, bytes.NewReader(contents[1]), PutOptions{}); err == nil {
		acked = append(acked, info.SHA256)
	}
	for info, err := range d.PutSeq(ctx, sources(contents[:5])) {
		if err == nil {
			acked = append(acked, info.SHA256)
		}
	}
	// A second handle, like another process, finds all in place and some of it damaged.
	other, err := openOn(fsys, memRoot, Options{})
	if err != nil {
		return acked
	}
	for _, content := range [][]byte{contents[2], contents[3]} {
		sum := hashOf(content)
		for _, path := range []string{other.path(sum, ""), other.path(sum, Zstd)} {
			if fsys.damage(path) {
				acked = slices.DeleteFunc(acked, func(s string) bool { return s == sum })
			}
		}
	}
	for info, err := range other.PutSeq(ctx, sources(contents)) {
		if err == nil {
			acked = append(acked, info.SHA256)
		}
	}
	return trashScript(other, acked)
}

// trashScript takes contents out and brings them back, by asking and by putting them again. What is on its way out is not
// acknowledged; what is out must still be somewhere.
func trashScript(d *Dir, acked []string) []string {
	ctx := context.Background()
	contents := crashContents()
	out := []string{hashOf(contents[1]), hashOf(contents[2]), hashOf(contents[4])}
	kept := slices.DeleteFunc(slices.Clone(acked), func(s string) bool { return slices.Contains(out, s) })
	if d.Trash(ctx, out...) != nil {
		return kept
	}
	if _, err := d.Restore(ctx, out[0]); err == nil {
		kept = append(kept, out[0])
	}
	for info, err := range d.PutSeq(ctx, sources(contents[2:5])) {
		if err == nil {
			kept = append(kept, info.SHA256)
		}
	}
	return kept
}

// damage overwrites a byte, on the disk as well.
func (m *memFS) damage(path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.live[path]
	if node == nil || m.steps >= 0 && m.done >= m.steps {
		return false
	}
	node.data = slices.Clone(node.data)
	node.data[len(node.data)/2] ^= 1
	if len(node.kept) > 0 {
		node.kept = node.data
	}
	return true
}

// afterCrash returns what is wrong with a directory after a crash.
func afterCrash(fsys *memFS, acked []string) error {
	ctx := context.Background()
	d, err := openOn(fsys, memRoot, Options{})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for _, sum := range acked {
		if err := d.Verify(ctx, sum); err != nil {
			return fmt.Errorf("acknowledged: %w", err)
		}
	}
	scripted := []string{hashOf(crashContents()[2]), hashOf(crashContents()[3])} // damaged on purpose
	for info, err := range d.All(ctx) {
		if err == nil {
			err = d.Verify(ctx, info.SHA256)
		}
		if err != nil && !slices.Contains(scripted, info.SHA256) {
			return fmt.Errorf("under a blob's name: %w", err)
		}
	}
	return nil
}

// TestCrash pulls the power after every single change, with every kind of survival of what was not flushed.
func TestCrash(t *testing.T) {
	full := newMemFS()
	if acked := crashScript(full); len(acked) < 8 {
		t.Fatalf("the script acknowledged %d contents without a crash", len(acked))
	}
	for steps := range full.done + 1 {
		fsys := newMemFS()
		fsys.steps = steps
		acked := crashScript(fsys)
		var after *memFS
		for seed, keep := range []survival{nothingMore, namesOnly, anything, anything, anything, anything} {
			after = fsys.crash(keep, rand.New(rand.NewPCG(uint64(steps), uint64(seed))))
			if err := afterCrash(after, acked); err != nil {
				t.Fatalf("power out after %d changes, survival %d, seed %d: %v", steps, keep, seed, err)
			}
		}
		if again := crashScript(after); len(again) < 8 {
			t.Fatalf("power out after %d changes: only %d contents could be put again", steps, len(again))
		}
	}
	t.Logf("%d crash points", full.done+1)
}

// TestCrashIsNoticed holds the simulation itself to account: a disk that lies about flushing must make it fail.
func TestCrashIsNoticed(t *testing.T) {
	for name, lie := range map[string]func(*memFS){
		"files":       func(m *memFS) { m.lieFiles = true },
		"directories": func(m *memFS) { m.lieDirs = true },
	} {
		t.Run(name, func(t *testing.T) {
			fsys := newMemFS()
			lie(fsys)
			acked := crashScript(fsys)
			keep := nothingMore
			if name == "files" {
				keep = namesOnly
			}
			if err := afterCrash(fsys.crash(keep, nil), acked); err == nil {
				t.Fatal("nothing was flushed and nothing was missed")
			}
		})
	}
}

// TestDiskFull fills the disk at every length and then makes room.
func TestDiskFull(t *testing.T) {
	ctx := context.Background()
	contents := crashContents()
	total := 0
	for _, c := range contents {
		total += len(c)
	}
	for space := 0; space < total; space += 1 + total/40 {
		fsys := newMemFS()
		d, err := openOn(fsys, memRoot, Options{})
		if err != nil {
			t.Fatal(err)
		}
		fsys.space = space
		infos, err := d.PutMany(ctx, sources(contents))
		if err != nil && (!errors.Is(err, ErrFull) || !errors.Is(err, noSpace)) {
			t.Fatalf("space %d: %v, want ErrFull and its cause", space, err)
		}
		for _, info := range infos {
			if err := d.Verify(ctx, info.SHA256); err != nil {
				t.Fatal(err)
			}
		}
		if err := afterCrash(fsys, nil); err != nil {
			t.Fatal(err)
		}
		if left := fsys.temps(); len(left) > 0 {
			t.Fatalf("space %d: %v left behind", space, left)
		}
		fsys.space = -1
		if again, err := d.PutMany(ctx, sources(contents)); err != nil || len(again) != len(contents) {
			t.Fatalf("with room again: %d contents, %v", len(again), err)
		}
	}
}

func (m *memFS) temps() (paths []string) {
	for p := range m.live {
		if strings.HasSuffix(p, tempSuffix) {
			paths = append(paths, p)
		}
	}
	return paths
}

// TestNotWritable: refusals keep their meaning, and reading goes on.
func TestNotWritable(t *testing.T) {
	ctx := context.Background()
	fsys := newMemFS()
	d, err := openOn(fsys, memRoot, Options{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := d.Put(ctx, strings.NewReader("kept before"), PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fsys.deny = true
	if _, err := d.Put(ctx, strings.NewReader("new"), PutOptions{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Put: %v, want fs.ErrPermission", err)
	}
	if err := d.Verify(ctx, info.SHA256); err != nil {
		t.Error(err)
	}
	ro, err := openOn(fsys, memRoot, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := ro.Verify(ctx, info.SHA256); err != nil {
		t.Error(err)
	}
	if _, err := openOn(fsys, filepath.Join(memRoot, "other"), Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Open: %v, want fs.ErrPermission", err)
	}
}

// TestPresentIsFlushed: another process wrote a content and has not flushed it yet, or never will (cp). A Put that finds
// it acknowledges it, so it has to flush the bytes, the name and the directory itself.
func TestPresentIsFlushed(t *testing.T) {
	content := text(1, 500)
	sum := hashOf(content)
	for _, many := range []bool{false, true} {
		fsys := newMemFS()
		if err := makeDirs(fsys, filepath.Dir(memRoot)); err != nil {
			t.Fatal(err)
		}
		fsys.live[memRoot] = &memNode{dir: true}
		fsys.live[filepath.Join(memRoot, tempDir)] = &memNode{dir: true}
		d, err := openOn(fsys, memRoot, Options{})
		if err != nil {
			t.Fatal(err)
		}
		fsys.live[d.fan(sum)] = &memNode{dir: true}
		fsys.live[d.path(sum, "")] = &memNode{data: content}
		if many {
			_, err = d.PutMany(t.Context(), sources([][]byte{content}))
		} else {
			_, err = d.Put(t.Context(), bytes.NewReader(content), PutOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := afterCrash(fsys.crash(nothingMore, nil), []string{sum}); err != nil {
			t.Error(err)
		}
	}
}
