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
	"taskstore/internal/pattern"
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
	if w.opt.Anew || w.begun.Until == "" || now.Sub(w.begun.Began) >= readsFor {
		w.begun = reading{At: w.begun.At, Began: now}
	}
	w.GoesOn = w.GoesOn || w.begun.Until != "" && !w.again
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
		if err := w.needs(ctx, b); err != nil {
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

// needs adds the streams that a backup needs. That it cannot be read is noted.
func (w *verifying) needs(ctx context.Context, b backup.Backup) error {
	for suffix, size := range map[string]int64{dbSuffix: b.DB.FileBytes, listSuffix: b.Named.List.FileBytes, manifestSuffix: 0} {
		if !b.Known() && suffix != manifestSuffix { // which is one piece, however long
			size = -1
		}
		w.need[backupsFolder+b.ID+suffix] = backup.Content{Size: size}
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
			w.need[w.t.contentName(c.SHA256)] = c
		}
	}
	return err
}

// chooseHeld adds what stores hold there without a backup.
func (w *verifying) chooseHeld(ctx context.Context) (err error) {
	w.held, err = w.t.heldThere(ctx)
	if w.Held = ""; errors.Is(err, ErrDamaged) {
		w.Held, err = "nobody can say which contents a store holds: "+err.Error(), nil
	}
	for base, c := range w.held {
		if _, known := w.need[base]; !known {
			w.need[base] = c
		}
	}
	return err
}

// look lists what is there: what is to be read, what is missing, what is not ours.
func (w *verifying) look(ctx context.Context) error {
	w.Findings = slices.DeleteFunc(w.Findings, func(f Finding) bool { return !f.Healed }) // of a first reading
	if w.t.mended && !w.again {
		w.Findings = append(w.Findings, Finding{markName, Damaged, "the mark of the target, or its copy", true})
	}
	have, parts := map[pieces.Piece]bool{}, map[string]int{}
	for o, err := range w.t.objs.List(ctx, "", "") {
		if err != nil {
			return err
		}
		is, ok := pieces.ParseName(o.Name)
		c, needed := w.need[is.Base]
		switch {
		case w.special(o, is, ok), !(ok && needed) && len(w.opt.IDs) > 0:
			continue
		case !ok:
			w.found(o.Name, Foreign, "nothing that was put here is called so; it is left alone")
			continue
		case needed:
			have[is.Piece] = true
			if c.Size < 0 {
				parts[is.Base] = is.Of
			}
		}
		w.there = append(w.there, o)
	}
	w.lacking(have, parts)
	return nil
}

// apart are the objects that are read elsewhere: marks, leases, and what a set-up was tried with.
var apart = pattern.Of(`^(lease/|probe/|taskstore\.(copy\.)?json$)`)

// special takes care of objects that are read elsewhere. What is said of backups counts only if the key made it.
func (w *verifying) special(o shelf.Object, is pieces.Name, ok bool) bool {
	if ok && len(w.opt.IDs) == 0 && stateForm.MatchString(is.Base) {
		if _, ours := w.t.stateOf(o); !ours || o.Size != 0 {
			w.found(o.Name, Damaged, "what it says of a backup does not count")
		}
	}
	return ok && strings.HasPrefix(o.Name, stateFolder) || apart.MatchString(o.Name)
}

// needed tells whether a piece is of a stream that is needed, and of so many as that has.
func (w *verifying) needed(p pieces.Piece) bool {
	c, needed := w.need[p.Base]
	return needed && (c.Size < 0 || p.Of == w.t.pieces.Parts(c.Size))
}

// lacking names the pieces that are needed and are not there. parts is how many streams of unknown lengths have.
func (w *verifying) lacking(have map[pieces.Piece]bool, parts map[string]int) {
	for base, c := range w.need {
		p := pieces.Piece{Base: base, N: 1, Of: max(1, parts[base])}
		if c.Size >= 0 {
			p.Of = w.t.pieces.Parts(c.Size)
		}
		for ; p.N <= p.Of; p.N++ {
			if !have[p] {
				w.bad[p] = Missing
			}
		}
	}
}
