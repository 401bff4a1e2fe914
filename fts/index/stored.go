package index

import (
	"context"
	"errors"
	"slices"

	"taskstore/fts"
	"taskstore/schema"
)

const (
	sqlOld = `SELECT r.owner_pk, r.pk, r.list, r.item_pk, r.part, r.at, t.title, t.body, t.title_parts, t.body_parts, t.kind
FROM search_rows AS r
JOIN search_text AS t ON t.pk = r.pk
WHERE r.kind = ? AND r.owner_pk `
	sqlOldMany = sqlOld + "IN (SELECT value FROM json_each(?))"
	sqlOldAll  = sqlOld + "= ?"
	sqlOldList = sqlOldAll + " AND r.list = ?"
	sqlOldItem = sqlOldList + " AND r.item_pk = ?"
)

// stored is a row of the index as it stands.
type stored struct {
	fts.Row
	pk                          int64
	titleParts, bodyParts, kind string
}

func (s *stored) columns() fts.Columns {
	return fts.Columns{Title: s.Title, Body: s.Body, TitleParts: s.titleParts, BodyParts: s.bodyParts, Kind: s.kind}
}

func storedRows(ctx context.Context, c Conn, m fts.Mark) ([]stored, error) {
	text, args := sqlOldAll, []any{m.Kind, m.PK}
	switch {
	case m.List == fts.All:
	case m.ItemPK == 0:
		text, args = sqlOldList, append(args, m.List)
	default:
		text, args = sqlOldItem, append(args, m.List, m.ItemPK)
	}
	var list []stored
	err := eachStored(ctx, c, text, args, func(_ int64, s stored) { list = append(list, s) })
	return list, err
}

// eachStored calls fn with the rows that a statement gives, and the keys of their entities.
func eachStored(ctx context.Context, c Conn, text string, args []any, fn func(owner int64, s stored)) error {
	rows, err := c.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s stored
		var owner int64
		if err := rows.Scan(&owner, &s.pk, &s.List, &s.ItemPK, &s.Part, &s.At, &s.Title, &s.Body, &s.titleParts, &s.bodyParts, &s.kind); err != nil {
			return err
		}
		fn(owner, s)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// place is what of a row names it, without its texts.
type place struct {
	list   string
	itemPK int64
	part   string
	at     schema.Time
}

func placeOf(r *fts.Row) place { return place{r.List, r.ItemPK, r.Part, r.At} }

// compare finds what the index has and should not, and what it has not and should.
func compare(old []stored, e *fts.Entry) (wrong []stored, lacking []int) {
	have := make(map[place][]int, len(old)) // in old; each row that should be there takes one out
	for i := range old {
		if s := &old[i]; (s.pk < 0) == e.Trashed && near(s.pk, s.At) {
			have[placeOf(&s.Row)] = append(have[placeOf(&s.Row)], i)
		}
	}
	right := make([]bool, len(old))
	for i := range e.Rows {
		here := placeOf(&e.Rows[i])
		same := have[here]
		n := slices.IndexFunc(same, func(k int) bool { return old[k].Row == e.Rows[i] && old[k].columns() == e.Columns(i) })
		if n < 0 {
			lacking = append(lacking, i)
			continue
		}
		right[same[n]] = true
		have[here] = slices.Delete(same, n, n+1)
	}
	for i := range old {
		if !right[i] {
			wrong = append(wrong, old[i])
		}
	}
	return wrong, lacking
}

// near tells whether a key can be that of a text of this time.
func near(pk int64, at schema.Time) bool {
	if pk < 0 {
		pk -= trashBase
	}
	return pk >= minuteKey(at)
}
