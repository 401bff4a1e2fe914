package rows

import (
	"context"
	"database/sql"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Settings are a key and a JSON value, and not a row and its lists: they have no
// description, and their statements stand here.

const (
	SQLSetting    = "SELECT key, value, rev, coalesce(saved_at, '') AS saved_at\nFROM settings\nWHERE key = ?"
	sqlSettings   = "SELECT key, value, rev, coalesce(saved_at, '') AS saved_at\nFROM settings\nORDER BY key"
	sqlAddSetting = "INSERT INTO settings (key, value, rev, saved_at, sum)\nVALUES (?, ?, ?, ?, ?)"
	sqlNewSetting = "INSERT INTO settings (key, value, rev, saved_at, sum)\nSELECT ?, ?, ?, ?, ?\nWHERE NOT EXISTS (SELECT 1 FROM revisions WHERE kind = 'setting' AND id = ? AND part = '')\n    AND NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'setting' AND id = ?)"
	SQLSetSetting = "UPDATE settings\nSET value = ?, rev = ?, saved_at = ?, sum = ?\nWHERE key = ? AND rev = ?"
	SQLDelSetting = "DELETE FROM settings\nWHERE key = ?"
	SQLSealOne    = "UPDATE settings\nSET sum = ?\nWHERE key = ?"
)

var SettingColumns = []schema.Column{{Name: "key"}, {Name: "value"}, {Name: "rev"}, {Name: "saved_at"}}

func SettingSum(s schema.Setting) int64 {
	return Sum(SettingColumns, []any{s.Key, string(s.Value), s.Rev, OrNull(string(s.SavedAt))}, -1)
}

// GetSetting reads a setting.
func GetSetting(ctx context.Context, q *sqlitedb.Tx, key string) (v schema.Setting, err error) {
	rows, err := q.Query(ctx, SQLSetting, key)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	if !rows.Next() {
		return v, errors.Join(ErrNotFound, rows.Err())
	}
	if err := rows.StructScan(&v); err != nil {
		return v, err
	}
	v.Stored = v.Key
	return v, rows.Close()
}

// AllSettings reads all settings in the order of their keys.
func AllSettings(ctx context.Context, q *sqlitedb.Tx) (list []schema.Setting, err error) {
	err = q.Select(ctx, &list, sqlSettings)
	for i := range list {
		list[i].Stored = list[i].Key
	}
	return list, err
}

// InsertFirst stores a new setting, unless there ever was one under its key: it tells
// whether it did. That is one statement, and most settings are the first under their key.
func InsertFirst(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) (bool, error) {
	res, err := q.Exec(ctx, sqlNewSetting, v.Key, string(v.Value), v.Rev, string(v.SavedAt), SettingSum(v), v.Key, v.Key)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// InsertSetting stores a new setting.
func InsertSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) error {
	_, err := q.Exec(ctx, sqlAddSetting, v.Key, string(v.Value), v.Rev, string(v.SavedAt), SettingSum(v))
	return err
}

// UpdateSetting stores the next state of a setting that is at revision rev.
func UpdateSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting, rev int64) error {
	_, err := q.Exec(ctx, SQLSetSetting, string(v.Value), v.Rev, string(v.SavedAt), SettingSum(v), v.Key, rev)
	return err
}

// DeleteSetting removes a setting.
func DeleteSetting(ctx context.Context, q *sqlitedb.Tx, key string) error {
	return Delete(ctx, q, SQLDelSetting, key)
}

func sealSettings(ctx context.Context, q *sqlitedb.Tx) (int, error) {
	var list []schema.Setting
	err := q.Select(ctx, &list, "SELECT key, value, rev, coalesce(saved_at, '') AS saved_at\nFROM settings\nWHERE sum IS NULL")
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if len(list) == 0 {
		return 0, nil
	}
	vouched, err := ReadVouched(ctx, q, "settings", "key")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, v := range list {
		if !vouched.Has(0, v.Key) {
			continue // damaged: a check tells
		}
		if _, err := q.Exec(ctx, SQLSealOne, SettingSum(v), v.Key); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// StampSetting gives a stored setting the revision and the time of v, and its checksum.
func StampSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) error {
	return Delete(ctx, q, "UPDATE settings\nSET rev = ?, saved_at = ?, sum = ?\nWHERE key = ?", v.Rev, OrNull(string(v.SavedAt)), SettingSum(v), v.Key)
}
