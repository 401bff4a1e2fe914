package index

import "context"

// FTS5 puts what a transaction adds into a segment of its own, and merges segments as they
// come: four into one, four of those into one, and so on. Of many transactions in a row
// each text would be written as often as there are such levels, within commits. So a bulk
// leaves its segments as they are, and merges them once, a little at a time. Who writes
// meanwhile, or after a bulk that ended early, does its share of that, and not all at once:
// settings of the definition sees to it.

// automerge is how many segments FTS5 merges when nobody says otherwise.
const automerge = 4

const (
	sqlTell = "INSERT INTO search (search, rank)\nVALUES (?, ?)"
	// A savepoint makes FTS5 write what it has in memory, which it would else do within
	// COMMIT, where its failure is the failure of everything.
	sqlWritten     = "SAVEPOINT written"
	sqlWrittenDone = "RELEASE written"
)

// PutDown makes FTS5 write what it has in memory.
func PutDown(ctx context.Context, c Conn) error {
	if _, err := c.Exec(ctx, sqlWritten); err != nil {
		return err
	}
	_, err := c.Exec(ctx, sqlWrittenDone)
	return err
}

// Unmerged runs fn, and puts what that writes into a segment of its own that Merge must
// take up later. What FTS5 is told for it ends with the transaction, however that ends.
func Unmerged(ctx context.Context, c Conn, fn func() error) error {
	if _, err := c.Exec(ctx, sqlTell, "automerge", 0); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	if err := PutDown(ctx, c); err != nil {
		return err
	}
	_, err := c.Exec(ctx, sqlTell, "automerge", automerge)
	return err
}

// mergePages is how many leaves a step of Merge writes, at about 4 KB.
const mergePages = 1024

// MergeAll begins to merge all segments into one, for Merge to go on with.
func MergeAll(ctx context.Context, c Conn) error {
	_, err := c.Exec(ctx, sqlTell, "merge", -mergePages)
	return err
}

// Merge goes a step on in merging segments of which there are several of a size. It tells
// whether it found any.
func Merge(ctx context.Context, c Conn) (more bool, err error) { return mergeStep(ctx, c, sqlTell) }

// mergeStep is Merge of the table that a statement tells.
func mergeStep(ctx context.Context, c Conn, tell string) (more bool, err error) {
	before, err := changes(ctx, c)
	if err != nil {
		return false, err
	}
	if _, err := c.Exec(ctx, tell, "merge", mergePages); err != nil {
		return false, err
	}
	after, err := changes(ctx, c)
	return after-before > 1, err // the statement itself counts as one
}

// changes is how many rows the connection has written so far.
func changes(ctx context.Context, c Conn) (int64, error) {
	n, err := column[int64](ctx, c, "SELECT total_changes()")
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

// A search looks into every segment. FTS5 merges those of small transactions only after 64 of
// them, so Tidy does it sooner, a little at a time. Of many and large ones, which only a
// bulk leaves that ended early, even a little costs a commit too much: those are for Merge.
const (
	tidyFrom  = 24 // more segments than that
	tidyMost  = 80
	tidyPages = 64 // leaves that it writes at most
)

const (
	sqlStructures = "SELECT block FROM search_data WHERE id = 10\nUNION ALL\nSELECT block FROM search_word_parts_data WHERE id = 10"
	sqlTellParts  = "INSERT INTO search_word_parts (search_word_parts, rank)\nVALUES (?, ?)"
)

// Tidy merges some segments where they have become many. FTS5 must have written what it
// holds in memory.
func Tidy(ctx context.Context, c Conn) error {
	texts, words, err := Segments(ctx, c)
	if err != nil {
		return err
	}
	if texts > tidyFrom && texts <= tidyMost {
		if _, err := c.Exec(ctx, sqlTell, "merge", tidyPages); err != nil {
			return err
		}
	}
	if words > tidyFrom && words <= tidyMost {
		_, err = c.Exec(ctx, sqlTellParts, "merge", tidyPages)
	}
	return err
}

// Untidy tells whether there are so many segments that Tidy leaves them to Merge.
func Untidy(ctx context.Context, c Conn) (bool, error) {
	texts, _, err := Segments(ctx, c)
	return texts > tidyMost, err
}

// Segments counts the segments of the texts, and those of the list of words.
func Segments(ctx context.Context, c Conn) (texts, words int, err error) {
	blocks, err := column[[]byte](ctx, c, sqlStructures)
	if err != nil || len(blocks) != 2 {
		return 0, 0, err
	}
	return segments(blocks[0]), segments(blocks[1]), nil
}

// segments reads how many there are from FTS5's record of them: behind a counter of 4 bytes
// and the number of levels. Of another form it says none.
func segments(block []byte) int {
	switch {
	case len(block) < 7 || block[4] >= 0x80:
		return 0
	case block[5] < 0x80:
		return int(block[5])
	case block[6] < 0x80:
		return int(block[5]&0x7f)<<7 | int(block[6])
	}
	return 1 << 14
}

// Texts counts the texts in the index.
func Texts(ctx context.Context, c Conn) (int64, error) {
	n, err := column[int64](ctx, c, "SELECT count(*) FROM search_rows")
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}
