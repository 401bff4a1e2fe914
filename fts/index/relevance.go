package index

import (
	"context"
	"errors"

	"taskstore/fts"
	"taskstore/fts/postings"
)

const sqlScores = `SELECT rowid, -bm25(search, 6.0, 1.0, 4.0, 0.7, 0.0)
FROM search
WHERE search MATCH ? AND rowid BETWEEN ? AND ?
  AND +rowid IN (SELECT value FROM json_each(?))`

// Scores gives matches their relevance: see postings.Scores. Where that cannot read FTS5's tables,
// FTS5 ranks, and share is 0. What FTS5 holds in memory must have been written.
func Scores(ctx context.Context, c Conn, m fts.Match, w fts.Words, list []Found) (share float64, err error) {
	texts := make([]postings.Text, len(list))
	for i, f := range list {
		texts[i] = postings.Text{PK: f.PK, Sizes: f.sizes, Begun: f.begun}
	}
	share, err = postings.Scores(ctx, querier{c}, w, texts)
	if errors.Is(err, postings.ErrUnknown) {
		if m == "" {
			return 0, nil
		}
		return 0, scoresOfFTS5(ctx, c, m, list)
	}
	for i := range list {
		list[i].Score = texts[i].Score
	}
	return share, err
}

// scoresOfFTS5 is Scores by FTS5's own means. It runs through all matches between the
// first and the last of these, and ranks these.
func scoresOfFTS5(ctx context.Context, c Conn, m fts.Match, list []Found) error {
	at := make(map[int64]*Found, len(list))
	for i := range list {
		at[list[i].PK] = &list[i]
	}
	r, pks, err := keysOf(list)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, sqlScores, string(m), r.From, r.To, pks)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var pk int64
		var score float64
		if err := errors.Join(ctx.Err(), rows.Scan(&pk, &score)); err != nil {
			return err
		}
		at[pk].Score = score
	}
	return errors.Join(rows.Err(), rows.Close())
}
