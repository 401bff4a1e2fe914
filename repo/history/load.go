package history

import (
	"context"
	"slices"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// LoadRevision brings in a revision of another store, given by the columns of table
// revisions, and gives the key that it has here: its own, and that of its owner, are of
// the other store. The contents that its state names are noted with it. It keeps its
// checksum, so that a state that was damaged there is known as damaged here.
func LoadRevision(ctx context.Context, c sqlitedb.Conn, row map[string]any) (pk int64, err error) {
	if err := knownColumns(row, append(rows.Names(RevisionCols), "pk", "owner_pk", "sum", "damaged")); err != nil {
		return 0, err
	}
	vals := make([]any, len(RevisionCols))
	for i, col := range RevisionCols {
		vals[i] = row[col.Name]
	}
	state := loadedState(row)
	if state.Body != nil {
		vals[len(vals)-1] = state.typedBody()
	}
	sum := row["sum"]
	if sum == nil {
		sum = RevisionSum(vals...)
	}
	if pk, err = insertRevision(ctx, c, nil, sum, vals, state.Contents()); err != nil {
		return 0, err
	}
	if at, ok := row["damaged"].(string); ok {
		err = LeaveDamaged(ctx, c, pk, schema.Time(at))
	}
	return pk, err
}

func loadedState(row map[string]any) *StoredRevision {
	s := new(StoredRevision)
	s.Kind, _ = row["kind"].(string)
	s.Encoding, _ = row["encoding"].(string)
	s.Row = s.Encoding == EncodingRow
	switch body := row["body"].(type) {
	case []byte:
		s.Body = body
	case string:
		s.Body = []byte(body)
	}
	return s
}

// knownColumns refuses a row with a value in a column that is not there.
func knownColumns(row map[string]any, known []string) error {
	for name, value := range row {
		if value != nil && !slices.Contains(known, name) {
			return &schema.InvalidError{Kind: "revision", Field: name, Problem: "is no column of this store: it comes from a newer one; take a newer program"}
		}
	}
	return nil
}

// LoadContents notes contents that a loaded revision needs beside those that its state
// names.
func LoadContents(ctx context.Context, c sqlitedb.Conn, revision int64, sha256 ...string) error {
	return NoteContents(ctx, c, revision, sha256)
}

// LoadTombstone brings in that another store had purged an entity, up to revision rev.
// Where this store has a tombstone of it, the higher revision and the later time stay.
func LoadTombstone(ctx context.Context, c sqlitedb.Conn, kind, id string, rev int64, at schema.Time) error {
	return entomb(ctx, c, kind, id, rev, at)
}

// KeepVersion keeps a state that never was in the store, as one that has lost the merge
// of an import: v's Kind, ID, At, Source, SHA256 and State. contents are those that it
// needs without naming them.
func KeepVersion(ctx context.Context, c sqlitedb.Conn, v Revision, contents ...string) error {
	s := &State{Kind: v.Kind, Id: v.ID, Change: ChangeMerge, Origin: OriginImport, Source: v.Source, Sha256: v.SHA256, More: contents}
	encode := Pack
	if v.Kind == "setting" {
		encode = packValue
	}
	var err error
	if s.Packed, err = encode([]byte(v.State)); err != nil {
		return err
	}
	return s.Write(ctx, c, v.At)
}
