package index

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"taskstore/fts"
	"taskstore/fts/postings"
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
	full  map[int64]bool // minutes
}

// Fresh tells whether the index has nothing of any of these entries. Most often it has nothing of
// their kind between the first and the last, which is one look.
func Fresh(ctx context.Context, c Conn, entries []fts.Entry) (bool, error) {
	type ends struct{ first, last int64 }
	kinds := map[string]ends{}
	for i := range entries {
		kind, pk := entries[i].Kind, entries[i].PK
		if k, there := kinds[kind]; there {
			kinds[kind] = ends{min(k.first, pk), max(k.last, pk)}
		} else {
			kinds[kind] = ends{pk, pk}
		}
	}
	none := true
	for kind, k := range kinds {
		any, err := column[int64](ctx, c, "SELECT 1 FROM search_rows WHERE kind = ? AND owner_pk BETWEEN ? AND ? LIMIT 1", kind, k.first, k.last)
		if err != nil {
			return false, err
		}
		none = none && len(any) == 0
	}
	if none {
		return true, nil
	}
	b := NewBatch(c)
	if err := b.lookFresh(ctx, entries); err != nil {
		return false, err
	}
	return !slices.ContainsFunc(entries, func(e fts.Entry) bool { return !b.fresh[owner{e.Kind, e.PK}] }), nil
}

// MakeParcel has FTS5 index the texts of entries, in the database of PrepareMaker, under the keys that
// were allotted to them.
func MakeParcel(ctx context.Context, maker Conn, a *Allotted, entries []fts.Entry) (*Parcel, error) {
	r := &Parcel{full: a.full, texts: make([]text, 0, len(a.keys))}
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

// PutParcel adds the texts of entries, which were made ready, if nothing was written since that was
// begun. Where FTS5's records are of another form than this package knows, FTS5 indexes them itself.
func (b *Batch) PutParcel(ctx context.Context, r *Parcel, entries []fts.Entry) error {
	_, _, err := readRecords(ctx, b.c)
	if errors.Is(err, postings.ErrUnknown) {
		return b.Put(ctx, entries)
	}
	if err != nil {
		return err
	}
	err = insertMany(ctx, b.c, "INSERT INTO search_rows (pk, kind, owner_pk, list, item_pk, part, at)\nVALUES ", 7, len(r.texts), func(i int, args []any) []any {
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
	if err := b.noteAllFull(ctx, r.full); err != nil {
		return err
	}
	return attach(ctx, b.c, r.made)
}
