package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
)

// Differs compares what the index holds of an entity with what it should hold,
// and says in words what is wrong; "" is nothing.
func Differs(ctx context.Context, c Conn, e fts.Entry) (string, error) {
	old, err := storedRows(ctx, c, e.Mark)
	if err != nil {
		return "", err
	}
	wrong, lacking := compare(old, &e)
	if len(wrong)+len(lacking) == 0 {
		return misplaced(ctx, c, old)
	}
	return fmt.Sprintf("the search index lacks %d of its texts and has %d that are not its", len(lacking), len(wrong)), nil
}

// misplaced looks for texts that a search by time does not find, since their keys are after
// all that are looked at for it.
func misplaced(ctx context.Context, c Conn, old []stored) (string, error) {
	for _, s := range old {
		first := firstKey(s.At, s.pk < 0)
		if s.pk < first+perMinute {
			continue
		}
		spill, err := spillOf(ctx, c, first)
		if err != nil || s.pk >= first+spill+perMinute {
			return "the search index has a text of it where a search by time does not look", err
		}
	}
	return "", nil
}

// IsDirty tells whether an entity is noted as not indexed.
func IsDirty(ctx context.Context, c Conn, kind string, pk int64) (bool, error) {
	n, err := column[int64](ctx, c, "SELECT 1 FROM search_dirty WHERE kind = ? AND owner_pk = ? LIMIT 1", kind, pk)
	return len(n) > 0, err
}

// Gone gives the entities of a table that the index has and the table has not,
// and that are not noted.
func Gone(ctx context.Context, c Conn, kind, table string) ([]int64, error) {
	return column[int64](ctx, c, `SELECT DISTINCT r.owner_pk
FROM search_rows AS r
WHERE r.kind = ?
  AND NOT EXISTS (SELECT 1 FROM `+table+` AS e WHERE e.pk = r.owner_pk)
  AND NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = r.kind AND d.owner_pk = r.owner_pk)`, kind)
}

// Unpaired counts texts that have no row, and rows that have no text.
func Unpaired(ctx context.Context, c Conn) (int64, error) {
	n, err := column[int64](ctx, c, `SELECT (SELECT count(*) FROM search_text AS t WHERE NOT EXISTS (SELECT 1 FROM search_rows AS r WHERE r.pk = t.pk))
     + (SELECT count(*) FROM search_rows AS r WHERE NOT EXISTS (SELECT 1 FROM search_text AS t WHERE t.pk = r.pk))`)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

// Texts that UnlistedWords reads at a time, and words that it names at most.
const (
	textPage  = 500
	wordsMost = 1000
)

// UnlistedWords gives words that the list of words lacks: parts of them cannot be found.
// Where there are very many, not all are looked for. Words that no text has any more
// stay in the list.
func UnlistedWords(ctx context.Context, c Conn) (list []string, err error) {
	for last := int64(FirstText); len(list) < wordsMost; {
		var words map[string]bool
		if words, last, err = wordsAfter(ctx, c, last, textPage); err != nil || words == nil {
			return list, err
		}
		lacking, err := unlisted(ctx, c, words)
		if err != nil {
			return nil, err
		}
		list = append(list, lacking...)
		slices.Sort(list)
		list = slices.Compact(list)
	}
	return list, nil
}

// copied are the tables that Verify copies, with their columns. The driver binds
// an empty blob as NULL.
var copied = []struct{ table, columns, marks string }{
	{"search_text", "pk, title, body, title_parts, body_parts, kind", "?, ?, ?, ?, ?, ?"},
	{"search_data", "id, block", "?, coalesce(?, x'')"},
	{"search_idx", "segid, term, pgno", "?, coalesce(?, x''), ?"},
	{"search_docsize", "id, sz", "?, coalesce(?, x'')"},
	{"search_config", "k, v", "?, ?"},
	{"search_words", "pk, word", "?, ?"},
	{"search_word_parts_data", "id, block", "?, coalesce(?, x'')"},
	{"search_word_parts_idx", "segid, term, pgno", "?, coalesce(?, x''), ?"},
	{"search_word_parts_config", "k, v", "?, ?"},
}

// verified are the tables of FTS5 that Verify looks at.
var verified = []string{"search", "search_word_parts"}

// Verify lets FTS5 compare its indexes with the texts and with the list of words.
// That is a write, which a check must not do: they are copied into scratch, which
// CreateBare made. Damage comes back by the name of the index.
func Verify(ctx context.Context, from, scratch Conn) (problems map[string]string, err error) {
	for _, t := range copied {
		if err := copyTable(ctx, from, scratch, t.table, t.columns, t.marks); err != nil {
			return nil, err
		}
	}
	problems = map[string]string{}
	for _, table := range verified {
		if _, err := scratch.Exec(ctx, "INSERT INTO "+table+" ("+table+", rank) VALUES ('integrity-check', 1)"); err != nil {
			problems[table] = err.Error()
		}
	}
	return problems, ctx.Err()
}

func copyTable(ctx context.Context, from, to Conn, table, columns, marks string) error {
	if _, err := to.Exec(ctx, "DELETE FROM "+table); err != nil {
		return err
	}
	rows, err := from.Query(ctx, "SELECT "+columns+" FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	n := strings.Count(marks, "?")
	vals, targets := make([]any, n), make([]any, n)
	for i := range vals {
		targets[i] = &vals[i]
	}
	for rows.Next() {
		if err := errors.Join(ctx.Err(), rows.Scan(targets...)); err != nil {
			return err
		}
		if _, err := to.Exec(ctx, "INSERT INTO "+table+" ("+columns+") VALUES ("+marks+")", vals...); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
