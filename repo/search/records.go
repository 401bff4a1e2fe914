package search

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
)

// SettleIndex makes a search index where there is none for this program and
// schema, and notes everything as not indexed yet. Triggers that another tool
// fires need its table.
func SettleIndex(ctx context.Context, q *sqlitedb.Tx) error {
	version, err := SchemaVersion(ctx, q)
	if err != nil {
		return err
	}
	state, err := index.Look(ctx, q, version)
	if err != nil || state == index.Ready {
		return err
	}
	return resetIndex(ctx, q, version)
}

func SchemaVersion(ctx context.Context, q *sqlitedb.Tx) (v int64, err error) {
	err = q.Get(ctx, &v, "SELECT coalesce(max(version), 0) FROM schema_files")
	return v, err
}

// rebuildIndex empties the search index for the schema that there is.
func rebuildIndex(ctx context.Context, q *sqlitedb.Tx) error {
	version, err := SchemaVersion(ctx, q)
	if err != nil {
		return err
	}
	return resetIndex(ctx, q, version)
}

// resetIndex empties the search index and notes everything as not indexed.
func resetIndex(ctx context.Context, q *sqlitedb.Tx, version int64) error {
	if err := index.Create(ctx, q, version); err != nil {
		return err
	}
	for _, r := range rows.Relations {
		if _, err := q.Exec(ctx, index.NoteAll(r.Kind, r.Name)); err != nil {
			return err
		}
	}
	return nil
}

const (
	sqlFlush       = "SAVEPOINT flush"
	sqlFlushDone   = "RELEASE flush"
	sqlFlushUndone = "ROLLBACK TO flush"
)

// indexMarks brings the index in step with the transaction before it commits. An
// index that cannot be written must not cost anybody a record: what it should
// know is then noted, and the write goes on.
func indexMarks(ctx context.Context, q *sqlitedb.Tx, marks []fts.Mark, tidy bool, log *slog.Logger) error {
	if _, err := q.Exec(ctx, sqlFlush); err != nil {
		return err
	}
	err := flush(ctx, q, index.NewBatch(q), marks)
	if err == nil {
		err = index.PutDown(ctx, q)
	}
	if err == nil && tidy {
		err = index.Tidy(ctx, q)
	}
	if err != nil {
		if _, undo := q.Exec(ctx, sqlFlushUndone); undo != nil {
			return errors.Join(err, undo)
		}
		log.Error("the search index cannot be written; storectl repair fts makes it anew", "error", err)
		for _, m := range marks {
			if err := index.Note(ctx, q, m); err != nil {
				log.Error("what the search index lacks cannot be noted", "error", err)
				break
			}
		}
	}
	_, err = q.Exec(ctx, sqlFlushDone)
	return err
}

// flushPage is how many entities a flush reads at a time, flushBytes how much
// text it collects before it writes it.
const (
	FlushPage  = 64
	flushBytes = 8 << 20
)

// flush makes the index that b writes what the entities in from are, for these marks.
func flush(ctx context.Context, from *sqlitedb.Tx, b *index.Batch, marks []fts.Mark) error {
	err := eachPage(ctx, from, marks, func(entries []fts.Entry) error {
		if err := b.Put(ctx, entries); err != nil {
			return err
		}
		if b.Bytes < flushBytes {
			return nil
		}
		return b.Finish(ctx)
	})
	if err != nil {
		return err
	}
	return b.Finish(ctx)
}

// eachPage reads what the index should hold for these marks, a page at a time.
func eachPage(ctx context.Context, from *sqlitedb.Tx, marks []fts.Mark, fn func([]fts.Entry) error) error {
	for _, group := range groups(marks) {
		r, err := rows.RelationOf(group[0].Kind)
		if err != nil {
			continue // another tool has written a kind that there is not
		}
		for page := range slices.Chunk(group, FlushPage) {
			entries, rest, err := freshEntries(ctx, from, r, page)
			if err == nil && len(rest) > 0 {
				var read []fts.Entry
				read, err = EntriesOf(ctx, from, r, rest)
				entries = append(entries, read...)
			}
			if err != nil {
				return err
			}
			if err := fn(entries); err != nil {
				return err
			}
		}
	}
	return nil
}

