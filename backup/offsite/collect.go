package offsite

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/offsite/turns"

	"golang.org/x/sync/errgroup"
)

// collect removes what no backup needs, in two steps: what is seen so is noted, and goes when it
// is still so after the grace period. Nothing is collected while somebody counts on what is
// there, or while it cannot be known what a backup needs. kept are backups that must be among them.
func (t *Target) collect(ctx context.Context, l *turns.Lease, kept []string, opt ForgetOptions) (c Collected, err error) {
	if err := t.turns().InUse(ctx); errors.Is(err, ErrHeld) {
		return Collected{WhyNot: err.Error()}, nil
	} else if err != nil {
		return c, err
	}
	needed, why, err := t.needed(ctx, kept)
	if err != nil || why != "" {
		return Collected{WhyNot: why}, err
	}
	holds, err := t.heldThere(ctx)
	if errors.Is(err, ErrDamaged) {
		return Collected{WhyNot: "nobody can say which contents a store holds: " + err.Error()}, nil
	} else if err != nil {
		return c, err
	}
	noted, notes, err := t.notes(ctx)
	if err != nil {
		return c, err
	}
	now, err := t.turns().Clock(ctx)
	if err != nil {
		return c, err
	}
	grace, since, leaving, held := cmp.Or(opt.Grace, defaultGrace), map[string]time.Time{}, []shelf.Object{}, 0
	for _, folder := range []string{backupsFolder, contentsFolder} {
		for o, err := range t.objs.List(ctx, folder, "") {
			if err != nil {
				return c, err
			}
			is, ok := pieces.ParseName(o.Name)
			if !ok || needed[is.Base] {
				continue // what others have put there is theirs
			}
			if _, is := holds[is.Base]; is {
				held++
				continue
			}
			first, known := noted[o.Name]
			if !known {
				first = now
			}
			if since[o.Name] = first; grace < 0 || known && !now.Before(first.Add(grace)) {
				leaving = append(leaving, o)
			}
		}
	}
	c, err = t.remove(ctx, l, leaving, since, notes)
	c.Held = held
	return c, err
}

// needed gives the streams that backups need; why says why that cannot be known. That a place lists less than a
// moment ago, or has not what it lists, says nothing of what is there.
func (t *Target) needed(ctx context.Context, kept []string) (bases map[string]bool, why string, err error) {
	list, err := t.list(ctx)
	if err != nil {
		return nil, "", err
	}
	bases, read := map[string]bool{}, map[string]bool{}
	for _, b := range list {
		for _, suffix := range []string{dbSuffix, listSuffix, manifestSuffix} {
			bases[backupsFolder+b.ID+suffix] = true
		}
		if b.Known() && read[b.Named.List.SHA256] {
			continue // most are equal
		}
		contents, err := t.Contents(ctx, b)
		if errors.Is(err, ErrDamaged) || errors.Is(err, backup.ErrCorrupt) {
			return nil, "nobody can say what backup " + b.ID + " needs: " + err.Error(), nil
		}
		if err != nil {
			return nil, "", err
		}
		read[b.Named.List.SHA256] = true
		for _, one := range contents {
			bases[t.contentName(one.SHA256)] = true
		}
	}
	for _, id := range kept {
		if !bases[backupsFolder+id+manifestSuffix] {
			return nil, "backup " + id + " was listed a moment ago, and is not any more", nil
		}
	}
	return bases, "", nil
}

const noteBase = stateFolder + "unneeded-"

// notes reads since when objects are known to be needed by nobody, and where that is written.
func (t *Target) notes(ctx context.Context) (since map[string]time.Time, names []string, err error) {
	since = map[string]time.Time{}
	if names, err = t.pieces.Streams(ctx, noteBase); err != nil {
		return nil, nil, err
	}
	for _, base := range names {
		text, err := t.pieces.BytesOf(ctx, base)
		part := map[string]time.Time{}
		if err == nil {
			err = json.Unmarshal(text, &part)
		}
		if err != nil {
			t.opt.Log.Warn("a note of what nobody needs cannot be read: its grace period begins anew", "object", base, "reason", err)
			continue
		}
		for name, at := range part {
			if known, ok := since[name]; !ok || at.Before(known) {
				since[name] = at
			}
		}
	}
	return since, names, nil
}

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
	for _, base := range notes {
		if err := t.deleteAll(ctx, base); err != nil && !errors.Is(err, ErrDenied) {
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
	return t.pieces.PutBytes(ctx, fmt.Sprintf("%s%013d", noteBase, t.now().UnixMilli()), text)
}
