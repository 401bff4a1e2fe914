package repo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Loader brings the rows that Dump has given into another store.
type Loader struct {
	tx      *Tx
	offset  map[string]int64 // what is added to the keys of a table
	columns map[string][]string
	created map[Ref]bool
	kept    map[int64]bool  // revisions that were loaded, by their old key
	runs    map[int64]int64 // new keys of imports by the old ones
}

// NewLoader begins to bring in rows.
func (tx *Tx) NewLoader(ctx context.Context) (_ *Loader, err error) {
	defer sqlitedb.Wrap(&err, "begin to load")
	l := &Loader{tx: tx, offset: map[string]int64{}, columns: map[string][]string{}, created: map[Ref]bool{}, kept: map[int64]bool{}, runs: map[int64]int64{}}
	err = tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, table := range portableTables {
			var names []string
			if err := q.Select(ctx, &names, "SELECT name FROM pragma_table_info(?)", table); err != nil {
				return err
			}
			l.columns[table] = names
			if !slices.Contains(names, "pk") {
				continue
			}
			var last int64
			if err := q.Get(ctx, &last, "SELECT coalesce(max(pk), 0) FROM "+table); err != nil {
				return err
			}
			l.offset[table] = last
		}
		return nil
	})
	return l, err
}

// Created notes that an entity was made in this transaction, and makes its
// revision and time what they were in the store that it comes from. Its history
// may be loaded then.
func (l *Loader) Created(ctx context.Context, of Ref, rev int64, savedAt schema.Time) (err error) {
	defer sqlitedb.Wrap(&err, "set the revision of %v", of)
	l.created[of] = true
	if rev <= 0 {
		return nil
	}
	return l.tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if of.Kind == "setting" {
			return stampSetting(ctx, q, of.ID, rev, savedAt)
		}
		r, err := relationOf(of.Kind)
		if err != nil {
			return err
		}
		return restamp(ctx, q, r, of.ID, rev, savedAt)
	})
}

func stampSetting(ctx context.Context, q *sqlitedb.Tx, key string, rev int64, savedAt schema.Time) error {
	v, err := getSetting(ctx, q, key)
	if err != nil || v.Rev > rev {
		return err
	}
	v.Rev, v.SavedAt = rev, savedAt
	return deleting(ctx, q, "UPDATE settings\nSET rev = ?, saved_at = ?, sum = ?\nWHERE key = ?", rev, orNull(string(savedAt)), settingSum(v), key)
}

func restamp(ctx context.Context, q *sqlitedb.Tx, r *relation, id string, rev int64, savedAt schema.Time) error {
	p, err := r.find(ctx, q, id)
	if err != nil || p.Rev > rev {
		return err
	}
	vals, err := r.rawRow(ctx, q, p.PK)
	if err != nil {
		return err
	}
	vals[colRev], vals[colSavedAt] = rev, orNull(string(savedAt))
	return deleting(ctx, q, "UPDATE "+r.name+"\nSET rev = ?, saved_at = ?, sum = ?\nWHERE pk = ?", rev, orNull(string(savedAt)), sumOf(r.cols, vals, -1), p.PK)
}

// KeepFor sets how long history is kept, as Facts gave it, unless this store says
// so itself.
func (l *Loader) KeepFor(ctx context.Context, keep string) (err error) {
	defer sqlitedb.Wrap(&err, "keep history for %s", keep)
	if keep == "" {
		return nil
	}
	if _, err := time.ParseDuration(keep); err != nil {
		return err
	}
	return l.tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO NOTHING", factRetention, keep)
		return err
	})
}

// Load brings in one row, and says whether it was wanted. History is wanted of
// entities that were Created, and of those that the store never had; an import
// and what it noted, if the store does not know that import.
func (l *Loader) Load(ctx context.Context, table string, row []byte) (loaded bool, err error) {
	defer sqlitedb.Wrap(&err, "load a row of %s", table)
	values, err := columnsOf(row)
	if err != nil {
		return false, err
	}
	for name, v := range values {
		if values[name], err = storedValue(v); err != nil {
			return false, fmt.Errorf("column %s: %w", name, err)
		}
	}
	err = l.tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		wanted, err := l.prepare(ctx, q, table, values)
		if err != nil || !wanted {
			return err
		}
		loaded = true
		return l.insert(ctx, q, table, values)
	})
	return loaded, err
}

// prepare decides about a row, and gives it the keys that it has here.
func (l *Loader) prepare(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) (wanted bool, err error) {
	pk, _ := row["pk"].(int64)
	if offset, ok := l.offset[table]; ok {
		row["pk"] = pk + offset
	}
	switch table {
	case "revisions":
		row["owner_pk"] = nil // another store's key
		kind, _ := row["kind"].(string)
		id, _ := row["id"].(string)
		wanted, err = l.wantsHistory(ctx, q, Ref{kind, id})
		l.kept[pk] = wanted
	case "revision_blobs":
		of, _ := row["revision_pk"].(int64)
		row["revision_pk"] = of + l.offset["revisions"]
		wanted = l.kept[of]
	case "tombstones":
		kind, _ := row["kind"].(string)
		id, _ := row["id"].(string)
		var there bool
		there, err = exists(ctx, q, Ref{kind, id})
		wanted = !there
	case "legacy_runs":
		var known int
		err = q.Get(ctx, &known, "SELECT count(*) FROM legacy_runs WHERE sha256 = ? AND pk <= ?", row["sha256"], l.offset[table])
		if wanted = known == 0; wanted {
			l.runs[pk] = pk + l.offset[table]
		}
	default:
		run, _ := row["run_pk"].(int64)
		row["run_pk"], wanted = l.runs[run], l.runs[run] > 0
	}
	return wanted, err
}

// wantsHistory tells whether the history of an entity comes with it: not where
// the store has one of its own.
func (l *Loader) wantsHistory(ctx context.Context, q *sqlitedb.Tx, of Ref) (bool, error) {
	var had bool
	if err := q.Get(ctx, &had, "SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND pk <= ?)", of.Kind, of.ID, l.offset["revisions"]); err != nil || had {
		return false, err
	}
	if l.created[of] {
		return true, nil
	}
	there, err := exists(ctx, q, of)
	return !there, err
}

func exists(ctx context.Context, q *sqlitedb.Tx, of Ref) (there bool, err error) {
	if of.Kind == "setting" {
		err = q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM settings WHERE key = ?)", of.ID)
		return there, err
	}
	r, err := relationOf(of.Kind)
	if err != nil {
		return false, nil // a kind of a newer store: its history is kept
	}
	err = q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM "+r.name+" WHERE id = ?)", of.ID)
	return there, err
}

func (l *Loader) insert(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) error {
	text := "INSERT OR IGNORE INTO " + table + " ("
	var args []any
	for _, name := range l.columns[table] {
		value, ok := row[name]
		if !ok {
			continue
		}
		if len(args) > 0 {
			text += ", "
		}
		text += name
		args = append(args, value)
		delete(row, name)
	}
	for name, value := range row {
		if value != nil {
			return fmt.Errorf("there is no column %s here: it comes from a newer store", name)
		}
	}
	_, err := q.Exec(ctx, text+")\nVALUES ("+marks(len(args))+")", args...)
	return err
}
