// Package pieces keeps streams of bytes as objects that never change. Its one idea is that every
// object is at most one piece long, sealed if wanted, and that its name ends in a keyed hash of
// that name and of its bytes: whoever has the key can tell of each whether it is what was put.
//
// It promises that what it gives is what was put, or an error says which object is not. What the
// streams are, and when one may go, is for package offsite.
package pieces

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"taskstore/backup/offsite/shelf"
)

// Set is the objects of a target.
type Set struct {
	Objs *shelf.Steady
	Keys Keys
	Size int64 // of a piece, before it is sealed
}

// PutEmpty puts an object of no bytes, which is not sealed: its name says it all.
func (s *Set) PutEmpty(ctx context.Context, base string) (name string, err error) {
	name = base + "." + s.Keys.Tag(base, nil)
	return name, s.Objs.Put(ctx, name, nil, false)
}

// Put seals a piece and puts it under the name that its bytes have.
func (s *Set) Put(ctx context.Context, p Piece, body []byte, what Kind) (name string, err error) {
	sealed, err := s.Keys.Seal(body, what)
	if err != nil {
		return "", err
	}
	name = p.String() + "." + s.Keys.Tag(p.String(), sealed)
	return name, s.Objs.Put(ctx, name, sealed, false)
}

// PutSure is Put for what decides something: the bytes are read back. A place that gives others is
// asked again, for a moment's fault.
func (s *Set) PutSure(ctx context.Context, p Piece, body []byte, what Kind) error {
	for i := 0; ; i++ {
		name, err := s.Put(ctx, p, body, what)
		if err != nil {
			return err
		}
		_, err = s.Whole(ctx, name)
		if err == nil || !errors.Is(err, shelf.ErrDamaged) || i == Looks {
			return err
		}
	}
}

// Looks is how often an object is read again before it is called damaged.
const Looks = 3

// Whole reads an object and looks whether it is what its name says; another one is shelf.ErrDamaged,
// after a few looks: the fault may have been on the way.
func (s *Set) Whole(ctx context.Context, name string) ([]byte, error) {
	o, ok := ParseName(name)
	if !ok {
		return nil, &shelf.Error{Place: s.Objs.String(), Object: name, Why: fmt.Errorf("%w: nothing that was put here is called so", shelf.ErrDamaged)}
	}
	for i := 0; ; i++ {
		body, err := s.Objs.Whole(ctx, name, s.Size+s.Keys.SealedSize(0)+1<<20)
		if err == nil && s.Keys.Tag(o.Piece.String(), body) == o.Tag {
			return body, nil
		}
		if err != nil && !errors.Is(err, shelf.ErrDamaged) {
			return nil, err
		}
		if i == Looks {
			return nil, &shelf.Error{Place: s.Objs.String(), Object: name, Why: shelf.ErrDamaged, Advice: "backup verify --heal puts a copy of what the store has in its place"}
		}
	}
}

// Read gives what was sealed in the first of some objects that is what its name says: they stand
// for the same piece. Where they are listed and not there the piece is listed again: the list may have come with other bytes.
func (s *Set) Read(ctx context.Context, names []string, what Kind) (body []byte, err error) {
	if body, err = s.first(ctx, names, what); !errors.Is(err, shelf.ErrNotThere) {
		return body, err
	}
	is, _ := ParseName(names[0])
	var listed []string
	for o, bad := range s.Objs.List(ctx, is.Piece.String()+".", "") {
		if bad != nil {
			return nil, bad
		}
		listed = append(listed, o.Name)
	}
	if len(listed) == 0 {
		return nil, err
	}
	return s.first(ctx, listed, what)
}

// first is Read with the names that there are.
func (s *Set) first(ctx context.Context, names []string, what Kind) (body []byte, err error) {
	for _, name := range names {
		sealed, bad := s.Whole(ctx, name)
		if bad == nil {
			if body, bad = s.Keys.Open(sealed, what); bad == nil {
				return body, nil
			}
			bad = &shelf.Error{Place: s.Objs.String(), Object: name, Why: bad}
		}
		if err == nil || !errors.Is(bad, shelf.ErrDamaged) {
			err = bad
		}
		if !errors.Is(bad, shelf.ErrDamaged) && !errors.Is(bad, shelf.ErrNotThere) {
			break
		}
	}
	return nil, err
}

// Stream is the objects of one stream, by the numbers of their pieces.
type Stream struct {
	Of    int
	names [][]string // of each piece
}

// Streams lists the streams that are there below a prefix, whole or not, in the order of their names.
func (s *Set) Streams(ctx context.Context, prefix string) (bases []string, err error) {
	for o, err := range s.Objs.List(ctx, prefix, "") {
		if err != nil {
			return nil, err
		}
		if is, ok := ParseName(o.Name); ok {
			bases = append(bases, is.Base)
		}
	}
	return slices.Compact(bases), nil
}

