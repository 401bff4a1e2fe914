package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"taskstore/fts"
	"taskstore/schema"
)

// A word can be found by any part of it through the list of all words that ever
// were indexed: a trigram index over that list, which is small, gives the words
// that have the part, and those are looked for. The transaction that indexes a text
// lists the words of it that are new, so that no search has to catch up.

// MaxInner is how many words a part may be inside of.
const MaxInner = 200

const (
	sqlUnlisted = `SELECT j.value
FROM json_each(?) AS j
WHERE NOT EXISTS (SELECT 1 FROM search_words AS w WHERE w.word = j.value)`
	sqlAddWord   = "INSERT INTO search_words (word)\nVALUES (?)"
	sqlIndexWord = "INSERT INTO search_word_parts (rowid, word)\nVALUES (?, ?)"
)

// unlisted gives those of some words that the list lacks.
func unlisted(ctx context.Context, c Conn, words map[string]bool) ([]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	asked, err := json.Marshal(slices.Sorted(maps.Keys(words)))
	if err != nil {
		return nil, err
	}
	return column[string](ctx, c, sqlUnlisted, string(asked))
}

// addWords puts words into the list.
func addWords(ctx context.Context, c Conn, words map[string]bool) error {
	list, err := unlisted(ctx, c, words)
	if err != nil {
		return err
	}
	for _, w := range list {
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

// newWords gives the words of texts that come into the index. Those of the texts that they
// take the place of are in the list.
func newWords(into map[string]bool, wrong []stored, lacking []int, rows []fts.Row) {
	words := into
	if len(wrong) > 0 {
		words = map[string]bool{}
	}
	for _, i := range lacking {
		fts.WordsOf(words, rows[i].Title, rows[i].Body)
	}
	if len(wrong) == 0 {
		return
	}
	old := map[string]bool{}
	for i := range wrong {
		fts.WordsOf(old, wrong[i].Title, wrong[i].Body)
	}
	for w := range words {
		if !old[w] {
			into[w] = true
		}
	}
}

const sqlTextsAfter = `SELECT pk, title, body
FROM search_text
WHERE pk > ?
ORDER BY pk
LIMIT ?`

// wordsAfter gives the words of some texts that come after one, and the last of those;
// no words are the end.
func wordsAfter(ctx context.Context, c Conn, last int64, limit int) (map[string]bool, int64, error) {
	rows, err := c.Query(ctx, sqlTextsAfter, last, limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	words, n := map[string]bool{}, 0
	for ; rows.Next(); n++ {
		var title, body string
		if err := rows.Scan(&last, &title, &body); err != nil {
			return nil, 0, err
		}
		fts.WordsOf(words, title, body)
	}
	if n == 0 {
		words = nil
	}
	return words, last, errors.Join(rows.Err(), rows.Close())
}

// IndexWords makes the index of the list of words anew.
func IndexWords(ctx context.Context, c Conn) error {
	_, err := c.Exec(ctx, "INSERT INTO search_word_parts (search_word_parts) VALUES ('rebuild')")
	return err
}

// textPage is how many texts ListWords reads.
const textPage = 500

// FirstText is before all texts, for ListWords.
const FirstText = math.MinInt64

// ListWords completes the list of words by those of some texts that come after one,
// and gives the last of them; more is false if there are none.
func ListWords(ctx context.Context, c Conn, after int64) (last int64, more bool, err error) {
	words, last, err := wordsAfter(ctx, c, after, textPage)
	if err != nil {
		return last, false, err
	}
	return last, words != nil, addWords(ctx, c, words)
}

const sqlWithPart = "SELECT w.word\nFROM search_word_parts AS p\nCROSS JOIN search_words AS w ON w.pk = p.rowid\nWHERE p.word MATCH ?\nLIMIT ?"

// Inner gives the words of the list that have a part. A part of fewer than three characters
// is not looked for.
func Inner(ctx context.Context, c Conn, part string) ([]string, error) {
	part, ok := fts.FoldedPart(part)
	if !ok {
		return nil, nil
	}
	list, err := column[string](ctx, c, sqlWithPart, fts.Quote(part), MaxInner+1)
	if err != nil {
		return nil, err
	}
	if slices.Sort(list); len(list) > MaxInner {
		return nil, &schema.InvalidError{Kind: "search", Field: "query", Problem: fmt.Sprintf("*%s* is a part of more than %d words; type more of it", part, MaxInner)}
	}
	return list, nil
}
