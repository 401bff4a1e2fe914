package index

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"taskstore/fts"
	"taskstore/schema"
)

// A word can be found by any part of it through the list of all words that ever
// were indexed: a trigram index over that list, which is small, gives the words
// that have the part, and those are looked for. The list is not kept up at each
// commit: texts that are new are noted, and looked through when a part is asked for.

// MaxInner is how many words a part may be inside of.
const MaxInner = 200

const (
	sqlUnlisted = `SELECT j.value
FROM json_each(?) AS j
WHERE NOT EXISTS (SELECT 1 FROM search_words AS w WHERE w.word = j.value)`
	sqlAddWord   = "INSERT INTO search_words (word)\nVALUES (?)"
	sqlIndexWord = "INSERT INTO search_word_parts (rowid, word)\nVALUES (?, ?)"
)

// addWords puts words into the list.
func addWords(ctx context.Context, c Conn, words map[string]bool) error {
	if len(words) == 0 {
		return nil
	}
	list := make([]string, 0, len(words))
	for w := range words {
		list = append(list, w)
	}
	slices.Sort(list)
	asked, err := json.Marshal(list)
	if err != nil {
		return err
	}
	unlisted, err := column[string](ctx, c, sqlUnlisted, string(asked))
	if err != nil {
		return err
	}
	for _, w := range unlisted {
		res, err := c.Exec(ctx, sqlAddWord, w)
		if err != nil {
			return err
		}
		pk, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if _, err := c.Exec(ctx, sqlIndexWord, pk, w); err != nil {
			return err
		}
	}
	return nil
}

const sqlNewTexts = "SELECT n.pk, coalesce(t.title, ''), coalesce(t.body, '')\nFROM search_new AS n\nLEFT JOIN search_text AS t ON t.pk = n.pk\nORDER BY n.pk\nLIMIT ?"

// ListWords takes up at most limit of the texts whose words are not in the list,
// and tells how many those were.
func ListWords(ctx context.Context, c Conn, limit int) (int, error) {
	words := map[string]bool{}
	pks, err := eachText(ctx, c, sqlNewTexts, []any{limit}, func(title, body string) { fts.WordsOf(words, title, body) })
	if err != nil {
		return 0, err
	}
	if err := addWords(ctx, c, words); err != nil {
		return 0, err
	}
	for _, pk := range pks {
		if _, err := c.Exec(ctx, "DELETE FROM search_new WHERE pk = ?", pk); err != nil {
			return 0, err
		}
	}
	return len(pks), nil
}

// eachText calls fn with the texts that a statement gives: key, title, body.
func eachText(ctx context.Context, c Conn, text string, args []any, fn func(title, body string)) (pks []int64, err error) {
	rows, err := c.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var pk int64
		var title, body string
		if err := rows.Scan(&pk, &title, &body); err != nil {
			return nil, err
		}
		fn(title, body)
		pks = append(pks, pk)
	}
	return pks, rows.Err()
}

// ForgetWords empties the list of words and notes all texts as not listed.
func ForgetWords(ctx context.Context, c Conn) error {
	for _, text := range []string{
		"INSERT INTO search_word_parts (search_word_parts) VALUES ('delete-all')",
		"DELETE FROM search_words",
		"INSERT OR IGNORE INTO search_new (pk) SELECT pk FROM search_text",
	} {
		if _, err := c.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// Unlisted counts the texts whose words are not in the list, up to limit.
func Unlisted(ctx context.Context, c Conn, limit int) (int64, error) {
	n, err := column[int64](ctx, c, "SELECT count(*) FROM (SELECT 1 FROM search_new LIMIT ?)", limit)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

const sqlWithPart = "SELECT w.word\nFROM search_word_parts AS p\nCROSS JOIN search_words AS w ON w.pk = p.rowid\nWHERE p.word MATCH ?\nLIMIT ?"

// Inner gives the words that have a part: from the list, and from the texts that
// are not in it yet. A part of fewer than three characters is not looked for.
func Inner(ctx context.Context, c Conn, part string) ([]string, error) {
	part, ok := fts.FoldedPart(part)
	if !ok {
		return nil, nil
	}
	list, err := column[string](ctx, c, sqlWithPart, fts.Quote(part), MaxInner+1)
	if err != nil {
		return nil, err
	}
	words := map[string]bool{}
	if _, err := eachText(ctx, c, sqlNewTexts, []any{1 << 30}, func(title, body string) { fts.WordsOf(words, title, body) }); err != nil {
		return nil, err
	}
	for w := range words {
		if strings.Contains(w, part) {
			list = append(list, w)
		}
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) > MaxInner {
		return nil, &schema.InvalidError{Kind: "search", Field: "query", Problem: fmt.Sprintf("*%s* is a part of more than %d words; type more of it", part, MaxInner)}
	}
	return list, nil
}
