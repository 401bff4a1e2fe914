package repo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Loader brings the rows that Dump has given into another store. Whatever comes in gets
// keys of its own there.
type Loader struct {
	tx      *Tx
	before  map[string]int64 // the highest keys of revisions and imports when it began
	created map[Ref]bool
	kept    map[int64]int64 // new keys of revisions by the old ones
	runs    map[int64]int64 // of imports
	columns map[string][]string
}

// NewLoader begins to bring in rows.
func (tx *Tx) NewLoader(ctx context.Context) (_ *Loader, err error) {
	defer sqlitedb.Wrap(&err, "begin to load")
	l := &Loader{tx: tx, before: map[string]int64{}, created: map[Ref]bool{}, kept: map[int64]int64{}, runs: map[int64]int64{}, columns: map[string][]string{}}
	err = tx.Read(ctx, func(q *sqlitedb.Tx) error {
		for _, table := range []string{"revisions", "legacy_runs"} {
			var last int64
			if err := q.Get(ctx, &last, "SELECT coalesce(max(pk), 0) FROM "+table); err != nil {
				return err
			}
			l.before[table] = last
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
	return l.tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if of.Kind == "setting" {
			return stampSetting(ctx, q, of.ID, rev, savedAt)
		}
		r, err := rows.RelationOf(of.Kind)
		if err != nil {
			return err
		}
		return restamp(ctx, q, r, of.ID, rev, savedAt)
	})
}

func stampSetting(ctx context.Context, q *sqlitedb.Tx, key string, rev int64, savedAt schema.Time) error {
	v, err := rows.GetSetting(ctx, q, key)
	if err != nil || v.Rev > rev {
		return err
	}
	v.Rev, v.SavedAt = rev, savedAt
	return rows.Delete(ctx, q, "UPDATE settings\nSET rev = ?, saved_at = ?, sum = ?\nWHERE key = ?", rev, rows.OrNull(string(savedAt)), rows.SettingSum(v), key)
}

func restamp(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, rev int64, savedAt schema.Time) error {
	p, err := r.Find(ctx, q, id)
	if err != nil || p.Rev > rev {
		return err
	}
	vals, err := r.RawRow(ctx, q, p.PK)
	if err != nil {
		return err
	}
	vals[rows.ColRev], vals[rows.ColSavedAt] = rev, rows.OrNull(string(savedAt))
	return rows.Delete(ctx, q, "UPDATE "+r.Name+"\nSET rev = ?, saved_at = ?, sum = ?\nWHERE pk = ?", rev, rows.OrNull(string(savedAt)), rows.Sum(r.Cols, vals, -1), p.PK)
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
	return l.tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, "INSERT INTO store (key, value)\nVALUES (?, ?)\nON CONFLICT (key) DO NOTHING", factRetention, keep)
		return err
	})
}

// Load brings in one row, and says whether it came. History is wanted of entities that
// were Created, and of those that the store never had; an import and what it noted, if
// the store does not know that import.
func (l *Loader) Load(ctx context.Context, table string, row []byte) (loaded bool, err error) {
	defer sqlitedb.Wrap(&err, "load a row of %s", table)
	values, err := history.ColumnsOf(row)
	if err != nil {
		return false, err
	}
	for name, v := range values {
		if values[name], err = storedValue(v); err != nil {
			return false, fmt.Errorf("column %s: %w", name, err)
		}
	}
	switch table {
	case "revisions":
		return l.revision(ctx, values)
	case "revision_blobs":
		return l.content(ctx, values)
	case "tombstones":
		return l.tombstone(ctx, values)
	case "legacy_runs":
		return l.run(ctx, values)
	}
	return l.ofRun(ctx, table, values)
}

func (l *Loader) revision(ctx context.Context, row map[string]any) (bool, error) {
	if wanted, err := l.wantsRevision(ctx, l.tx.q, row); err != nil || !wanted {
		return false, err
	}
	pk, err := l.tx.LoadRevision(ctx, row)
	if old, ok := row["pk"].(int64); ok {
		l.kept[old] = pk
	}
	return err == nil, err
}

