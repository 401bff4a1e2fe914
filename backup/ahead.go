package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// VACUUM INTO writes its file from the beginning to the end. Only the first pages, with which every
// table and index begins, change until the last moment, and what its cache holds back comes a little
// later. So what is well behind the end is compressed while the rest is being written, on the core
// that is idle then. That it stays as it was is a guess: the compressed file is compared with the copy
// byte by byte in any case, and if the guess was wrong the backup is made without it.
const (
	aheadFrom  = 64 << 20 // bytes that the copy must have before it begins
	aheadLag   = 16 << 20 // bytes that it stays behind the end
	aheadEvery = 2 * time.Millisecond
)

const aheadFile = ".ahead"

// ahead is frames of a copy that is not complete yet: those from the second one on.
type ahead struct {
	file string
	end  int64 // where what is in them ends in the copy
	over chan struct{}
	done chan error
}

// startAhead begins to compress what is being written.
func (m *making) startAhead(ctx context.Context, work pages.Cores, plain string) *ahead {
	a := &ahead{file: m.c.hidden(m.ID, aheadFile), end: packed.FramePlain, over: make(chan struct{}), done: make(chan error, 1)}
	go func() { a.done <- a.follow(ctx, work, plain, m.c.opt.aheadFrom) }()
	return a
}

func (a *ahead) follow(ctx context.Context, work pages.Cores, plain string, from int64) error {
	in, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	out, err := durable.New(a.file)
	if err != nil {
		return err
	}
	g := &growing{ctx: ctx, f: in, at: a.end, from: from, over: a.over}
	err = errors.Join(packed.Compress(ctx, work, g, out), out.Close())
	a.end = g.at
	return err
}

// finish ends it: the copy is complete. It tells whether there is anything.
func (a *ahead) finish() (any bool, err error) {
	close(a.over)
	err = <-a.done
	return a.end > packed.FramePlain, err
}

// growing reads a file that becomes longer, and stays behind. It is at its end when that is over.
type growing struct {
	ctx      context.Context
	f        *os.File
	at, from int64
	over     <-chan struct{}
}

func (g *growing) Read(p []byte) (int, error) {
	for {
		info, err := g.f.Stat()
		if err != nil {
			return 0, err
		}
		if info.Size() >= max(g.from, g.at+int64(len(p))+aheadLag) {
			n, err := g.f.ReadAt(p, g.at)
			g.at += int64(n)
			return n, err
		}
		select {
		case <-g.ctx.Done():
			return 0, g.ctx.Err()
		case <-g.over:
			return 0, io.EOF
		case <-time.After(aheadEvery):
		}
	}
}

// addTo appends the frames, whose file is then gone.
func (a *ahead) addTo(w io.Writer) error {
	f, err := os.Open(a.file)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(w, struct{ io.Reader }{f}, make([]byte, pages.Buffered))
	return errors.Join(err, f.Close(), os.Remove(a.file))
}
