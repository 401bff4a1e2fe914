package index

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"taskstore/fts"
	"taskstore/fts/postings"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Range is a range of keys: newest first means from To down to From. Both belong to it.
type Range struct{ From, To int64 }

// Span gives the keys of live texts, or of those in the trash, that can be of
// the time from From until before To; "" is open. spill is that of To. It is wide enough;
// the times themselves must still be compared.
func Span(from, to schema.Time, trash bool, spill int64) Range {
	r := Range{1, -trashBase - 1}
	switch {
	case from != "":
		r.From = minuteKey(from)
	case to != "":
		r.From = dated
	}
	if to != "" {
		r.To = minuteKey(to) + spill + perMinute
	}
	if trash {
		r.From, r.To = r.From+trashBase, r.To+trashBase
	}
	return r
}

// Found is a row of the index that a search has found.
type Found struct {
	PK      int64
	Kind    string
	OwnerPK int64
	At      schema.Time
	Score   float64 // by relevance: greater is better
	begun   float64 // how often it has what Begun looked for
	sizes   []byte  // how many words each column has, as FTS5 notes it; nil is not known
}

// MATCH is in a subquery that gives keys and ends at its limit: the planner can
// neither flatten it nor run it for each row of something else.
const (
	sqlNewest = `SELECT m.pk, r.kind, r.owner_pk, r.at, d.sz
FROM (
    SELECT rowid AS pk
    FROM search
    WHERE search MATCH ? AND rowid BETWEEN ? AND ?
    ORDER BY rowid DESC
    LIMIT ?
) AS m
CROSS JOIN search_rows AS r ON r.pk = m.pk
LEFT JOIN search_docsize AS d ON d.id = m.pk
ORDER BY m.pk DESC`
	sqlCount = `SELECT count(*)
FROM (SELECT 1 FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?)`
	// The keys of the matches are put down, so that MATCH runs once.
	sqlOwners = `WITH m AS MATERIALIZED (SELECT rowid AS pk FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?)
SELECT n.texts, CASE WHEN n.texts <= ? THEN (
    SELECT json_group_array(r.owner_pk)
    FROM m
    CROSS JOIN search_rows AS r ON r.pk = m.pk) END
FROM (SELECT count(*) AS texts FROM m) AS n`
)

// Newest gives the newest matches in a range of keys, the newest first; "" matches every text.
func Newest(ctx context.Context, c Conn, m fts.Match, r Range, limit int) ([]Found, error) {
	if m == "" {
		return found(ctx, c, sqlAll, r.From, r.To, limit)
	}
	return found(ctx, c, sqlNewest, string(m), r.From, r.To, limit)
}

func found(ctx context.Context, c Conn, text string, args ...any) (list []Found, err error) {
	rows, err := c.Query(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", args[0], err)
	}
	return scanFound(ctx, rows)
}

