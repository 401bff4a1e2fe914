package repo

import (
	"context"
	"errors"
	"slices"

	"taskstore/schema"
)

// changeRevert is the change of a state that an older one took the place of.
const changeRevert = "revert"

// Revert makes an entity what it was as a revision, or as a kept version: see At.
// That is a new revision; nothing of the history goes. One that is in the trash
// comes back from it, one that another tool has removed is there again. It gives
// the entity as it is then: with the Rev it had, if nothing had to be changed.
func (c Collection[T]) Revert(ctx context.Context, id string, to RevName) (v T, err error) {
	defer wrap(&err, "revert %s %q to revision %v", c.r.kind, id, to)
	err = c.in.update(ctx, func(ctx context.Context, q execer) error {
		was, err := c.r.stateAt(ctx, q, id, to)
		if err != nil {
			return err
		}
		if err := c.r.replaceBy(ctx, q, was, id); err != nil {
			return err
		}
		inside := Collection[T]{in: within{q, c.in}, r: c.r}
		if err := inside.save(ctx, changeRevert, was.(*T)); err != nil {
			return err
		}
		v = *was.(*T)
		return nil
	})
	return v, err
}

// replaceBy makes v the next state of the entity named id, if there is one.
func (r *relation) replaceBy(ctx context.Context, q execer, v any, id string) error {
	h := r.head(v)
	h.ID, h.TrashedAt, h.TrashReason = id, "", ""
	_, err := r.present(ctx, q, id) // seals it
	if errors.Is(err, ErrNotFound) {
		h.PK, h.Rev, h.Lists = 0, 0, ""
		return nil
	}
	if err != nil {
		return err
	}
	now, err := r.get(ctx, q, id, nil)
	if err != nil {
		return err
	}
	is := r.head(now.v)
	h.PK, h.Rev, h.SavedAt, h.Lists = is.PK, is.Rev, is.SavedAt, is.Lists
	return nil
}

// Changes gives the history of a setting, the latest change first.
func (s Settings) Changes(ctx context.Context, key string) (list []Change, err error) {
	defer wrap(&err, "read the history of setting %q", key)
	err = s.in.read(ctx, func(q execer) error {
		now, revs, err := settingStates(ctx, q, key)
		if err != nil {
			return err
		}
		list, err = settingChanges(ctx, q, now, revs)
		return err
	})
	return list, err
}

// settingStates gives a setting and the revisions of it, the latest first. Its Rev is
// 0 if it is not there.
func settingStates(ctx context.Context, q execer, key string) (now schema.Setting, revs []Revision, err error) {
	if now, err = getSetting(ctx, q, key); err != nil && !errors.Is(err, ErrNotFound) {
		return now, nil, err
	}
	if revs, err = revisions(ctx, q, "setting", key); err != nil {
		return now, nil, err
	}
	if now.Rev == 0 && len(revs) == 0 {
		return now, nil, gone(ctx, q, "setting", key)
	}
	return now, revs, nil
}

// readValue reads a kept value of a setting.
func readValue(ctx context.Context, q execer, pk int64) (*fullRevision, error) {
	rev, err := readRevision(ctx, q, pk)
	if err != nil || !rev.Row || rev.Damaged {
		return rev, err
	}
	row, err := columnsOf(rev.text)
	if err != nil {
		return nil, err
	}
	value, _ := row["value"].(string)
	at, _ := row["saved_at"].(string)
	rev.text, rev.SavedAt = []byte(value), schema.Time(at)
	return rev, nil
}

func settingChanges(ctx context.Context, q execer, now schema.Setting, revs []Revision) (list []Change, err error) {
	after, rev, begun := now.Value, now.Rev, now.SavedAt
	for i := range revs {
		r, err := readValue(ctx, q, revs[i].PK)
		if err != nil {
			return nil, err
		}
		c := Change{Key: r.PK, At: r.At, Origin: r.Origin, Change: r.Change, Source: r.Source, SHA256: r.SHA256, Damaged: r.Damaged}
		before := schema.JSON(r.text)
		if !r.Damaged {
			c.Fields = settingFields(before, after)
		}
		if r.ends() {
			c.Rev, rev = rev, r.Rev
			if !r.Damaged {
				after, begun = before, r.SavedAt
			}
		}
		list = append(list, c)
	}
	first := Change{Rev: rev, At: begun, Change: ChangeCreate}
	if rev > 1 {
		first.Change = ChangeOldest
	}
	return append(list, first), nil
}

func settingFields(before, after schema.JSON) []schema.FieldChange {
	fields, err := schema.Diff([]byte(before), []byte(after))
	if err != nil {
		return []schema.FieldChange{{Old: quoted(before), New: quoted(after)}} // another tool wrote what is no JSON
	}
	return fields
}

// At gives a setting as it was as a revision, or as a kept version.
func (s Settings) At(ctx context.Context, key string, name RevName) (v schema.Setting, err error) {
	defer wrap(&err, "read revision %v of setting %q", name, key)
	err = s.in.read(ctx, func(q execer) (err error) {
		v, err = settingAt(ctx, q, key, name)
		return err
	})
	return v, err
}

func settingAt(ctx context.Context, q execer, key string, name RevName) (schema.Setting, error) {
	now, revs, err := settingStates(ctx, q, key)
	if err != nil || now.Rev > 0 && now.Rev == name.Rev {
		return now, err
	}
	i := slices.IndexFunc(revs, func(r Revision) bool {
		return name.Key > 0 && r.PK == name.Key || name.Key == 0 && r.Rev == name.Rev && r.ends()
	})
	if i < 0 {
		list := kept(&past{}, revs)
		if now.Rev > 0 {
			list = append([]string{RevName{Rev: now.Rev}.String()}, list...)
		}
		return now, &notKept{name, list}
	}
	was, err := readValue(ctx, q, revs[i].PK)
	if err == nil && was.Damaged {
		err = was.damage()
	}
	if err != nil {
		return now, err
	}
	return schema.Setting{Key: key, Value: schema.JSON(was.text), Rev: was.Rev, SavedAt: was.SavedAt}, nil
}

// Revert makes a setting what it was; that is a new revision.
func (s Settings) Revert(ctx context.Context, key string, to RevName) (v schema.Setting, err error) {
	defer wrap(&err, "revert setting %q to revision %v", key, to)
	err = s.in.update(ctx, func(ctx context.Context, q execer) error {
		was, err := settingAt(ctx, q, key, to)
		if err != nil {
			return err
		}
		now, err := getSetting(ctx, q, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		v = schema.Setting{Key: key, Value: was.Value, Rev: now.Rev}
		return Settings{within{q, s.in}}.Save(ctx, &v)
	})
	return v, err
}
