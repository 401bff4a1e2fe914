package index

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"taskstore/fts"
	"taskstore/fts/postings"
)

// Difference is an entity of which the index does not hold what it should.
type Difference struct {
	PK     int64
	Detail string // in words
}

// Differing compares what the index holds of entities of one kind with what it should
// hold, and tells of those where that differs. The words of what it holds go to words, if that is not nil.
func Differing(ctx context.Context, c Conn, kind string, entries []fts.Entry, words map[string]bool) ([]Difference, error) {
	pks := make([]int64, len(entries))
	for i, e := range entries {
		pks[i] = e.PK
	}
	asked, err := json.Marshal(pks)
	if err != nil {
		return nil, err
	}
	old := map[int64][]stored{}
	err = eachStored(ctx, c, sqlOldMany, []any{kind, string(asked)}, func(owner int64, s stored) {
		old[owner] = append(old[owner], s)
		if words != nil {
			fts.WordsOf(words, s.Title, s.Body)
		}
	})
	if err != nil {
		return nil, err
	}
	var list []Difference
	for i := range entries {
		its := old[entries[i].PK]
		wrong, lacking := compare(its, &entries[i])
		if len(wrong)+len(lacking) > 0 {
			list = append(list, Difference{entries[i].PK, fmt.Sprintf("the search index lacks %d of its texts and has %d that are not its", len(lacking), len(wrong))})
			continue
		}
		detail, err := misplaced(ctx, c, its)
		if err != nil {
			return nil, err
		}
		if detail != "" {
			list = append(list, Difference{entries[i].PK, detail})
		}
	}
	return list, nil
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
	return column[int64](ctx, c, `SELECT o.owner_pk
FROM (SELECT DISTINCT owner_pk FROM search_rows WHERE kind = ?1) AS o
WHERE NOT EXISTS (SELECT 1 FROM `+table+` AS e WHERE e.pk = o.owner_pk)
  AND NOT EXISTS (SELECT 1 FROM search_dirty AS d WHERE d.kind = ?1 AND d.owner_pk = o.owner_pk)`, kind)
}