// wantsRevision tells whether a revision comes with its entity: not where the store has
// the entity, or a history of it, from before. One without an id, whose entity was gone
// before the state was kept, comes unless the store has it.
func (l *Loader) wantsRevision(ctx context.Context, q *sqlitedb.Tx, row map[string]any) (bool, error) {
	of := refOf(row)
	where, args := "kind = ? AND id = ? AND pk <= ?", []any{of.Kind, of.ID, l.before["revisions"]}
	if row["id"] == nil {
		where, args = "kind = ? AND id IS NULL AND pk <= ? AND rev = ? AND part = ? AND at = ? AND body = ?",
			[]any{of.Kind, l.before["revisions"], row["rev"], row["part"], row["at"], row["body"]}
	}
	var had bool
	if err := q.Get(ctx, &had, "SELECT EXISTS (SELECT 1 FROM revisions WHERE "+where+")", args...); err != nil || had {
		return false, err
	}
	return l.comes(ctx, q, of)
}

// comes tells whether what was noted of an entity comes: it came itself, or is in neither
// store.
func (l *Loader) comes(ctx context.Context, q *sqlitedb.Tx, of Ref) (bool, error) {
	if l.created[of] {
		return true, nil
	}
	there, err := exists(ctx, q, of)
	return !there, err
}

func refOf(row map[string]any) (of Ref) {
	of.Kind, _ = row["kind"].(string)
	of.ID, _ = row["id"].(string)
	return of
}

// content notes a content with the revision that needs it, if that came.
func (l *Loader) content(ctx context.Context, row map[string]any) (bool, error) {
	old, _ := row["revision_pk"].(int64)
	sha, _ := row["sha256"].(string)
	pk, came := l.kept[old]
	if !came {
		return false, nil
	}
	return true, l.tx.LoadContents(ctx, pk, sha)
}

func (l *Loader) tombstone(ctx context.Context, row map[string]any) (bool, error) {
	of := refOf(row)
	if wanted, err := l.comes(ctx, l.tx.q, of); err != nil || !wanted {
		return false, err
	}
	rev, _ := row["rev"].(int64)
	at, _ := row["purged_at"].(string)
	return true, l.tx.LoadTombstone(ctx, of, rev, schema.Time(at))
}

func (l *Loader) run(ctx context.Context, row map[string]any) (loaded bool, err error) {
	old, _ := row["pk"].(int64)
	delete(row, "pk")
	err = l.tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		var known bool
		err := q.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM legacy_runs WHERE sha256 = ? AND pk <= ?)", row["sha256"], l.before["legacy_runs"])
		if err != nil || known {
			return err
		}
		l.runs[old], err = l.insert(ctx, q, "legacy_runs", row)
		loaded = err == nil
		return err
	})
	return loaded, err
}

// ofRun brings in something that an import noted, if that import came. What two imports
// could not read is in quarantine once.
func (l *Loader) ofRun(ctx context.Context, table string, row map[string]any) (loaded bool, err error) {
	old, _ := row["run_pk"].(int64)
	run, came := l.runs[old]
	if !came {
		return false, nil
	}
	row["run_pk"] = run
	err = l.tx.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if table == "quarantine" {
			delete(row, "pk")
			var known bool
			err := q.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE file = ? AND pointer = ? AND blob = ?)", row["file"], row["pointer"], row["blob"])
			if err != nil || known {
				return err
			}
		}
		_, err := l.insert(ctx, q, table, row)
		loaded = err == nil
		return err
	})
	return loaded, err
}

func exists(ctx context.Context, q *sqlitedb.Tx, of Ref) (there bool, err error) {
	if of.Kind == "setting" {
		err = q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM settings WHERE key = ?)", of.ID)
		return there, err
	}
	r, err := rows.RelationOf(of.Kind)
	if err != nil {
		return false, nil // a kind of a newer store: its history is kept
	}
	err = q.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM "+r.Name+" WHERE id = ?)", of.ID)
	return there, err
}

// insert writes a row by its columns, and gives its key.
func (l *Loader) insert(ctx context.Context, q *sqlitedb.Tx, table string, row map[string]any) (pk int64, err error) {
	known := l.columns[table]
	if known == nil {
		if err := q.Select(ctx, &known, "SELECT name FROM pragma_table_info(?)", table); err != nil {
			return 0, err
		}
		l.columns[table] = known
	}
	if err := knownColumns(row, known); err != nil {
		return 0, err
	}
	var given []string
	var args []any
	for _, name := range known {
		if value, ok := row[name]; ok {
			given, args = append(given, name), append(args, value)
		}
	}
	res, err := q.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(given, ", ")+")\nVALUES ("+rows.Marks(len(args))+")", args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}
