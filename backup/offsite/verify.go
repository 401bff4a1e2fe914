package offsite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"taskstore/backup"

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
	Whole    bool // everything that there is was read, in this call and those that it goes on with
	GoesOn   bool // it went on where an earlier one had stopped
}

// OK tells that every backup that was looked at is good.
func (v Verified) OK() bool {
	return !slices.ContainsFunc(v.Backups, func(b BackupResult) bool { return b.Problem != "" })
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
	w := &verifying{t: t, opt: opt, Verified: &v, bad: map[piece]string{}, good: map[piece]bool{}}
	for _, step := range []func(context.Context) error{w.plan, w.readAll, w.heal, w.judge, w.record} {
		if err := step(ctx); err != nil {
			return v, errors.Join(err, w.note(ctx))
		}
	}
	return v, nil
}

// note notes how far a reading of everything has come.
func (w *verifying) note(ctx context.Context) error {
	if len(w.opt.IDs) > 0 || w.opt.Sample > 0 {
		return nil
	}
	return w.t.noteReading(ctx, w.begun)
}

// verifying is a verification at work.
type verifying struct {
	*Verified
	t      *Target
	opt    VerifyOptions
	list   []backup.Backup           // those that are looked at
	need   map[string]backup.Content // streams that they need; of contents with what they are
	there  []Object                  // objects to be read, in the order of their names
	begun  reading                   // where an earlier one has stopped
	mu     sync.Mutex
	bad    map[piece]string // pieces of which no object is right, and what is wrong with them
	good   map[piece]bool
	stray  []string // objects that are damaged and of which there is a good one beside
	failed map[string]string
}

func (w *verifying) found(object, what, detail string) {
	w.Findings = append(w.Findings, Finding{Object: object, What: what, Detail: detail})
}

