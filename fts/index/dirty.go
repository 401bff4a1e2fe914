package index

import (
	"context"
	"errors"

	"taskstore/fts"
)

// Dirty gives the marks that are noted and come after one, at most limit of them,
// in an order that reads each entity once. The zero Mark comes before all.
func Dirty(ctx context.Context, c Conn, after fts.Mark, limit int) ([]fts.Mark, error) {
	rows, err := c.Query(ctx, sqlDirty, after.Kind, after.PK, after.List, after.ItemPK, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []fts.Mark
	for rows.Next() {
		var m fts.Mark
		if err := rows.Scan(&m.Kind, &m.PK, &m.List, &m.ItemPK); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

const sqlDirty = `SELECT kind, owner_pk, list, item_pk
FROM search_dirty
WHERE (kind, owner_pk, list, item_pk) > (?, ?, ?, ?)
ORDER BY kind, owner_pk, list, item_pk
LIMIT ?`

// CountDirty counts the marks that are noted, up to limit.
func CountDirty(ctx context.Context, c Conn, limit int) (int64, error) {
	n, err := column[int64](ctx, c, "SELECT count(*) FROM (SELECT 1 FROM search_dirty LIMIT ?)", limit)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

// Note notes a mark in the table, for a later flush.
func Note(ctx context.Context, c Conn, m fts.Mark) error {
	_, err := c.Exec(ctx, "INSERT OR IGNORE INTO search_dirty (kind, owner_pk, list, item_pk)\nVALUES (?, ?, ?, ?)", m.Kind, m.PK, m.List, m.ItemPK)
	return err
}

const sqlSettle = "DELETE FROM search_dirty\nWHERE kind = ? AND owner_pk = ? AND list = ? AND item_pk = ?"

// Settle removes marks that were noted: the index knows them now.
func Settle(ctx context.Context, c Conn, marks []fts.Mark) error {
	for _, m := range marks {
		if _, err := c.Exec(ctx, sqlSettle, m.Kind, m.PK, m.List, m.ItemPK); err != nil {
			return err
		}
	}
	return nil
}

// NoteForeign is the statement by which a trigger notes an entity as a whole. An
// INSERT OR IGNORE would not do: the OR of the statement that fired the trigger
// goes before it. ON CONFLICT DO NOTHING holds whatever that is.
func NoteForeign(kind, pk, from string) string {
	row := "'" + kind + "', " + pk + ", '" + fts.All + "', 0"
	if from == "" {
		return "INSERT INTO search_dirty VALUES (" + row + ") ON CONFLICT DO NOTHING"
	}
	return "INSERT INTO search_dirty SELECT " + row + from + " ON CONFLICT DO NOTHING"
}

// NoteAll is the statement that notes every entity of a table.
func NoteAll(kind, table string) string {
	return "INSERT OR IGNORE INTO search_dirty (kind, owner_pk, list, item_pk)\nSELECT '" + kind + "', pk, '" + fts.All + "', 0\nFROM " + table
}
