package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"taskstore/blobs"
)

// benchBlobTypes puts and reads files of each type: what they take on disk beside
// what they are, and how fast both go without waiting for the disk.
func benchBlobTypes(ctx context.Context, e *env) error {
	list, err := media(e.size(1<<20, 32<<10))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := e.blobType(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func (e *env) blobType(ctx context.Context, m medium) error {
	var puts, reads []float64
	var info blobs.Info
	for range e.rounds {
		d, err := blobs.Open(e.newDir(), blobs.Options{NoSync: true})
		if err != nil {
			return err
		}
		start := time.Now()
		if info, err = d.Put(ctx, bytes.NewReader(m.content), blobs.PutOptions{}); err != nil {
			return err
		}
		put := time.Since(start).Seconds()
		start = time.Now()
		if err := readBlob(ctx, d, info); err != nil {
			return err
		}
		puts, reads = append(puts, float64(info.Size)/put), append(reads, float64(info.Size)/time.Since(start).Seconds())
	}
	if packed := info.Encoding == blobs.Zstd; packed != m.packs {
		return fmt.Errorf("stored as %q", info.Encoding)
	}
	size := line{name: fmt.Sprintf("%s of %d KB: on disk / as it is", m.name, info.Size>>10), ours: []float64{float64(info.Stored)}, other: []float64{float64(info.Size)}, unit: "B", goal: 0.9}
	if !m.packs {
		size.goal = 1
	}
	e.table.add(size)
	e.table.add(line{name: "  put, without fsync", ours: puts, unit: "B/s", noGoal: true})
	e.table.add(line{name: "  read and verified", ours: reads, unit: "B/s", noGoal: true})
	return nil
}

func readBlob(ctx context.Context, d *blobs.Dir, info blobs.Info) error {
	r, err := d.Open(ctx, info.SHA256)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, r)
	if err == nil && n != info.Size {
		err = fmt.Errorf("%d bytes of %d", n, info.Size)
	}
	return errors.Join(err, r.Close())
}
