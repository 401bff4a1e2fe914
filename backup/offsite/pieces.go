package offsite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// put seals a piece and puts it under the name that its bytes have.
func (t *Target) put(ctx context.Context, p piece, body []byte, what kind) (name string, err error) {
	sealed, err := t.keys.seal(body, what)
	if err != nil {
		return "", err
	}
	name = p.String() + "." + t.keys.tag(p.String(), sealed)
	return name, t.objs.Put(ctx, name, sealed, false)
}

// putSure is put for what decides something: the bytes are read back. A place that gives others is
// asked again, for a moment's fault.
func (t *Target) putSure(ctx context.Context, p piece, body []byte, what kind) error {
	for i := 0; ; i++ {
		name, err := t.put(ctx, p, body, what)
		if err != nil {
			return err
		}
		_, err = t.whole(ctx, name)
		if err == nil || !errors.Is(err, ErrDamaged) || i == looks {
			return err
		}
	}
}

// looks is how often an object is read again before it is called damaged.
const looks = 3

// whole reads an object and looks whether it is what its name says; another one is ErrDamaged,
// after a few looks: the fault may have been on the way.
func (t *Target) whole(ctx context.Context, name string) ([]byte, error) {
	o, ok := parseName(name)
	if !ok {
		return nil, &Error{Place: t.String(), Object: name, Why: fmt.Errorf("%w: nothing that was put here is called so", ErrDamaged)}
	}
	for i := 0; ; i++ {
		body, err := t.objs.Whole(ctx, name, t.mark.Piece+t.keys.sealedSize(0)+1<<20)
		if err == nil && t.keys.tag(o.piece.String(), body) == o.tag {
			return body, nil
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			return nil, err
		}
		if i == looks {
			return nil, &Error{Place: t.String(), Object: name, Why: ErrDamaged, Advice: "backup verify --heal puts a copy of what the store has in its place"}
		}
	}
}

// read gives what was sealed in the first of some objects that is what its name says: they stand
// for the same piece.
func (t *Target) read(ctx context.Context, names []string, what kind) (body []byte, err error) {
	for _, name := range names {
		sealed, bad := t.whole(ctx, name)
		if bad == nil {
			if body, bad = t.keys.open(sealed, what); bad == nil {
				return body, nil
			}
			bad = &Error{Place: t.String(), Object: name, Why: bad}
		}
		if err == nil || !errors.Is(bad, ErrDamaged) {
			err = bad
		}
		if !errors.Is(bad, ErrDamaged) && !errors.Is(bad, ErrNotThere) {
			break
		}
	}
	return nil, err
}

// stream is the objects of one stream, by the numbers of their pieces.
type stream struct {
	of    int
	names [][]string // of each piece
}

// find lists what is there of a stream. One of which a piece is not there is ErrNotThere.
func (t *Target) find(ctx context.Context, base string) (s stream, err error) {
	for o, err := range t.objs.List(ctx, base, "") {
		if err != nil {
			return s, err
		}
		is, ok := parseName(o.Name)
		if !ok || is.base != base {
			continue
		}
		if s.of == 0 {
			s = stream{is.of, make([][]string, is.of)}
		}
		if is.of == s.of {
			s.names[is.n-1] = append(s.names[is.n-1], o.Name)
		}
	}
	if i := slices.IndexFunc(s.names, func(list []string) bool { return len(list) == 0 }); s.of == 0 || i >= 0 {
		name := piece{base, i + 1, max(1, s.of)}.String()
		return s, &Error{Place: t.String(), Object: name, Why: ErrNotThere}
	}
	return s, nil
}

// reader reads a stream piece by piece, one ahead of whoever reads.
type reader struct {
	t    *Target
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

func (t *Target) reader(ctx context.Context, s stream, what kind) io.ReadCloser {
	ctx, stop := context.WithCancel(ctx)
	r := &reader{t: t, ctx: ctx, stop: stop, next: make(chan result)}
	go func() {
		defer close(r.next)
		for _, names := range s.names {
			body, err := t.read(ctx, names, what)
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

// putStream puts what r gives piece by piece, each read back. A piece that is there, and sound, is
// not sent again.
func (t *Target) putStream(ctx context.Context, base string, r io.Reader, size int64, what kind, told func(int64)) error {
	of := t.parts(size)
	if of > mostPieces {
		return t.no(fmt.Errorf("%w: %s has %d bytes, more than %d pieces", ErrRefused, base, size, mostPieces), "")
	}
	there, err := t.find(ctx, base)
	if err != nil && !errors.Is(err, ErrNotThere) {
		return err
	}
	body := make([]byte, min(size, t.mark.Piece))
	for n := 1; n <= of; n++ {
		p := piece{base, n, of}
		part := body[:t.length(p, size)]
		if _, err := io.ReadFull(r, part); err != nil {
			return err
		}
		if !t.sound(ctx, there, p) {
			if err := t.putSure(ctx, p, part, what); err != nil {
				return err
			}
		}
		told(int64(len(part)))
	}
	return nil
}

// sound tells whether a piece of a stream is there as it was put.
func (t *Target) sound(ctx context.Context, s stream, p piece) bool {
	if s.of != p.of {
		return false
	}
	return slices.ContainsFunc(s.names[p.n-1], func(name string) bool {
		_, err := t.whole(ctx, name)
		return err == nil
	})
}

// bytesOf is a small stream as a whole.
func (t *Target) bytesOf(ctx context.Context, base string) ([]byte, error) {
	s, err := t.find(ctx, base)
	if err != nil {
		return nil, err
	}
	r := t.reader(ctx, s, facts)
	defer r.Close()
	var out bytes.Buffer
	_, err = io.Copy(&out, r)
	return out.Bytes(), err
}
