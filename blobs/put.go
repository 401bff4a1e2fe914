package blobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"runtime"
	"sync/atomic"
	"time"

	"taskstore/internal/durable"

	"golang.org/x/sync/errgroup"
)

// BatchSize is how many sources PutMany and PutSeq make durable together.
const BatchSize = 256

// PutOptions says what is known about a content.
type PutOptions struct {
	// MIME is its type, parameters allowed. Images, audio, video and archives that are compressed by their format are
	// kept as they are, everything else is tried. "" means: guess from the first bytes.
	MIME string
	// SHA256, if set, is what the content must have; another content is not kept, and is ErrCorrupt.
	SHA256 string
}

// Put keeps what r delivers until io.EOF. When it returns without error the content is durable. A content that is there
// already is read and flushed, and kept if it is whole; a damaged or incomplete file is replaced, and moved to the folder
// of damaged files.
func (d *Dir) Put(ctx context.Context, r io.Reader, opt PutOptions) (info Info, err error) {
	defer wrap(&err, "put content")
	s, err := d.take(ctx, Source{
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil },
		MIME: opt.MIME, SHA256: opt.SHA256,
	})
	if err != nil {
		return Info{}, err
	}
	if err := d.commit(ctx, []*staged{s}); err != nil {
		return Info{}, s.discard(err)
	}
	return s.info, nil
}

// Source is one content for PutMany or PutSeq.
type Source struct {
	// Open is called once, and again where what it gave ended with ErrChanged. A few sources are open at the same time,
	// each in a goroutine of its own. The reader is closed for the caller.
	Open func(context.Context) (io.ReadCloser, error)
	// MIME and SHA256 are as in PutOptions.
	MIME, SHA256 string
}

// Bytes is a source of bytes in memory, which must not change until they are kept.
func Bytes(content []byte, mime string) Source {
	return Source{MIME: mime, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// File is a source that reads a file of the operating system. When it changes while it is read, it is read again; when
// that happens each time, it is ErrChanged.
func File(path, mime string) Source {
	return Source{MIME: mime, Open: func(context.Context) (io.ReadCloser, error) { return durable.OpenSteady(path) }}
}

// PutMany keeps all sources and returns their descriptions in the order of the sources, equal contents included. The
// descriptions returned beside an error are those of the sources before the one that failed, and these are durable.
// It is PutSeq for callers who want the list.
func (d *Dir) PutMany(ctx context.Context, sources iter.Seq[Source]) ([]Info, error) {
	var infos []Info
	for info, err := range d.PutSeq(ctx, sources) {
		if err != nil {
			return infos, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// PutSeq keeps sources in batches of BatchSize, which shares the flushes and is many times faster than as many Puts. A
// description is yielded after its whole batch is durable, in the order of the sources. An error ends the sequence and
// belongs to the source after the last one yielded, or to its batch.
func (d *Dir) PutSeq(ctx context.Context, sources iter.Seq[Source]) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		b := &batch{d: d, ctx: ctx, staging: make(chan struct{}, runtime.GOMAXPROCS(0))}
		b.work.SetLimit(flushers)
		defer b.discard()
		for src := range sources {
			b.add(src)
			if (len(b.items) == BatchSize || b.failed.Load()) && !b.flush(yield) {
				return
			}
		}
		b.flush(yield)
	}
}

// batch is a run of sources that become durable together.
type batch struct {
	d       *Dir
	ctx     context.Context // of the PutSeq whose variable this is
	staging chan struct{}   // as many places as processors
	work    errgroup.Group
	items   []*item
	done    int         // sources of earlier batches
	failed  atomic.Bool // no use in taking more
}

type item struct {
	staged *staged
	err    error
}

// add begins to stage and flush a source. It waits while as many are being staged as there are processors, or flushed as
// the disk is asked for at once.
func (b *batch) add(src Source) {
	it := &item{}
	b.items = append(b.items, it)
	b.staging <- struct{}{}
	b.work.Go(func() error {
		it.staged, it.err = b.d.take(b.ctx, src)
		<-b.staging
		if it.err == nil {
			it.err = it.staged.flush()
		}
		if it.err != nil {
			b.failed.Store(true)
		}
		return nil
	})
}

// flush commits the sources up to the first that failed, yields them, and then the failure. It tells whether to go on.
func (b *batch) flush(yield func(Info, error) bool) bool {
	_ = b.work.Wait() // errors are kept per item, to be told in order
	var (
		good   []*staged
		failed error
	)
	for _, it := range b.items {
		if failed = it.err; failed != nil {
			break
		}
		good = append(good, it.staged)
	}
	if err := b.d.commit(b.ctx, good); err != nil {
		wrap(&err, "put batch of contents from %d", b.done)
		yield(Info{}, err)
		return false
	}
	for _, s := range good {
		if !yield(s.info, nil) {
			return false
		}
	}
	b.done += len(good)
	if failed != nil {
		wrap(&failed, "put content %d", b.done)
		yield(Info{}, failed)
		return false
	}
	b.items = b.items[:0]
	return true
}

// discard removes what was staged and did not become a blob.
func (b *batch) discard() {
	_ = b.work.Wait()
	for _, it := range b.items {
		if it.staged != nil {
			_ = it.staged.discard(nil)
		}
	}
}

const (
	readings   = 4                      // of a source that changes
	betweenTwo = 100 * time.Millisecond // for who writes to it to come to an end
)

// take stages a source, which is read again while it changes.
func (d *Dir) take(ctx context.Context, src Source) (s *staged, err error) {
	for n := range readings {
		if n > 0 {
			select {
			case <-time.After(betweenTwo << n):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if s, err = d.takeOnce(ctx, src); !errors.Is(err, ErrChanged) {
			return s, err
		}
	}
	return nil, err
}

// takeOnce opens a source, stages it and closes it.
func (d *Dir) takeOnce(ctx context.Context, src Source) (_ *staged, err error) {
	if d.readOnly {
		return nil, fmt.Errorf("the directory was opened read-only: %w", fs.ErrPermission)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if src.Open == nil {
		return nil, errors.New("the source cannot be opened: Open is nil")
	}
	r, err := src.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	defer r.Close()
	s, err := d.stage(ctx, r, src.MIME)
	if err == nil && src.SHA256 != "" && s.info.SHA256 != src.SHA256 {
		return nil, s.discard(fmt.Errorf("%w: the bytes have another SHA-256 than %.12s", ErrCorrupt, src.SHA256))
	}
	return s, err
}