// groups sorts marks into those that are read in the same way, without those that
// a wider one contains.
func groups(marks []fts.Mark) (list [][]fts.Mark) {
	there := make(map[fts.Mark]bool, len(marks))
	for _, m := range marks {
		there[m] = true
	}
	marks = slices.DeleteFunc(slices.Clone(marks), func(m fts.Mark) bool {
		whole, all := m, m
		whole.ItemPK = 0
		all.List, all.ItemPK = fts.All, 0
		return m != whole && there[whole] || m != all && there[all]
	})
	type key struct {
		kind, list string
		item       bool
	}
	// They come out of a map, and lie beside each other by their keys.
	slices.SortFunc(marks, func(x, y fts.Mark) int { return cmp.Compare(x.PK, y.PK) })
	at := map[key]int{}
	for _, m := range marks {
		k := key{m.Kind, m.List, m.ItemPK != 0}
		if _, ok := at[k]; !ok {
			at[k] = len(list)
			list = append(list, nil)
		}
		list[at[k]] = append(list[at[k]], m)
	}
	return list
}

// EntriesOf reads what the index should hold for marks that are read in the same way.
func EntriesOf(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, marks []fts.Mark) ([]fts.Entry, error) {
	found, err := r.Read(ctx, q, r.SQL.GetPKs, []any{pksOf(marks)}, searchedParts(marks[0]))
	if err != nil {
		return nil, err
	}
	byPK := r.ByPK(found)
	entries := make([]fts.Entry, len(marks))
	for i, m := range marks {
		entries[i].Mark = m
		v, ok := byPK[m.PK]
		if !ok {
			continue // it is gone
		}
		entries[i].Trashed, entries[i].Labels = r.Head(v).TrashedAt != "", fts.LabelsOf(v)
		if m.ItemPK != 0 {
			if err := loadItem(ctx, q, r, v, m); err != nil {
				return nil, err
			}
		}
		entries[i].Rows = slices.DeleteFunc(fts.Extract(v), func(row fts.Row) bool { return m.List != fts.All && row.List != m.List })
	}
	return entries, nil
}

func pksOf(marks []fts.Mark) string {
	pks := make([]int64, len(marks))
	for i, m := range marks {
		pks[i] = m.PK
	}
	list, _ := json.Marshal(pks) // numbers always encode
	return string(list)
}

// searchedParts are the parts that must be read for a mark. A single item is
// read by itself.
func searchedParts(m fts.Mark) map[string]bool {
	want := map[string]bool{}
	for table, parts := range fts.Documents() {
		if m.ItemPK == 0 && (m.List == fts.All || m.List == table) {
			for _, p := range parts {
				want[p] = true
			}
		}
	}
	return want
}

// loadItem makes the item of a mark the only one in its list.
func loadItem(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, v any, m fts.Mark) error {
	c, err := r.Child(m.List)
	if err != nil {
		return nil // another tool has noted a table that there is not
	}
	c.Reset(v)
	result, err := q.Query(ctx, c.SQL.ByPK, m.ItemPK)
	if err != nil {
		return err
	}
	defer result.Close()
	var pos int64
	var sum any
	for result.Next() {
		e := c.Next(v)
		if !e.IsValid() {
			e = reflect.New(c.Elem).Elem()
		}
		if err := result.Scan(rows.NewScanner(c.Cols, nil, &pos, &sum).Into(e)...); err != nil {
			return err
		}
	}
	return errors.Join(result.Err(), result.Close())
}

// IndexError tells damage of the index from damage of the store.
func IndexError(err error) error {
	if err != nil && IsIndexDamage(err) && !errors.Is(err, sqlitedb.ErrIndex) {
		return fmt.Errorf("%w (storectl repair fts makes it anew): %w", sqlitedb.ErrIndex, err)
	}
	return err
}
