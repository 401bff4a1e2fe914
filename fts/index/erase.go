package index

import (
	"context"
	"encoding/json"
	"errors"

	"taskstore/fts"
)

// What a text held is in two places still when the text is gone: FTS5 keeps its words in
// segments until those are merged, and the list of words keeps them for ever, for a part
// that is looked for in vain costs little. Who ends a text for good wants both gone.

// BeginWhole begins to merge all segments of each of FTS5's tables into one, which has
// nothing of texts that are gone; GoOnWhole goes on. It tells whether there is anything to do.
func BeginWhole(ctx context.Context, c Conn) (more bool, err error) {
	texts, words, err := Segments(ctx, c)
	if err != nil {
		return false, err
	}
	if texts > 1 {
		err = MergeAll(ctx, c)
	}
	if err == nil && words > 1 {
		_, err = c.Exec(ctx, sqlTellParts, "merge", -mergePages)
	}
	return texts > 1 || words > 1, err
}

// GoOnWhole goes a step on in what BeginWhole has begun, and tells whether there is more.
func GoOnWhole(ctx context.Context, c Conn) (more bool, err error) {
	texts, err := Merge(ctx, c)
	if err != nil {
		return false, err
	}
	words, err := mergeStep(ctx, c, sqlTellParts)
	return texts || words, err
}

// Word is a row of the list of words.
type Word struct {
	PK   int64
	Text string
}

// wordPage is how many words of the list are looked at in one statement.
const wordPage = 500

const (
	sqlWordsAfter = "SELECT pk, word\nFROM search_words\nWHERE pk > ?\nORDER BY pk\nLIMIT ?"
	// FTS5 is asked for each word by itself.
	sqlUnfound = `SELECT j.value ->> 0
FROM json_each(?) AS j
WHERE NOT EXISTS (SELECT 1 FROM search WHERE search MATCH j.value ->> 1)`
)

// UnfoundWords looks at words of the list that come after one, and gives those by which FTS5
// finds no text. last is the last that was looked at; more is false if there were none.
func UnfoundWords(ctx context.Context, c Conn, after int64) (list []Word, last int64, more bool, err error) {
	var w Word
	var page []Word
	rows, err := c.Query(ctx, sqlWordsAfter, after, wordPage)
	if err != nil {
		return nil, after, false, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&w.PK, &w.Text); err != nil {
			return nil, after, false, err
		}
		page = append(page, w)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(page) == 0 {
		return nil, after, false, err
	}
	list, err = unfound(ctx, c, page)
	return list, page[len(page)-1].PK, true, err
}

func unfound(ctx context.Context, c Conn, words []Word) (list []Word, err error) {
	asked := make([][2]any, len(words))
	for i, w := range words {
		asked[i] = [2]any{w.PK, fts.Quote(w.Text)}
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	pks, err := column[int64](ctx, c, sqlUnfound, string(text))
	if err != nil {
		return nil, err
	}
	gone := make(map[int64]bool, len(pks))
	for _, pk := range pks {
		gone[pk] = true
	}
	for _, w := range words {
		if gone[w.PK] {
			list = append(list, w)
		}
	}
	return list, nil
}

// KeepUsed takes words out of a set that the texts after one have, and gives the last of those
// texts: a rare character may keep FTS5 from finding a word that a text has. more is false if
// there were no texts.
func KeepUsed(ctx context.Context, c Conn, words map[string]bool, after int64) (last int64, more bool, err error) {
	used, last, err := wordsAfter(ctx, c, after, textPage)
	for w := range used {
		delete(words, w)
	}
	return last, used != nil, err
}

const (
	sqlUnlistWord  = "DELETE FROM search_words\nWHERE pk = ? AND word = ?"
	sqlUnindexWord = "INSERT INTO search_word_parts (search_word_parts, rowid, word)\nVALUES ('delete', ?, ?)"
)

// Unlist takes those of some words out of the list by which FTS5 finds no text, still.
func Unlist(ctx context.Context, c Conn, words []Word) error {
	list, err := unfound(ctx, c, words)
	if err != nil {
		return err
	}
	for _, w := range list {
		res, err := c.Exec(ctx, sqlUnlistWord, w.PK, w.Text)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			continue // somebody else has taken it out
		}
		if _, err := c.Exec(ctx, sqlUnindexWord, w.PK, w.Text); err != nil {
			return err
		}
	}
	return nil
}
