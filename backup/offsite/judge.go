package offsite

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
)

// reading is how far a reading of everything has come.
type reading struct {
	Until string    `json:"until"` // the last object
	Bad   []string  `json:"bad"`   // objects until then that were damaged: they are read again
	At    time.Time `json:"at"`
	Began time.Time `json:"began"` // by the clock of the place: what came since was not read
}

const (
	readingBase = stateFolder + "reading-"
	noteEvery   = 5 * time.Minute
	// readsFor is after how long a reading of everything says nothing any more of what it began with.
	readsFor = 30 * 24 * time.Hour
)

// noteReading notes how far it has come, also when it was just stopped. Notes that cannot be removed count by the newest.
func (t *Target) noteReading(ctx context.Context, r reading) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	r.At = t.after(r.At)
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	base := fmt.Sprintf("%s%013d", readingBase, r.At.UnixMilli())
	if err = t.still(ctx); err == nil { // else it would be said to another place
		err = t.pieces.PutBytes(ctx, base, text)
	}
	if err == nil {
		err = t.deleteSome(ctx, readingBase, func(name string) bool { return !strings.HasPrefix(name, base) })
	}
	if errors.Is(err, ErrDenied) {
		t.opt.Log.Info("notes of how far a reading has come are not put or not removed", "reason", err)
		return nil
	}
	return err
}

// lastReading finds where the last reading has stopped. A note that cannot be read is none.
func (t *Target) lastReading(ctx context.Context) (r reading, err error) {
	notes, err := t.pieces.Streams(ctx, readingBase)
	if err != nil || len(notes) == 0 {
		return r, err
	}
	text, err := t.pieces.BytesOf(ctx, notes[len(notes)-1])
	if err == nil && json.Unmarshal(text, &r) != nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotThere) {
		return reading{}, nil
	}
	return r, err
}

// judge says which backups are bad because of what was found.
func (w *verifying) judge(ctx context.Context) error {
	for _, p := range slices.SortedFunc(maps.Keys(w.bad), func(a, b pieces.Piece) int { return cmp.Or(cmp.Compare(a.Base, b.Base), a.N-b.N) }) {
		detail := "the bytes are not those that were put"
		if w.bad[p] == Missing {
			detail = "it is needed"
		} else if !w.needed(p) {
			detail += "; no backup needs it"
		}
		w.found(p.String(), w.bad[p], detail)
	}
	bases := map[string]string{} // streams that are bad
	for p, what := range w.bad {
		if w.needed(p) {
			bases[p.Base] = p.String() + " is " + what
		}
		if _, held := w.held[p.Base]; held {
			w.Held = cmp.Or(w.Held, bases[p.Base])
		}
	}
	for _, b := range w.list {
		r := BackupResult{Backup: b, Problem: w.failed[b.ID]}
		for _, suffix := range []string{dbSuffix, listSuffix, manifestSuffix} {
			r.Problem = cmp.Or(r.Problem, bases[backupsFolder+b.ID+suffix])
		}
		if r.Problem == "" && len(bases) > 0 {
			contents, err := w.t.Contents(ctx, b)
			if err != nil {
				return err
			}
			for _, c := range contents {
				if !c.Missing {
					r.Problem = cmp.Or(r.Problem, bases[w.t.contentName(c.SHA256)])
				}
			}
		}
		w.Backups = append(w.Backups, r)
	}
	return nil
}

// record says at the target what came of it. A sample proves no backup good.
func (w *verifying) record(ctx context.Context) error {
	problem := w.Held
	for _, b := range w.Backups {
		problem = cmp.Or(problem, b.Problem)
		var err error
		switch was := b.Verified; {
		case b.Problem != "" && was.OK:
			err = w.t.sayIfAllowed(ctx, b.ID, verifiedBad)
		case b.Problem == "" && w.opt.Sample == 0 && b.Known():
			err = w.t.sayIfAllowed(ctx, b.ID, verifiedGood)
		}
		if err != nil {
			return err
		}
	}
	if w.Whole {
		if err := w.endReading(ctx); err != nil {
			return err
		}
	}
	return w.t.remember(func(k *Known) {
		k.Bad = w.stillBad(k.Bad)
		if problem != "" {
			k.Problem, k.Failed = problem, w.t.now()
		} else if w.Whole {
			k.Problem, k.Verified = "", w.t.now()
		}
	})
}

// endReading removes the notes of a reading; where that is not allowed the newest says that nothing is to be gone on with.
func (w *verifying) endReading(ctx context.Context) error {
	err := w.t.deleteAll(ctx, readingBase)
	if errors.Is(err, ErrDenied) {
		return w.t.noteReading(ctx, reading{At: w.begun.At})
	}
	return err
}

// mostBad is how many damaged objects are remembered. Where there are more, what there is of the
// store should be healed, and not each backup mend some of it.
const mostBad = 1000

// stillBad gives the objects that are damaged and in whose place there is no good one, of those
// that were known before and those that were found.
func (w *verifying) stillBad(known []string) (list []string) {
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(w.wrong)), known...)))) {
		is, ok := pieces.ParseName(name)
		_, needed := w.need[is.Base]
		unread := w.wrong[name] == "" && (w.opt.Sample > 0 || len(w.opt.IDs) > 0 && !needed)
		if ok && (unread || w.bad[is.Piece] == Damaged) {
			list = append(list, name)
		}
	}
	return list[:min(len(list), mostBad)]
}

// dropForgotten takes back what is said of backups that were forgotten while they were read.
func (w *verifying) dropForgotten(ctx context.Context) error {
	if len(w.bad)+len(w.failed) == 0 {
		return nil
	}
	now, err := w.t.List(ctx)
	if err != nil {
		return err
	}
	gone := func(b backup.Backup) bool {
		return !slices.ContainsFunc(now, func(there backup.Backup) bool { return there.ID == b.ID })
	}
	if !slices.ContainsFunc(w.list, gone) {
		return nil
	}
	w.list = slices.DeleteFunc(w.list, gone)
	w.need = map[string]backup.Content{}
	maps.Copy(w.need, w.held)
	for _, b := range w.list {
		if err := w.needs(ctx, b); err != nil {
			return err
		}
	}
	maps.DeleteFunc(w.bad, func(p pieces.Piece, what string) bool { return what == Missing && !w.needed(p) })
	return nil
}
