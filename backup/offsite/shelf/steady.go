package shelf

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"
)

// Steady tries again what may work later, a few times and with longer and longer pauses, and
// goes on where it was cut. What was refused is not tried again.
type Steady struct {
	Objects
	Tries int
	Pause time.Duration // before the second try; doubles
	Note  func(err error, wait time.Duration)
}

const longest = 20 * time.Second // a pause

// NewSteady tries seven times, the second time after a third of a second. note is told of each
// time that it waits.
func NewSteady(objs Objects, note func(err error, wait time.Duration)) *Steady {
	return &Steady{Objects: objs, Tries: 7, Pause: 300 * time.Millisecond, Note: note}
}

// again calls try until it succeeds, fails for good, or has been called often enough.
func (s *Steady) again(ctx context.Context, try func() error) error {
	wait := s.Pause
	for i := 1; ; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := try()
		if err == nil || !errors.Is(err, ErrBusy) || i == s.Tries || ctx.Err() != nil {
			return err
		}
		some := wait/2 + rand.N(wait/2+1) // so that not all come back at once
		s.Note(err, some)
		if err := Sleep(ctx, some); err != nil {
			return err
		}
		wait = min(2*wait, longest)
	}
}

// Put is done when the place also says that it has as many bytes, and the same MD5 if it knows
// one: that it has answered "done" proves nothing.
func (s *Steady) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	return s.again(ctx, func() error {
		if err := s.Objects.Put(ctx, name, body, ifAbsent); err != nil {
			return err
		}
		o, err := s.Objects.Stat(ctx, name)
		if errors.Is(err, ErrDenied) {
			return nil // these keys may only put
		}
		if errors.Is(err, ErrNotThere) {
			return s.Wrong(name, fmt.Errorf("%w: it took an object and does not have it", ErrBusy))
		}
		if err != nil {
			return err
		}
		if o.Size != int64(len(body)) || o.MD5 != "" && o.MD5 != MD5(body) {
			return s.Wrong(name, fmt.Errorf("%w: it took an object of %d bytes and has other bytes, %d of them", ErrBusy, len(body), o.Size))
		}
		return nil
	})
}

// Wrong says of an object that the place does not do what it should.
func (s *Steady) Wrong(name string, why error) error {
	return &Error{Place: s.String(), Object: name, Why: why, Advice: "try again; if it stays so, do not trust this place"}
}

// Whole reads an object of at most so many bytes; a longer one is ErrDamaged. A reading that was
// cut goes on where it was.
func (s *Steady) Whole(ctx context.Context, name string, most int64) ([]byte, error) {
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

// Stat: see Objects.
func (s *Steady) Stat(ctx context.Context, name string) (o Object, err error) {
	err = s.again(ctx, func() (err error) {
		o, err = s.Objects.Stat(ctx, name)
		return err
	})
	return o, err
}

// Delete: see Objects.
func (s *Steady) Delete(ctx context.Context, name string) error {
	return s.again(ctx, func() error { return s.Objects.Delete(ctx, name) })
}

// List goes on after the last name that came. Names that do not rise would be listed for ever.
func (s *Steady) List(ctx context.Context, prefix, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ended := false
		err := s.again(ctx, func() error {
			for o, err := range s.Objects.List(ctx, prefix, after) {
				if err != nil {
					return err
				}
				if o.Name <= after {
					return s.Wrong(o.Name, fmt.Errorf("%w: it does not list in order", ErrRefused))
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

// MD5 is the sum of an object as places tell it.
func MD5(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}
