package offsite

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"

	"golang.org/x/sync/errgroup"
)

// VerifyOptions says what is read.
type VerifyOptions struct {
	// IDs are the backups to look at, with what they need; none are all, and everything else that
	// is there.
	IDs []string
	// Sample is the share of the objects that are read, by chance; 0 is all of them. What is not
	// read is looked for.
	Sample float64
	// Anew begins from the beginning, where an earlier reading of everything has stopped.
	Anew bool
	// Heal puts what the store has in the place of what is damaged or missing; nil heals nothing.
	Heal *Local
}

// Finding is something that is not as it should be.
type Finding struct {
	Object string `json:"object"`
	What   string `json:"what"` // damaged, missing or foreign
	Detail string `json:"detail"`
	Healed bool   `json:"healed"`
}

// What can be wrong with an object.
const (
	Damaged = "damaged" // not the bytes that were put
	Missing = "missing" // a backup needs it, and it is not there
	Foreign = "foreign" // not put by this program; it is left alone
)

// Verified is what came of a verification.
type Verified struct {
	Objects  int            // were read
	Bytes    int64          // of them
	Backups  []BackupResult // of the backups that were looked at
	Findings []Finding
	Held     string // what is wrong with contents that a store holds there (see Hold); "" is that they are good
	Whole    bool   // everything that there is was read, in this call and those that it goes on with
	GoesOn   bool   // it went on where an earlier one had stopped
}

// OK tells that every backup that was looked at is good, and so is what stores hold.
func (v Verified) OK() bool {
	return v.Held == "" && !slices.ContainsFunc(v.Backups, func(b BackupResult) bool { return b.Problem != "" })
}

// BackupResult is what came of one backup.
type BackupResult struct {
	backup.Backup
	Problem string // "" is that it is good, as far as it was looked at
}

// Verify reads what is there and compares every byte with what was put, without needing an
// identity. It goes on where an earlier reading of everything was interrupted. What is damaged or
// missing is named, and healed if wanted; a backup that needs it is bad then, which is recorded.
// An error says that nobody knows.
func (t *Target) Verify(ctx context.Context, opt VerifyOptions) (v Verified, err error) {
	defer t.explain(&err)
	var w *verifying
	for ; w == nil || w.revived; opt.Anew = false { // a backup that could be read again says what else is needed
		w = &verifying{t: t, opt: opt, Verified: &v, again: w != nil, bad: map[pieces.Piece]string{}, wrong: map[string]string{}}
		if err := w.run(ctx, w.plan, w.readAll, w.heal); err != nil {
			return v, err
		}
	}
	err = w.run(ctx, w.dropForgotten, t.still, w.judge, w.record)
	return v, err
}

// run takes steps. Where one of them fails it is noted how far the reading has come.
func (w *verifying) run(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return errors.Join(err, w.note(ctx))
		}
	}
	return nil
}

// note notes how far a reading of everything has come.
func (w *verifying) note(ctx context.Context) error {
	if len(w.opt.IDs) > 0 || w.opt.Sample > 0 || w.begun.Until == "" {
		return nil
	}
	return w.t.noteReading(ctx, w.begun)
}

// verifying is a verification at work.
type verifying struct {
	*Verified
	t       *Target
	opt     VerifyOptions
	again   bool                      // it is the second reading
	revived bool                      // a backup that could not be read was healed
	list    []backup.Backup           // those that are looked at
	need    map[string]backup.Content // streams that they need; of contents with what they are
	held    map[string]backup.Content // what stores hold, by streams
	there   []shelf.Object            // objects to be read, in the order of their names
	begun   reading                   // where an earlier one has stopped
	mu      sync.Mutex
	bad     map[pieces.Piece]string // pieces of which no object is right, and what is wrong with them
	wrong   map[string]string       // what is wrong with objects
	failed  map[string]string       // backups that cannot be read, and why
}

func (w *verifying) found(object, what, detail string) {
	w.Findings = append(w.Findings, Finding{Object: object, What: what, Detail: detail})
}

// batch is how many objects are read before it is noted how far it has come.
const batch = 64

// readAll reads the objects, and notes now and then how far it has come.
func (w *verifying) readAll(ctx context.Context) error {
	todo := slices.DeleteFunc(slices.Clone(w.there), func(o shelf.Object) bool {
		read := o.Name <= w.begun.Until && o.At.Before(w.begun.Began) && !slices.Contains(w.begun.Bad, o.Name)
		return read || w.opt.Sample > 0 && rand.Float64() >= w.opt.Sample
	})
	total := int64(0)
	for _, o := range todo {
		total += o.Size
	}
	last := w.t.now()
	for some := range slices.Chunk(todo, batch) {
		if err := w.readSome(ctx, some, total); err != nil {
			return err
		}
		w.begun.Until = max(w.begun.Until, some[len(some)-1].Name)
		if w.t.now().Sub(last) > noteEvery {
			last = w.t.now()
			if err := w.note(ctx); err != nil {
				return err
			}
		}
	}
	w.Whole = len(w.opt.IDs) == 0 && w.opt.Sample == 0
	return nil
}

func (w *verifying) readSome(ctx context.Context, some []shelf.Object, total int64) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(w.t.opt.Workers)
	for _, o := range some {
		g.Go(func() error {
			_, err := w.t.pieces.Whole(inner, o.Name)
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotThere) {
				return err
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.Objects++
			w.Bytes += o.Size
			w.t.opt.Progress("verify", w.Bytes, total)
			w.sort(o, err)
			return nil
		})
	}
	return g.Wait()
}

// sort notes what is wrong with an object.
func (w *verifying) sort(o shelf.Object, err error) {
	is, _ := pieces.ParseName(o.Name)
	switch {
	case err == nil:
	case errors.Is(err, ErrDamaged):
		w.begun.Bad = append(w.begun.Bad, o.Name)
		w.wrong[o.Name], w.bad[is.Piece] = Damaged, Damaged
	case w.needed(is.Piece): // it was removed since it was listed
		w.wrong[o.Name], w.bad[is.Piece] = Missing, Missing
	}
}
