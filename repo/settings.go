package repo

import (
	"context"
	"errors"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
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
	if problem := saving.SettingProblem(v.Key); problem != "" {
		return &schema.InvalidError{Kind: "setting", Field: "key", Problem: problem}
	}
	if !utf8.ValidString(string(value)) {
		return &schema.InvalidError{Kind: "setting", ID: v.Key, Field: "value", Problem: "holds bytes that are not UTF-8; remove them"}
	}
	if field, problem := saving.SettingTooLarge(v.Key, value); problem != "" && saving.Refuses(ctx, history.ChangeUpdate) {
		return &schema.InvalidError{Kind: "setting", ID: v.Key, Field: field, Problem: problem}
	}
	return undoable(s.in, func(e *rows.Effects) error { return s.save(ctx, e, v, value) })
}

func (s Settings) save(ctx context.Context, e *rows.Effects, v *schema.Setting, value schema.JSON) error {
	var done schema.Setting
	err := s.in.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		done, err = saving.SaveSetting(ctx, q, schema.Setting{Key: v.Key, Value: value, Rev: v.Rev, SavedAt: s.in.now(), Stored: v.Stored})
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
