package history

import (
	"context"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// settingRevisions lists the revisions of a setting, the latest first.
func settingRevisions(ctx context.Context, q *sqlitedb.Tx, now schema.Setting) ([]Revision, error) {
	revs, err := revisions(ctx, q, "setting", now.Key)
	if err == nil && now.Rev == 0 && len(revs) == 0 {
		err = gone(ctx, q, "setting", now.Key)
	}
	return revs, err
}

// readValue reads a kept value of a setting.
func readValue(ctx context.Context, q *sqlitedb.Tx, pk int64) (*fullRevision, error) {
	rev, err := readRevision(ctx, q, pk)
	if err != nil || !rev.Row || rev.Damaged {
		return rev, err
	}
	row, err := ColumnsOf(rev.text)
	if err != nil {
		return nil, err
	}
	value, _ := row["value"].(string)
	at, _ := row["saved_at"].(string)
	rev.text, rev.SavedAt = []byte(value), schema.Time(at)
	return rev, nil
}

// SettingChanges gives the history of a setting, which is now as it says, or not there if its
// Rev is 0.
func SettingChanges(ctx context.Context, q *sqlitedb.Tx, now schema.Setting) (list []Change, err error) {
	revs, err := settingRevisions(ctx, q, now)
	if err != nil {
		return nil, err
	}
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

// SettingAt gives a setting as it was.
func SettingAt(ctx context.Context, q *sqlitedb.Tx, now schema.Setting, name RevName) (schema.Setting, error) {
	revs, err := settingRevisions(ctx, q, now)
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
	return schema.Setting{Key: now.Key, Value: schema.JSON(was.text), Rev: was.Rev, SavedAt: was.SavedAt}, nil
}

// KeepSetting keeps the value of a setting as a revision.
func KeepSetting(ctx context.Context, q *sqlitedb.Tx, old schema.Setting, change string, now schema.Time) error {
	s := &State{Kind: "setting", Id: old.Key, rev: old.Rev, Change: change, Origin: OriginOf(ctx)}
	var err error
	if s.Packed, err = packValue([]byte(old.Value)); err != nil {
		return err
	}
	return s.Write(ctx, q, now)
}
