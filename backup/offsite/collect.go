package offsite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/offsite/turns"

	"golang.org/x/sync/errgroup"
)

// remove notes what waits, and removes what has waited long enough. The note comes first: where a
// run ends early, the next one finds since when.
func (t *Target) remove(ctx context.Context, l *turns.Lease, leaving []shelf.Object, since map[string]time.Time, notes []string) (c Collected, err error) {
	for _, o := range leaving {
		delete(since, o.Name)
	}
	c.Waiting = len(since)
	if err := t.note(ctx, since); err != nil {
		return c, err
	}
	t.step("collect")
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(t.opt.Workers)
	for i, o := range leaving {
		g.Go(func() error {
			t.opt.Progress("remove", int64(i+1), int64(len(leaving)))
			if err := l.Held(); err != nil {
				return err
			}
			return t.objs.Delete(inner, o.Name)
		})
		c.Removed++
		c.Bytes += o.Size
	}
	if err := g.Wait(); err != nil {
		return c, t.mayNot(err)
	}
	for _, name := range notes {
		if err := t.objs.Delete(ctx, name); err != nil && !errors.Is(err, ErrDenied) {
			return c, err
		}
	}
	return c, nil
}

// note writes down since when nobody needs which objects.
func (t *Target) note(ctx context.Context, since map[string]time.Time) error {
	if len(since) == 0 {
		return nil
	}
	text, err := json.Marshal(since)
	if err != nil {
		return err
	}
	base := fmt.Sprintf("%s%013d", noteBase, t.now().UnixMilli())
	return t.pieces.PutStream(ctx, base, bytes.NewReader(text), int64(len(text)), pieces.Facts, func(int64) {})
}