func scanFound(ctx context.Context, rows *sqlitedb.Rows) (list []Found, err error) {
	defer rows.Close()
	for rows.Next() {
		var f Found
		if err := errors.Join(ctx.Err(), rows.Scan(&f.PK, &f.Kind, &f.OwnerPK, &f.At, &f.sizes)); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// Count counts the matches in a range of keys, up to limit; "" matches every text.
func Count(ctx context.Context, c Conn, m fts.Match, r Range, limit int) (int64, error) {
	text, args := sqlCount, []any{string(m), r.From, r.To, limit}
	if m == "" {
		text, args = sqlCountAll, args[1:]
	}
	n, err := column[int64](ctx, c, text, args...)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

// Owners gives the entities that have a match, as a JSON list of their keys, in which one with
// several matches is as often, and how many matches there are. The list is "" if
// those are more than limit. The match must be for one kind.
func Owners(ctx context.Context, c Conn, m fts.Match, r Range, limit int64) (owners string, n int64, err error) {
	rows, err := c.Query(ctx, sqlOwners, string(m), r.From, r.To, limit+1, limit)
	if err != nil {
		return "", 0, fmt.Errorf("search %s: %w", m, err)
	}
	defer rows.Close()
	var list sql.NullString
	if rows.Next() {
		err = rows.Scan(&n, &list)
	}
	return list.String, n, errors.Join(err, rows.Err(), rows.Close())
}

// The texts of an entity are within a stretch of keys.
const sqlHas = `SELECT 1
FROM search
CROSS JOIN search_rows AS r ON r.pk = search.rowid
WHERE search MATCH ? AND r.kind = ? AND r.owner_pk = ?
  AND search.rowid BETWEEN (SELECT min(a.pk) FROM search_rows AS a WHERE a.kind = ? AND a.owner_pk = ?)
      AND (SELECT max(b.pk) FROM search_rows AS b WHERE b.kind = ? AND b.owner_pk = ?)
LIMIT 1`

// Has tells whether an entity has a text that matches.
func Has(ctx context.Context, c Conn, m fts.Match, kind string, pk int64) (bool, error) {
	n, err := column[int64](ctx, c, sqlHas, string(m), kind, pk, kind, pk, kind, pk)
	if err != nil {
		return false, fmt.Errorf("search %s: %w", m, err)
	}
	return len(n) > 0, nil
}

// Shown is a text as a page of hits needs it: where it is from, and what it says.
type Shown struct {
	PK          int64
	List, Part  string // as in Row
	Title, Body string
}

const sqlShown = `SELECT r.pk, r.list, r.part, coalesce(t.title, ''), coalesce(t.body, '')
FROM json_each(?) AS j
CROSS JOIN search_rows AS r ON r.pk = j.value
LEFT JOIN search_text AS t ON t.pk = r.pk`

// Show calls fn with the texts of these keys.
func Show(ctx context.Context, c Conn, pks []int64, fn func(Shown)) error {
	if len(pks) == 0 {
		return nil
	}
	list, err := json.Marshal(pks)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, sqlShown, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s Shown
		if err := errors.Join(ctx.Err(), rows.Scan(&s.PK, &s.List, &s.Part, &s.Title, &s.Body)); err != nil {
			return err
		}
		fn(s)
	}
	return errors.Join(rows.Err(), rows.Close())
}

const (
	sqlTexts = `SELECT r.pk, r.kind, r.owner_pk, r.at, NULL
FROM json_each(?) AS j
CROSS JOIN search_rows AS r ON r.kind = ? AND r.owner_pk = j.value
WHERE r.pk BETWEEN ? AND ?`
	sqlMatching = `SELECT rowid
FROM search
WHERE search MATCH ? AND rowid BETWEEN ? AND ?
  AND +rowid IN (SELECT value FROM json_each(?))`
)

// Among gives the matches within the entities of a kind whose keys owners lists,
// the newest first; "" matches every text. It reads the keys of all their texts.
func Among(ctx context.Context, c Conn, m fts.Match, r Range, kind string, owners []int64) ([]Found, error) {
	list, err := json.Marshal(owners)
	if err != nil {
		return nil, err
	}
	texts, err := found(ctx, c, sqlTexts, string(list), kind, r.From, r.To)
	if err != nil {
		return nil, err
	}
	if m != "" {
		texts, err = matching(ctx, c, m, texts)
	}
	slices.SortFunc(texts, func(a, b Found) int { return cmp.Compare(b.PK, a.PK) })
	return texts, err
}

// matching gives those of some texts that match.
func matching(ctx context.Context, c Conn, m fts.Match, texts []Found) ([]Found, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	span, pks, err := keysOf(texts)
	if err != nil {
		return nil, err
	}
	list, err := column[int64](ctx, c, sqlMatching, string(m), span.From, span.To, pks)
	if err != nil {
		return nil, err
	}
	match := make(map[int64]bool, len(list))
	for _, pk := range list {
		match[pk] = true
	}
	return slices.DeleteFunc(texts, func(f Found) bool { return !match[f.PK] }), nil
}

// keysOf gives the keys of some texts, as a range and as JSON.
func keysOf(texts []Found) (Range, string, error) {
	r := Range{texts[0].PK, texts[0].PK}
	pks := make([]int64, len(texts))
	for i, f := range texts {
		r.From, r.To = min(r.From, f.PK), max(r.To, f.PK)
		pks[i] = f.PK
	}
	list, err := json.Marshal(pks)
	return r, string(list), err
}

// Statements are those that a search and a flush run, for a test of their plans.
func Statements() []string {
	return append(postings.Statements(), sqlAll, sqlCountAll, sqlBegun, sqlTextsOf, sqlNewest, sqlHas, sqlCount, sqlOwners, sqlTexts, sqlMatching, sqlScores, sqlShown, sqlOldAll, sqlOldList, sqlOldItem, sqlRooms, sqlFresh, sqlSettle, sqlFirstKey, sqlHole, sqlFull, sqlFullFrom, sqlUnfull,
		sqlRemoveRow, sqlRemoveText, sqlUnlisted, sqlTextsAfter, sqlWithPart, sqlStructures)
}

// NewestSQL is the statement of Newest, to be explained.
func NewestSQL(m fts.Match, r Range, limit int) (string, []any) {
	if m == "" {
		return sqlAll, []any{r.From, r.To, limit}
	}
	return sqlNewest, []any{string(m), r.From, r.To, limit}
}
