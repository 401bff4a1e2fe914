package offsite

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"taskstore/backup/offsite/shelf"
)

// clocked is a place whose clock is that of a test.
type clocked struct {
	shelf.Objects
	now *time.Time
	mu  *sync.Mutex
	at  map[string]time.Time
}

func (c clocked) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	err := c.Objects.Put(ctx, name, body, ifAbsent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.at[name] = *c.now
	}
	return err
}

func (c clocked) dated(o shelf.Object) shelf.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, known := c.at[o.Name]; known {
		o.At = at
	}
	return o
}

func (c clocked) Stat(ctx context.Context, name string) (shelf.Object, error) {
	o, err := c.Objects.Stat(ctx, name)
	return c.dated(o), err
}

func (c clocked) List(ctx context.Context, prefix, after string) iter.Seq2[shelf.Object, error] {
	return func(yield func(shelf.Object, error) bool) {
		for o, err := range c.Objects.List(ctx, prefix, after) {
			if !yield(c.dated(o), err) {
				return
			}
		}
	}
}

// clock gives a place and its machines one clock, which the test sets.
func (m *made) clock() (now *time.Time, objs shelf.Objects) {
	now = new(time.Time)
	*now = time.Now()
	objs = clocked{m.objs(), now, &sync.Mutex{}, map[string]time.Time{}}
	m.Target.objs.Objects = objs
	m.opt.Now = func() time.Time { return *now }
	return now, objs
}

// machine is another one that has the key, with a clock that is wrong by so much.
func (m made) machine(t *testing.T, objs shelf.Objects, now *time.Time, wrong time.Duration) *Target {
	t.Helper()
	return m.open(t, objs, Options{Identity: m.identity, Memory: t.TempDir(), Now: func() time.Time { return now.Add(wrong) }})
}