// Find lists what is there of a stream. One of which a piece is not there is shelf.ErrNotThere, when it was looked for
// twice: a list may have come with other bytes.
func (s *Set) Find(ctx context.Context, base string) (f Stream, err error) {
	for range 2 {
		if f, err = s.find(ctx, base); err != nil {
			return f, err
		}
		i := slices.IndexFunc(f.names, func(list []string) bool { return len(list) == 0 })
		if f.Of > 0 && i < 0 {
			return f, nil
		}
		err = &shelf.Error{Place: s.Objs.String(), Object: Piece{base, i + 1, max(1, f.Of)}.String(), Why: shelf.ErrNotThere}
	}
	return f, err
}

// find lists the objects of a stream. What somebody without the key has put beside it, as if it had another number of
// pieces, is not it.
func (s *Set) find(ctx context.Context, base string) (f Stream, err error) {
	all := map[int]Stream{}
	for o, err := range s.Objs.List(ctx, base, "") {
		if err != nil {
			return f, err
		}
		is, ok := ParseName(o.Name)
		if !ok || is.Base != base {
			continue
		}
		if _, known := all[is.Of]; !known {
			all[is.Of] = Stream{is.Of, make([][]string, is.Of)}
		}
		all[is.Of].names[is.N-1] = append(all[is.Of].names[is.N-1], o.Name)
	}
	for of, one := range all {
		if len(all) == 1 || s.Sound(ctx, one, Piece{base, 1, of}) {
			f = one
		}
	}
	return f, nil
}

// reader reads a stream piece by piece, one ahead of whoever reads.
type reader struct {
	ctx  context.Context
	stop context.CancelFunc
	next chan result
	rest []byte
	err  error
}

type result struct {
	body []byte
	err  error
}

// Reader reads a stream.
func (s *Set) Reader(ctx context.Context, f Stream, what Kind) io.ReadCloser {
	ctx, stop := context.WithCancel(ctx)
	r := &reader{ctx: ctx, stop: stop, next: make(chan result)}
	go func() {
		defer close(r.next)
		for _, names := range f.names {
			body, err := s.Read(ctx, names, what)
			select {
			case r.next <- result{body, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return r
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		got, ok := <-r.next
		if !ok {
			if r.err = r.ctx.Err(); r.err == nil {
				r.err = io.EOF
			}
			continue
		}
		r.rest, r.err = got.body, got.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *reader) Close() error {
	r.stop()
	for range r.next { // whoever reads ahead has ended
	}
	return nil
}

// PutStream puts what r gives piece by piece, each read back. A piece that is there, and sound, is
// not sent again.
func (s *Set) PutStream(ctx context.Context, base string, r io.Reader, size int64, what Kind, told func(int64)) error {
	of := s.Parts(size)
	if of > Most {
		return &shelf.Error{Place: s.Objs.String(), Object: base, Why: fmt.Errorf("%w: it has %d bytes, more than %d pieces", shelf.ErrRefused, size, Most)}
	}
	there, err := s.Find(ctx, base)
	if err != nil && !errors.Is(err, shelf.ErrNotThere) {
		return err
	}
	body := make([]byte, min(size, s.Size))
	for n := 1; n <= of; n++ {
		p := Piece{base, n, of}
		part := body[:s.Length(p, size)]
		if _, err := io.ReadFull(r, part); err != nil {
			return err
		}
		if !s.Sound(ctx, there, p) {
			if err := s.PutSure(ctx, p, part, what); err != nil {
				return err
			}
		}
		told(int64(len(part)))
	}
	return nil
}

// PutBytes puts a small stream that BytesOf reads.
func (s *Set) PutBytes(ctx context.Context, base string, text []byte) error {
	return s.PutStream(ctx, base, bytes.NewReader(text), int64(len(text)), Facts, func(int64) {})
}

// Sound tells whether a piece of a stream is there as it was put.
func (s *Set) Sound(ctx context.Context, f Stream, p Piece) bool {
	if f.Of != p.Of {
		return false
	}
	return slices.ContainsFunc(f.names[p.N-1], func(name string) bool {
		_, err := s.Whole(ctx, name)
		return err == nil
	})
}

// BytesOf is a small stream as a whole.
func (s *Set) BytesOf(ctx context.Context, base string) ([]byte, error) {
	f, err := s.Find(ctx, base)
	if err != nil {
		return nil, err
	}
	r := s.Reader(ctx, f, Facts)
	defer r.Close()
	var out bytes.Buffer
	_, err = io.Copy(&out, r)
	return out.Bytes(), err
}
