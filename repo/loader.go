package repo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Loader brings the rows that Dump has given into another store.
type Loader struct {
	tx      *Tx
	created map[Ref]bool
	before  int64           // the last revision that was here before any came
	kept    map[int64]int64 // new keys of revisions by the old ones
	runs    map[int64]int64 // new keys of imports by the old ones
	columns map[string][]string
}

// NewLoader begins to bring in rows: an empty store keeps history from now on for as
// long as keep says, which is what Facts gave. The records come next.
func (tx *Tx) NewLoader(ctx context.Context, keep string) (_ *Loader, err error) {
	defer sqlitedb.Wrap(&err, "begin to load")
	l := &Loader{tx: tx, created: map[Ref]bool{}, kept: map[int64]int64{}, runs: map[int64]int64{}, columns: map[string][]string{}}
	return l, tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error { return adoptRetention(ctx, q, keep) })
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

// RecordsLoaded says that all records are in: what they did to the history is not what
// comes.
func (l *Loader) RecordsLoaded(ctx context.Context) (err error) {
	defer sqlitedb.Wrap(&err, "begin to load history")
	return l.tx.read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &l.before, "SELECT coalesce(max(pk), 0) FROM revisions")
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
	err = l.tx.write(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
		loaded, err = l.bring(ctx, q, table, values)
		return err
	})
	return loaded, err
}

// bring writes a row if it is wanted, under the keys that it has here.
func (l *Loader) bring(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) (bool, error) {
	pk, _ := row["pk"].(int64)
	switch table {
	case "revisions":
		wanted, err := l.wantsRevision(ctx, q, row)
		if err != nil || !wanted {
			return false, err
		}
		l.kept[pk], err = bringRevision(ctx, q, row)
		return err == nil, err
	case "revision_blobs":
		of, _ := row["revision_pk"].(int64)
		sha, _ := row["sha256"].(string)
		revision, kept := l.kept[of]
		if !kept {
			return false, nil
		}
		return true, noteContents(ctx, q, revision, []string{sha})
	case "tombstones":
		wanted, err := l.wantsRecord(ctx, q, refOf(row))
		if err != nil || !wanted {
			return false, err
		}
		return true, bringTombstone(ctx, q, row)
	}
	return l.bringImport(ctx, q, table, row)
}

// bringImport writes what an import noted, if the store does not know that import.
func (l *Loader) bringImport(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) (bool, error) {
	if table == "legacy_runs" {
		pk, _ := row["pk"].(int64)
		var known bool
		err := q.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM legacy_runs WHERE sha256 = ?)", row["sha256"])
		if err != nil || known {
			return false, err
		}
		l.runs[pk], err = l.insert(ctx, q, table, row)
		return err == nil, err
	}
	old, _ := row["run_pk"].(int64)
	run, came := l.runs[old]
	if !came {
		return false, nil
	}
	row["run_pk"] = run
	if table == "quarantine" {
		var known bool
		err := q.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE file = ? AND pointer = ? AND blob = ?)", row["file"], row["pointer"], row["blob"])
		if err != nil || known {
			return false, err
		}
	}
	_, err := l.insert(ctx, q, table, row)
	return err == nil, err
}

func refOf(row map[string]any) (of Ref) {
	of.Kind, _ = row["kind"].(string)
	of.ID, _ = row["id"].(string)
	return of
}

// wantsRevision tells whether a revision comes: not where the store has a history of
// its own of that record, or that very revision of one whose id nobody knows.
func (l *Loader) wantsRevision(ctx context.Context, q *sqlitedb.Tx, row map[string]any) (wanted bool, err error) {
	of := refOf(row)
	if row["id"] == nil {
		err = q.Get(ctx, &wanted, `SELECT NOT EXISTS (SELECT 1 FROM revisions
WHERE kind = ? AND id IS NULL AND pk <= ? AND part = ? AND at = ? AND body = ?)`, of.Kind, l.before, row["part"], row["at"], row["body"])
		return wanted, err
	}
	err = q.Get(ctx, &wanted, "SELECT NOT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND pk <= ?)", of.Kind, of.ID, l.before)
	if err != nil || !wanted {
		return false, err
	}
	return l.wantsRecord(ctx, q, of)
}

// wantsRecord tells whether what the other store noted of a record is of the one that
// is here, or of none.
func (l *Loader) wantsRecord(ctx context.Context, q *sqlitedb.Tx, of Ref) (bool, error) {
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

// insert writes a row of an import under a new key, if its table has any.
func (l *Loader) insert(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) (pk int64, err error) {
	columns := l.columns[table]
	if columns == nil {
		if err := q.Select(ctx, &columns, "SELECT name FROM pragma_table_info(?) WHERE name <> 'pk'", table); err != nil {
			return 0, err
		}
		l.columns[table] = columns
	}
	columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return row[name] == nil }) // an older store's tables have fewer
	args, err := valuesOf(row, columns, "pk")
	if err != nil {
		return 0, err
	}
	res, err := q.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+")\nVALUES ("+marks(len(args))+")", args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}