// plan finds out what should be there, what is, and what of it is to be read.
func (w *verifying) plan(ctx context.Context) error {
	if err := w.choose(ctx); err != nil {
		return err
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	if len(w.opt.IDs) > 0 || w.opt.Sample > 0 || w.opt.Anew {
		return nil
	}
	var err error
	w.begun, err = w.t.lastReading(ctx)
	w.GoesOn = w.begun.Until != ""
	return err
}

// choose finds the backups, and what they need.
func (w *verifying) choose(ctx context.Context) error {
	all, err := w.t.List(ctx)
	if err != nil {
		return err
	}
	w.failed, w.need = map[string]string{}, map[string]backup.Content{}
	for _, b := range all {
		if len(w.opt.IDs) > 0 && !slices.Contains(w.opt.IDs, b.ID) {
			continue
		}
		w.list = append(w.list, b)
		for _, suffix := range []string{dbSuffix, listSuffix, manifestSuffix} {
			w.need[backupsFolder+b.ID+suffix] = backup.Content{Size: sizeOf(b, suffix)}
		}
		if !b.Known() {
			w.failed[b.ID] = b.Unreadable.Error()
			continue
		}
		contents, err := w.t.Contents(ctx, b)
		if errors.Is(err, ErrDamaged) || errors.Is(err, backup.ErrCorrupt) {
			w.failed[b.ID] = err.Error()
			continue
		}
		if err != nil {
			return err
		}
		for _, c := range contents {
			if !c.Missing {
				w.need[w.t.keys.contentName(c.SHA256)] = c
			}
		}
	}
	if len(w.opt.IDs) > len(w.list) {
		return fmt.Errorf("%w: of %v", backup.ErrNone, w.opt.IDs)
	}
	return nil
}

func sizeOf(b backup.Backup, suffix string) int64 {
	switch {
	case !b.Known() || suffix == manifestSuffix:
		return -1
	case suffix == dbSuffix:
		return b.DB.FileBytes
	}
	return b.Named.List.FileBytes
}

// look lists what is there: what is to be read, what is missing, what is not ours.
func (w *verifying) look(ctx context.Context) error {
	have := map[string]map[int]bool{}
	parts := map[string]int{}
	for o, err := range w.t.objs.List(ctx, "", "") {
		if err != nil {
			return err
		}
		is, ok := parseName(o.Name)
		switch {
		case w.special(o, is, ok), !ok && len(w.opt.IDs) > 0:
			continue
		case !ok:
			w.found(o.Name, Foreign, "nothing that was put here is called so; it is left alone")
			continue
		}
		_, needed := w.need[is.base]
		if !needed && len(w.opt.IDs) > 0 {
			continue
		}
		if needed {
			if have[is.base] == nil {
				have[is.base] = map[int]bool{}
			}
			have[is.base][is.n], parts[is.base] = true, is.of
		}
		w.there = append(w.there, o)
	}
	if w.t.mended {
		w.Findings = append(w.Findings, Finding{markName, Damaged, "the mark of the target, or its copy", true})
	}
	w.lacking(have, parts)
	return nil
}

// special takes care of objects that are read elsewhere: marks, states, leases, notes.
func (w *verifying) special(o Object, is object, ok bool) bool {
	if !own(o.Name) {
		return false
	}
	if strings.HasPrefix(o.Name, backupsFolder) || strings.HasPrefix(o.Name, contentsFolder) {
		return false
	}
	if !ok || len(w.opt.IDs) > 0 {
		return strings.HasPrefix(o.Name, leaseFolder) || o.Name == markName || o.Name == markCopy || strings.HasPrefix(o.Name, "probe/") || ok
	}
	if stateForm.MatchString(is.base) {
		if _, true := w.t.stateOf(o); !true || o.Size != 0 {
			w.found(o.Name, Damaged, "what it says of a backup does not count")
		}
	}
	return true
}

// lacking names the pieces that are needed and are not there.
func (w *verifying) lacking(have map[string]map[int]bool, parts map[string]int) {
	for base, c := range w.need {
		of := parts[base]
		if c.Size >= 0 {
			of = w.t.parts(c.Size)
		}
		for n := 1; n <= max(1, of); n++ {
			if !have[base][n] {
				w.bad[piece{base, n, max(1, of)}] = Missing
			}
		}
	}
}

// batch is how many objects are read before it is noted how far it has come.
const batch = 64

// readAll reads the objects, and notes now and then how far it has come.
func (w *verifying) readAll(ctx context.Context) error {
	todo := w.there
	if w.GoesOn {
		todo = slices.DeleteFunc(slices.Clone(todo), func(o Object) bool {
			return o.Name <= w.begun.Until && !slices.Contains(w.begun.Bad, o.Name)
		})
	}
	if w.opt.Sample > 0 {
		todo = slices.DeleteFunc(slices.Clone(todo), func(Object) bool { return rand.Float64() >= w.opt.Sample })
	}
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

func (w *verifying) readSome(ctx context.Context, some []Object, total int64) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(w.t.opt.Workers)
	for _, o := range some {
		g.Go(func() error {
			_, err := w.t.whole(inner, o.Name)
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotThere) {
				return err
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.Objects++
			w.Bytes += o.Size
			w.t.opt.Progress("verify", w.Bytes, total)
			w.sorted(o, err)
			return nil
		})
	}
	return g.Wait()
}

// sorted notes what an object is. Of several that stand for one piece one that is right is enough.
func (w *verifying) sorted(o Object, err error) {
	is, _ := parseName(o.Name)
	switch {
	case err == nil:
		w.good[is.piece] = true
	case errors.Is(err, ErrNotThere): // removed since it was listed; if it is needed, it is missing
		if _, needed := w.need[is.base]; needed {
			w.bad[is.piece] = Missing
		}
	default:
		w.begun.Bad = append(w.begun.Bad, o.Name)
		w.stray = append(w.stray, o.Name)
		w.bad[is.piece] = Damaged
	}
}
