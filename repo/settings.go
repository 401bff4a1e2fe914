package repo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Settings are JSON values under keys: the app's settings, and whatever else it
// saved that is no entity.
type Settings struct{ in scope }

// Get reads the value under a key. There is none: ErrNotFound.
func (s Settings) Get(ctx context.Context, key string) (v schema.Setting, err error) {
	defer sqlitedb.Wrap(&err, "get setting %q", key)
	err = s.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		v, err = rows.GetSetting(ctx, q, key)
		return err
	})
	return v, err
}

// All gives every setting in the order of the keys.
func (s Settings) All(ctx context.Context) (list []schema.Setting, err error) {
	defer sqlitedb.Wrap(&err, "list settings")
	err = s.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		list, err = rows.AllSettings(ctx, q)
		return err
	})
	return list, err
}

// Save writes a value: a new one (Rev 0) or a changed one, and sets Rev and
// SavedAt. An equal value gets no new revision. ErrConflict, ErrExists and the
// history are as in a Collection.
func (s Settings) Save(ctx context.Context, v *schema.Setting) (err error) {
	defer sqlitedb.Wrap(&err, "save setting %q", v.Key)
	value, err := schema.Compact([]byte(v.Value))
	if err != nil {
		return &schema.InvalidError{Kind: "setting", ID: v.Key, Field: "value", Problem: err.Error()}
	}
	if problem := settingProblem(v.Key); problem != "" {
		return &schema.InvalidError{Kind: "setting", Field: "key", Problem: problem}
	}
	if !utf8.ValidString(string(value)) {
		return &schema.InvalidError{Kind: "setting", ID: v.Key, Field: "value", Problem: "holds bytes that are not UTF-8; remove them"}
	}
	if field, problem := settingTooLarge(v.Key, value); problem != "" && refuses(history.OriginOf(ctx), history.ChangeUpdate) {
		return &schema.InvalidError{Kind: "setting", ID: v.Key, Field: field, Problem: problem}
	}
	return undoable(s.in, func(e *rows.Effects) error { return s.save(ctx, e, v, value) })
}

func (s Settings) save(ctx context.Context, e *rows.Effects, v *schema.Setting, value schema.JSON) error {
	var done schema.Setting
	err := s.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		done, err = saveSetting(ctx, q, schema.Setting{Key: v.Key, Value: value, Rev: v.Rev, SavedAt: s.in.now(), Stored: v.Stored})
		return err
	})
	if err == nil {
		rows.Set(e, &v.Value, done.Value)
		rows.Set(e, &v.Rev, done.Rev)
		rows.Set(e, &v.SavedAt, done.SavedAt)
		rows.Set(e, &v.Stored, v.Key)
	}
	return err
}

func settingProblem(key string) string {
	switch {
	case key == "":
		return "is empty"
	case strings.IndexByte(key, 0) >= 0 || !utf8.ValidString(key):
		return "holds U+0000 or bytes that are not UTF-8; remove them"
	}
	return ""
}

// settingTooLarge says what is too long or too deep in a setting, "" if nothing.
func settingTooLarge(key string, value schema.JSON) (field, problem string) {
	if len(key) > schema.MaxID {
		return "key", fmt.Sprintf("has %d bytes, and a key has %d at most; shorten it", len(key), schema.MaxID)
	}
	return "value", schema.SizeProblem(value)
}

func saveSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) (schema.Setting, error) {
	if v.Rev == 0 {
		return addSetting(ctx, q, v)
	}
	old, err := rows.GetSetting(ctx, q, v.Key)
	switch {
	case err != nil:
		return v, err
	case old.Rev != v.Rev || v.Stored != "" && v.Stored != v.Key:
		return v, ErrConflict
	case old.Value == v.Value:
		return old, nil
	}
	if err := history.KeepSetting(ctx, q, old, "update", v.SavedAt); err != nil {
		return v, err
	}
	v.Rev++
	return v, rows.UpdateSetting(ctx, q, v, old.Rev)
}

// addSetting stores a new value. Where there once was one under this key, its
// revisions go on from there.
func addSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) (schema.Setting, error) {
	v.Rev = 1
	if first, err := rows.InsertFirst(ctx, q, v); err != nil || first {
		return v, err
	}
	last, err := history.LastRev(ctx, q, "setting", v.Key)
	if err != nil {
		return v, err
	}
	v.Rev = last + 1
	return v, rows.InsertSetting(ctx, q, v)
}

// Delete removes values; they stay in the history.
func (s Settings) Delete(ctx context.Context, keys ...string) (err error) {
	defer sqlitedb.Wrap(&err, "delete %d settings", len(keys))
	return s.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, key := range keys {
			old, err := rows.GetSetting(ctx, q, key)
			if err == nil {
				err = history.KeepSetting(ctx, q, old, "delete", s.in.now())
			}
			if err == nil {
				err = rows.DeleteSetting(ctx, q, key)
			}
			if err != nil {
				sqlitedb.Wrap(&err, "setting %q", key)
				return err
			}
		}
		return nil
	})
}

// History gives the kept values under a key, the latest first.
func (s Settings) History(ctx context.Context, key string) (list []Revision, err error) {
	defer sqlitedb.Wrap(&err, "read the history of setting %q", key)
	err = s.in.read(ctx, func(q *sqlitedb.Tx) (err error) {
		list, err = history.States(ctx, q, "setting", key)
		return err
	})
	return list, err
}

// presentSetting gives a setting as it is; its Rev is 0 if it is not there.
func presentSetting(ctx context.Context, q *sqlitedb.Tx, key string) (schema.Setting, error) {
	now, err := rows.GetSetting(ctx, q, key)
	if errors.Is(err, ErrNotFound) {
		return schema.Setting{Key: key}, nil
	}
	return now, err
}

// Changes gives the history of a setting, the latest change first.
func (s Settings) Changes(ctx context.Context, key string) (list []Change, err error) {
	defer sqlitedb.Wrap(&err, "read the history of setting %q", key)
	err = s.in.read(ctx, func(q *sqlitedb.Tx) error {
		now, err := presentSetting(ctx, q, key)
		if err == nil {
			list, err = history.SettingChanges(ctx, q, now)
		}
		return err
	})
	return list, err
}

// At gives a setting as it was as a revision, or as a kept version.
func (s Settings) At(ctx context.Context, key string, name RevName) (v schema.Setting, err error) {
	defer sqlitedb.Wrap(&err, "read revision %v of setting %q", name, key)
	err = s.in.read(ctx, func(q *sqlitedb.Tx) error {
		now, err := presentSetting(ctx, q, key)
		if err == nil {
			v, err = history.SettingAt(ctx, q, now, name)
		}
		return err
	})
	return v, err
}

// Revert makes a setting what it was; that is a new revision.
func (s Settings) Revert(ctx context.Context, key string, to RevName) (v schema.Setting, err error) {
	defer sqlitedb.Wrap(&err, "revert setting %q to revision %v", key, to)
	err = s.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		now, err := presentSetting(ctx, q, key)
		if err != nil {
			return err
		}
		was, err := history.SettingAt(ctx, q, now, to)
		if err != nil {
			return err
		}
		v = schema.Setting{Key: key, Value: was.Value, Rev: now.Rev}
		return Settings{within{q, s.in}}.Save(ctx, &v)
	})
	return v, err
}
