package index

import (
	"cmp"
	"context"
	"slices"

	"taskstore/fts"
)

// text is one text with its key, and where it is from.
type text struct {
	pk int64
	fts.Columns
	owner *fts.Entry
	row   *fts.Row
}

// Parcel is texts of records that the index has nothing of, made ready so far that the writer
// only has to put rows into tables.
type Parcel struct {
	texts []text
	made  *Made
	spill int64
}

// Fresh tells whether the index has nothing of any of these entries.
func Fresh(ctx context.Context, c Conn, entries []fts.Entry) (bool, error) {
	b := NewBatch(c)
	if err := b.lookFresh(ctx, entries); err != nil {
		return false, err
	}
	return !slices.ContainsFunc(entries, func(e fts.Entry) bool { return !b.fresh[owner{e.Kind, e.PK}] }), nil
}

// MakeParcel has FTS5 index the texts of entries, in the database of PrepareMaker, under the keys that
// were allotted to them.
func MakeParcel(ctx context.Context, maker Conn, a *Allotted, entries []fts.Entry) (*Parcel, error) {
	r := &Parcel{spill: a.spill, texts: make([]text, 0, len(a.keys))}
	for i := range entries {
		e := &entries[i]
		for k := range e.Rows {
			r.texts = append(r.texts, text{a.keys[len(r.texts)], e.Columns(k), e, &e.Rows[k]})
		}
	}
	slices.SortFunc(r.texts, func(x, y text) int { return cmp.Compare(x.pk, y.pk) })
	var err error
	r.made, err = makeOf(ctx, maker, r.texts)
	return r, err
}

// PutParcel adds texts that were made ready, if nothing was written since that was begun.
func (b *Batch) PutParcel(ctx context.Context, r *Parcel) error {
	err := insertMany(ctx, b.c, "INSERT INTO search_rows (pk, kind, owner_pk, list, item_pk, part, at)\nVALUES ", 7, len(r.texts), func(i int, args []any) []any {
		t := &r.texts[i]
		return append(args, t.pk, t.owner.Kind, t.owner.PK, t.row.List, t.row.ItemPK, t.row.Part, string(t.row.At))
	})
	if err != nil {
		return err
	}
	err = insertMany(ctx, b.c, "INSERT INTO search_text (pk, title, body, title_parts, body_parts, kind)\nVALUES ", 6, len(r.texts), func(i int, args []any) []any {
		t := &r.texts[i]
		return append(args, t.pk, t.Title, t.Body, t.TitleParts, t.BodyParts, t.Kind)
	})
	if err != nil {
		return err
	}
	if r.spill > 0 {
		if err := b.noteSpill(ctx, r.spill); err != nil {
			return err
		}
	}
	return attach(ctx, b.c, r.made)
}
