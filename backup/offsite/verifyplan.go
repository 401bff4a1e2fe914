package offsite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
)

// plan finds out what should be there, what is, and what of it is to be read.
func (w *verifying) plan(ctx context.Context) error {
	if err := w.choose(ctx); err != nil {
		return err
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	if len(w.opt.IDs) > 0 || w.opt.Sample > 0 {
		return nil
	}
	now, err := w.t.turns().Clock(ctx)
	if err != nil {
		return err
	}
	if w.begun, err = w.t.lastReading(ctx); err != nil {
		return err
	}
	if w.opt.Anew || now.Sub(w.begun.Began) >= readsFor {
		w.begun = reading{}
	}
	if w.GoesOn = w.begun.Until != ""; !w.GoesOn {
		w.begun.Began = now
	}
	return nil
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
		if err := w.needs(ctx, b, func(base string, c backup.Content) { w.need[base] = c }); err != nil {
			return err
		}
	}
	if len(w.opt.IDs) == 0 {
		if err := w.chooseHeld(ctx); err != nil {
			return err
		}
	}
	if len(w.opt.IDs) > len(w.list) {
		return fmt.Errorf("%w: of %v", backup.ErrNone, w.opt.IDs)
	}
	return nil
}

// needs tells of the streams that a backup needs. That it cannot be read is noted.
func (w *verifying) needs(ctx context.Context, b backup.Backup, tell func(base string, c backup.Content)) error {
	for _, suffix := range []string{dbSuffix, listSuffix, manifestSuffix} {
		tell(backupsFolder+b.ID+suffix, backup.Content{Size: sizeOf(b, suffix)})
	}
	if !b.Known() {
		w.failed[b.ID] = b.Unreadable.Error()
		return nil
	}
	contents, err := w.t.Contents(ctx, b)
	if errors.Is(err, ErrDamaged) || errors.Is(err, backup.ErrCorrupt) {
		w.failed[b.ID] = err.Error()
		return nil
	}
	for _, c := range contents {
		if !c.Missing {
			tell(w.t.contentName(c.SHA256), c)
		}
	}
	return err
}

// chooseHeld adds what stores hold there without a backup.
func (w *verifying) chooseHeld(ctx context.Context) (err error) {
	w.held, err = w.t.heldThere(ctx)
	if errors.Is(err, ErrDamaged) {
		w.Held, err = "nobody can say which contents a store holds: "+err.Error(), nil
	}
	for base, c := range w.held {
		if _, known := w.need[base]; !known {
			w.need[base] = c
		}
	}
	return err
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
		is, ok := pieces.ParseName(o.Name)
		switch {
		case w.special(o, is, ok), !ok && len(w.opt.IDs) > 0:
			continue
		case !ok:
			w.found(o.Name, Foreign, "nothing that was put here is called so; it is left alone")
			continue
		}
		_, needed := w.need[is.Base]
		if !needed && len(w.opt.IDs) > 0 {
			continue
		}
		if needed {
			if have[is.Base] == nil {
				have[is.Base] = map[int]bool{}
			}
			have[is.Base][is.N], parts[is.Base] = true, is.Of
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
func (w *verifying) special(o shelf.Object, is pieces.Name, ok bool) bool {
	if !own(o.Name) {
		return false
	}
	if strings.HasPrefix(o.Name, backupsFolder) || strings.HasPrefix(o.Name, contentsFolder) {
		return false
	}
	if !ok || len(w.opt.IDs) > 0 {
		return strings.HasPrefix(o.Name, leaseFolder) || o.Name == markName || o.Name == markCopy || strings.HasPrefix(o.Name, "probe/") || ok
	}
	if stateForm.MatchString(is.Base) {
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
			of = w.t.pieces.Parts(c.Size)
		}
		for n := 1; n <= max(1, of); n++ {
			if !have[base][n] {
				w.bad[pieces.Piece{Base: base, N: n, Of: max(1, of)}] = Missing
			}
		}
	}
}
