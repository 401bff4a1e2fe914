package offsite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"
)

// steady tries again what may work later, a few times and with longer and longer pauses, and
// goes on where it was cut. What was refused is not tried again.
type steady struct {
	Objects
	tries int
	pause time.Duration // before the second try; doubles
	note  func(err error, wait time.Duration)
}

const (
	tries      = 7
	firstPause = 300 * time.Millisecond
	longest    = 20 * time.Second
)

// again calls try until it succeeds, fails for good, or has been called often enough.
func (s *steady) again(ctx context.Context, try func() error) error {
	wait := s.pause
	for i := 1; ; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		if err == nil || !errors.Is(err, ErrBusy) || i == s.tries || ctx.Err() != nil {
			return err
		}
		some := wait/2 + rand.N(wait/2+1) // so that not all come back at once
		s.note(err, some)
		if err := sleep(ctx, some); err != nil {
			return err
		}
		wait = min(2*wait, longest)
	}
}

// Put is done when the place also says that it has as many bytes, and the same MD5 if it knows
// one: that it has answered "done" proves nothing.
func (s *steady) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	return s.again(ctx, func() error {
		if err := s.Objects.Put(ctx, name, body, ifAbsent); err != nil {
			return err
		}
		o, err := s.Objects.Stat(ctx, name)
		if errors.Is(err, ErrDenied) {
			return nil // these keys may only put
		}
		if errors.Is(err, ErrNotThere) {
			return s.wrong(name, fmt.Errorf("%w: it took an object and does not have it", ErrBusy))
		}
		if err != nil {
			return err
		}
		if o.Size != int64(len(body)) || o.MD5 != "" && o.MD5 != md5Of(body) {
			return s.wrong(name, fmt.Errorf("%w: it took an object of %d bytes and has other bytes, %d of them", ErrBusy, len(body), o.Size))
		}
		return nil
	})
}

func (s *steady) wrong(name string, why error) error {
	return &Error{Place: s.String(), Object: name, Why: why, Advice: "try again; if it stays so, do not trust this place"}
}

// whole reads an object of at most so many bytes; a longer one is ErrDamaged. A reading that was
// cut goes on where it was.
func (s *steady) whole(ctx context.Context, name string, most int64) ([]byte, error) {
	var got bytes.Buffer
	err := s.again(ctx, func() error {
		r, err := s.Objects.Get(ctx, name, int64(got.Len()))
		if got.Len() > 0 && errors.Is(err, io.EOF) {
			return nil // all of it had come
		}
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = got.ReadFrom(io.LimitReader(r, most+1-int64(got.Len())))
		return err
	})
	if err == nil && int64(got.Len()) > most {
		err = &Error{Place: s.String(), Object: name, Why: fmt.Errorf("%w: it is longer than any piece", ErrDamaged)}
	}
	return got.Bytes(), err
}

func (s *steady) Stat(ctx context.Context, name string) (o Object, err error) {
	err = s.again(ctx, func() (err error) {
		o, err = s.Objects.Stat(ctx, name)
		return err
	})
	return o, err
}

func (s *steady) Delete(ctx context.Context, name string) error {
	return s.again(ctx, func() error { return s.Objects.Delete(ctx, name) })
}

// List goes on after the last name that came. Names that do not rise would be listed for ever.
func (s *steady) List(ctx context.Context, prefix, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ended := false
		err := s.again(ctx, func() error {
			for o, err := range s.Objects.List(ctx, prefix, after) {
				if err != nil {
					return err
				}
				if o.Name <= after {
					return s.wrong(o.Name, fmt.Errorf("%w: it does not list in order", ErrRefused))
				}
				after = o.Name
				if ended = !yield(o, nil); ended {
					return nil
				}
			}
			return nil
		})
		if err != nil && !ended {
			yield(Object{}, err)
		}
	}
}
