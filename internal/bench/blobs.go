package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"taskstore/blobs"
	"taskstore/internal/bench/process"
	"taskstore/repo"
	"taskstore/schema"
)

// blobMix makes contents of 1 to 200 KB, small ones more often, of which 45 of a
// hundred are there already. Half of the new ones are text, half of them cannot be
// compressed.
type blobMix struct {
	rng   *rand.Rand
	made  int
	seeds []uint64 // of the contents that were made
	text  []byte
}

func newBlobMix() *blobMix {
	words := strings.Fields("a session holds notes and tasks about the company its contacts and what was said in the meeting on monday")
	rng := rand.New(rand.NewPCG(4, 5))
	var b bytes.Buffer
	for b.Len() < 1<<20 {
		b.WriteString(words[rng.IntN(len(words))])
		fmt.Fprintf(&b, " %d ", rng.IntN(1000))
	}
	return &blobMix{rng: rng, text: b.Bytes()}
}

// next gives a content, and whether it is one that was not there.
func (m *blobMix) next() (content []byte, fresh bool) {
	m.made++
	if m.made%20 > 10 { // 9 of 20
		return m.content(m.seeds[m.rng.IntN(len(m.seeds))]), false
	}
	seed := m.rng.Uint64()
	m.seeds = append(m.seeds, seed)
	return m.content(seed), true
}

func (m *blobMix) content(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	n := int(1024 * math.Pow(200, rng.Float64()))
	b := fmt.Appendf(nil, "%016x", seed)
	if rng.IntN(2) == 0 {
		from := rng.IntN(len(m.text) - n)
		return append(b, m.text[from:from+n]...)
	}
	noise := make([]byte, n)
	rand.NewChaCha8([32]byte(fmt.Appendf(nil, "%032x", seed))).Read(noise)
	return append(b, noise...)
}

// blobFiles writes n contents into a directory and gives their paths and bytes.
func (e *env) blobFiles(n int) (paths []string, size int64, err error) {
	dir, mix := e.newDir(), newBlobMix()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, 0, err
	}
	for i := range n {
		content, _ := mix.next()
		path := filepath.Join(dir, fmt.Sprintf("%06d", i))
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, 0, err
		}
		paths, size = append(paths, path), size+int64(len(content))
	}
	return paths, size, nil
}

func fileSources(paths []string) iter.Seq[blobs.Source] {
	return func(yield func(blobs.Source) bool) {
		for _, path := range paths {
			if !yield(blobs.File(path, "")) {
				return
			}
		}
	}
}

// putFiles puts files into a new directory of blobs and gives the seconds.
func (e *env) putFiles(ctx context.Context, paths []string, opt blobs.Options) (float64, error) {
	d, err := blobs.Open(e.newDir(), opt)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	infos, err := d.PutMany(ctx, fileSources(paths))
	took := time.Since(start).Seconds()
	if err == nil && len(infos) != len(paths) {
		err = fmt.Errorf("%d of %d contents", len(infos), len(paths))
	}
	return took, err
}

// gitFiles puts files into a new object store of git's, which waits for the disk
// after each.
func (e *env) gitFiles(ctx context.Context, paths []string) (float64, error) {
	dir := e.newDir()
	if out, err := exec.CommandContext(ctx, "git", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("git init: %w: %s", err, out)
	}
	cmd := exec.CommandContext(ctx, "git", "-C", dir, "-c", "core.fsync=loose-object", "-c", "core.fsyncMethod=fsync",
		"hash-object", "-w", "--no-filters", "--stdin-paths")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(paths, "\n")+"\n"), io.Discard, os.Stderr
	start := time.Now()
	err := cmd.Run()
	return time.Since(start).Seconds(), err
}

// benchBlobs puts contents in durable batches: beside the same work without waiting
// for the disk, and beside git.
func benchBlobs(ctx context.Context, e *env) error {
	paths, size, err := e.blobFiles(e.size(2000, 100))
	if err != nil {
		return err
	}
	ours := func() (float64, error) { return e.putFiles(ctx, paths, blobs.Options{}) }
	a, b, err := e.interleave(ours, func() (float64, error) { return e.putFiles(ctx, paths, blobs.Options{NoSync: true}) })
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%d contents, %.0f MB, put durably in batches", len(paths), float64(size)/1e6)
	e.table.add(line{name: name + " / the same without fsync", ours: a, other: b, unit: "s", goal: 1.3})
	if _, err := exec.LookPath("git"); err != nil {
		fmt.Fprintln(os.Stderr, "           no git in PATH: not compared with it")
		return e.putScale(ctx)
	}
	a, b, err = e.interleave(func() (float64, error) { return e.gitFiles(ctx, paths) }, ours)
	e.table.add(line{name: "the same by git's object store with fsync / ours", ours: a, other: b, unit: "s", goal: 3, atLeast: true})
	return errors.Join(err, e.putScale(ctx))
}

// putScale saves many attachments of which nearly half are there already, and looks
// at what is stored.
func (e *env) putScale(ctx context.Context) (err error) {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	n, mix, distinct := e.puts, newBlobMix(), 0
	if n == 0 {
		n = e.size(2000, 200)
	}
	start := time.Now()
	for done := 0; done < n; done += blobs.BatchSize {
		batch := make([]*schema.Attachment, min(blobs.BatchSize, n-done))
		var contents [][]byte
		for range batch {
			content, fresh := mix.next()
			if contents = append(contents, content); fresh {
				distinct++
			}
		}
		if err := saveContents(ctx, s, batch, contents); err != nil {
			return err
		}
	}
	took := time.Since(start).Seconds()
	st, err := s.Contents.Stats(ctx)
	if err != nil {
		return err
	}
	if st.Count != int64(distinct) || st.References != int64(n) {
		return fmt.Errorf("%d contents with %d references, want %d and %d", st.Count, st.References, distinct, n)
	}
	_, peak := process.Memory()
	e.table.add(line{name: fmt.Sprintf("%d attachments saved with their contents, 45 %% there already", n), ours: []float64{float64(st.LogicalBytes) / took}, unit: "B/s", noGoal: true})
	e.table.add(line{name: "  their bytes kept once / as often as they are needed", ours: []float64{float64(st.UniqueBytes)}, other: []float64{float64(st.LogicalBytes)}, unit: "B", goal: 0.56})
	e.table.add(line{name: "  their bytes on disk / as often as they are needed", ours: []float64{float64(st.StoredBytes)}, other: []float64{float64(st.LogicalBytes)}, unit: "B", goal: 0.55})
	e.table.add(line{name: "  most memory of the whole process", ours: []float64{float64(peak)}, unit: "B", noGoal: true})
	return nil
}

func saveContents(ctx context.Context, s *repo.Store, batch []*schema.Attachment, contents [][]byte) error {
	i := 0
	for info, err := range s.Contents.PutAll(ctx, func(yield func(blobs.Source) bool) {
		for _, content := range contents {
			if !yield(blobs.Bytes(content, "")) {
				return
			}
		}
	}) {
		if err != nil {
			return err
		}
		batch[i] = &schema.Attachment{File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}
		i++
	}
	return s.Attachments.Save(ctx, batch...)
}
