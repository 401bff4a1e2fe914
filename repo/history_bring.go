package repo

import (
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
)

// KeepVersion keeps a state that never was in the store, as one that has lost the merge
// of an import: v's Kind, ID, At, Source, SHA256 and State. contents are those that it
// needs without naming them.
func KeepVersion(ctx context.Context, c sqlitedb.Conn, v Revision, contents ...string) error {
	s := &state{kind: v.Kind, id: v.ID, change: changeMerge, origin: OriginImport, source: v.Source, sha256: v.SHA256, more: contents}
	encode := pack
	if v.Kind == KindSetting {
		encode = packValue
	}
	var err error
	if s.packed, err = encode([]byte(v.State)); err != nil {
		return err
	}
	return s.write(ctx, c, v.At)
}

// broughtColumns are the columns of a revision that another store's say something of:
// its keys are others here.
var broughtColumns = append(names(revisionCols), "sum")

const (
	sqlBringRevision = `INSERT INTO revisions (kind, id, rev, part, change, origin, at, source, sha256, encoding, body, sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlBringTombstone = `INSERT INTO tombstones (kind, id, rev, purged_at)
VALUES (?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET rev = max(rev, excluded.rev), purged_at = max(purged_at, excluded.purged_at)`
)

// BringRevision writes a revision of another store, given by its columns, after those
// that are there, and notes the contents that its state names. It gives the key that it
// has here. A column that is missing is of an older store, one that is unknown of a
// newer store.
func BringRevision(ctx context.Context, c sqlitedb.Conn, row map[string]any) (pk int64, err error) {
	args, err := valuesOf(row, broughtColumns, "pk", "owner_pk")
	if err != nil {
		return 0, err
	}
	res, err := c.Exec(ctx, sqlBringRevision, args...)
	if err != nil {
		return 0, err
	}
	if pk, err = res.LastInsertId(); err != nil {
		return 0, err
	}
	var stored storedRevision
	if err := c.Get(ctx, &stored, sqlStored+"WHERE pk = ?", pk); err != nil {
		return 0, err
	}
	return pk, noteContents(ctx, c, pk, stored.contents())
}

// BringContent notes a content that a revision needs which came with BringRevision.
func BringContent(ctx context.Context, c sqlitedb.Conn, revision int64, sha256 string) error {
	return noteContents(ctx, c, revision, []string{sha256})
}

// BringTombstone notes that a record was purged in another store. Of two marks for one
// record the one that came further is right.
func BringTombstone(ctx context.Context, c sqlitedb.Conn, row map[string]any) error {
	args, err := valuesOf(row, []string{"kind", "id", "rev", "purged_at"})
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, sqlBringTombstone, args...)
	return err
}

// valuesOf gives the values of a row in the order of columns. What a row says beyond
// them, and beyond what is left aside, must not get lost without a word.
func valuesOf(row map[string]any, columns []string, aside ...string) (args []any, err error) {
	known := map[string]bool{}
	for _, name := range columns {
		known[name] = true
		args = append(args, row[name])
	}
	for _, name := range aside {
		known[name] = true
	}
	for name, value := range row {
		if !known[name] && value != nil {
			return nil, fmt.Errorf("there is no column %s here: it comes from a newer store", name)
		}
	}
	return args, nil
}