// Unpaired counts texts that have no row, and rows that have no text.
func Unpaired(ctx context.Context, c Conn) (int64, error) {
	n, err := column[int64](ctx, c, `SELECT (SELECT count(*) FROM search_text) + (SELECT count(*) FROM search_rows)
     - 2 * (SELECT count(*) FROM search_rows AS r CROSS JOIN search_text AS t ON t.pk = r.pk)`)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

const (
	wordsAtOnce = 50_000  // that WordLook collects before it asks
	wordsKnown  = 500_000 // that it remembers
	wordsMost   = 1000    // that it names
)

// WordLook finds words of the texts that the list of words lacks: parts of them cannot be found. Words
// that no text has any more stay in the list until Erase. Several goroutines may use it.
type WordLook struct {
	mu      sync.Mutex
	listed  map[string]bool // words that were found in the list
	lacking map[string]bool
}

// Much tells whether these are so many words that Ask should be told of them.
func Much(words map[string]bool) bool { return len(words) >= wordsAtOnce }

// Ask looks for words in the list, and empties words.
func (w *WordLook) Ask(ctx context.Context, c Conn, words map[string]bool) error {
	w.mu.Lock()
	for word := range words {
		if w.listed[word] || w.lacking[word] {
			delete(words, word)
		}
	}
	w.mu.Unlock()
	lacking, err := unlisted(ctx, c, words)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listed == nil || len(w.listed) > wordsKnown {
		w.listed = map[string]bool{}
	}
	if w.lacking == nil {
		w.lacking = map[string]bool{}
	}
	for _, word := range lacking {
		if delete(words, word); len(w.lacking) < wordsMost {
			w.lacking[word] = true
		}
	}
	maps.Copy(w.listed, words)
	clear(words)
	return nil
}

// Lacking gives the words that the list lacks. Where there are very many, not all are among them.
func (w *WordLook) Lacking() []string { return slices.Sorted(maps.Keys(w.lacking)) }

// verified are the tables of FTS5 that Verify looks at, with what they index and the
// tables of their own.
var verified = []struct {
	table, content string
	shadows        []string
}{
	{"search", "search_text", []string{"data", "idx", "docsize", "config"}},
	{"search_word_parts", "search_words", []string{"data", "idx", "config"}},
}

// Verify lets FTS5 compare its indexes with the texts and with the list of words.
// That is a write, which a check must not do: FTS5 is given a temporary copy of its own
// tables, and sees the texts where they are. The transaction must be one that can make
// temporary tables. Damage comes back by the name of the table.
func Verify(ctx context.Context, c Conn) (problems map[string]string, err error) {
	problems = map[string]string{}
	for _, v := range verified {
		if err := copyIndex(ctx, c, v.table, v.content, v.shadows); err != nil {
			return nil, err
		}
		if _, err := c.Exec(ctx, "INSERT INTO temp.copy_"+v.table+" (copy_"+v.table+", rank) VALUES ('integrity-check', 1)"); err != nil {
			problems[v.table] = strings.ReplaceAll(err.Error(), "copy_"+v.table, v.table)
			continue
		}
		strange, err := strangeRows(ctx, c, v.table)
		if err != nil {
			return nil, err
		}
		if strange != "" {
			problems[v.table] = strange
		}
	}
	return problems, ctx.Err()
}

// strangeRows finds rows in the tables of an index that are of no segment, or of other types than
// FTS5 writes. FTS5 itself looks at what it needs alone.
func strangeRows(ctx context.Context, c Conn, table string) (problem string, err error) {
	blocks, err := column[[]byte](ctx, c, "SELECT block FROM main."+table+"_data WHERE id = 10")
	if err != nil || len(blocks) == 0 {
		return "", err
	}
	structure, err := postings.ParseStructure(blocks[0])
	if err != nil {
		return "", nil // of a form that is not known: nothing can be said
	}
	ids := []uint64{}
	for _, level := range structure.Levels {
		for _, g := range level {
			ids = append(ids, g.ID)
		}
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return "", err
	}
	for _, of := range []struct{ shadow, strange string }{
		{"data", fmt.Sprintf("typeof(block) <> 'blob' OR id NOT IN (1, 10) AND id >> %d NOT IN (SELECT value FROM json_each(?))", segmentShift)},
		{"idx", "typeof(segid) <> 'integer' OR typeof(term) <> 'blob' OR typeof(pgno) <> 'integer' OR segid NOT IN (SELECT value FROM json_each(?))"},
	} {
		n, err := column[int64](ctx, c, "SELECT count(*) FROM main."+table+"_"+of.shadow+" WHERE "+of.strange, string(list))
		if err != nil {
			return "", err
		}
		if n[0] > 0 {
			return fmt.Sprintf("%d rows of %s_%s are of no part of the index", n[0], table, of.shadow), nil
		}
	}
	return "", nil
}

// copyIndex makes a temporary table of FTS5, named copy_ before its name, that is as the one of the file.
func copyIndex(ctx context.Context, c Conn, table, content string, shadows []string) error {
	texts := []string{"CREATE TEMP VIEW copy_" + content + " AS SELECT * FROM main." + content}
	for _, s := range tables {
		if rest, ok := strings.CutPrefix(s, "CREATE VIRTUAL TABLE "+table+" USING"); ok {
			texts = append(texts, "CREATE VIRTUAL TABLE temp.copy_"+table+" USING"+strings.Replace(rest, "'"+content+"'", "'copy_"+content+"'", 1))
		}
	}
	for _, s := range shadows {
		name := table + "_" + s
		texts = append(texts, "DELETE FROM temp.copy_"+name, "INSERT INTO temp.copy_"+name+" SELECT * FROM main."+name)
	}
	for _, text := range texts {
		if _, err := c.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
