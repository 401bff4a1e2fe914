package saving

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// SettingProblem says what is wrong with the key of a setting, "" if nothing.
func SettingProblem(key string) string {
	switch {
	case key == "":
		return "is empty"
	case strings.IndexByte(key, 0) >= 0 || !utf8.ValidString(key):
		return "holds U+0000 or bytes that are not UTF-8; remove them"
	}
	return ""
}

// SettingTooLarge says what is too long or too deep in a setting, "" if nothing.
func SettingTooLarge(key string, value schema.JSON) (field, problem string) {
	if len(key) > schema.MaxID {
		return "key", fmt.Sprintf("has %d bytes, and a key has %d at most; shorten it", len(key), schema.MaxID)
	}
	return "value", schema.SizeProblem(value)
}

// SaveSetting stores a value under its key: a new one (Rev 0) or a changed one. An equal
// value gets no new revision.
func SaveSetting(ctx context.Context, q *sqlitedb.Tx, v schema.Setting) (schema.Setting, error) {
	if v.Rev == 0 {
		return addSetting(ctx, q, v)
	}
	old, err := rows.GetSetting(ctx, q, v.Key)
	switch {
	case err != nil:
		return v, err
	case old.Rev != v.Rev || v.Stored != "" && v.Stored != v.Key:
		return v, rows.ErrConflict
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
