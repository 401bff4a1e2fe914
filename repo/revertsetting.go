package repo

import (
	"context"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

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
	err = s.in.Read(ctx, func(q *sqlitedb.Tx) error {
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
	err = s.in.Read(ctx, func(q *sqlitedb.Tx) error {
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
