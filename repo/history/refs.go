package history

import (
	"context"
	"errors"
	"slices"

	"taskstore/internal/sqlitedb"
)

// RefRepair is what a repair of the references did, or with a dry run would do.
type RefRepair struct {
	States int64 `json:"states"` // revisions that were read
	Added  int64 `json:"added"`  // contents that a revision needs and that were not noted
	// Removed are notes of revisions that are not there.
	Removed int64 `json:"removed"`
}

const sqlNotesOfNone = "FROM revision_blobs\nWHERE NOT EXISTS (SELECT 1 FROM revisions WHERE pk = revision_pk)"

// notesAtOnce is how many revisions get their notes in one transaction.
const notesAtOnce = 256

// RepairRefs notes, for every revision, the contents that it needs. What is noted
// already stays: at worst it keeps a content.
func RepairRefs(ctx context.Context, db *sqlitedb.DB, dryRun bool, progress func(done, total int64)) (rep RefRepair, err error) {
	var list []LostRefs
	err = db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
		return EachLost(ctx, q, func(lost LostRefs, done, total int64) error {
			if len(lost.Sums) > 0 {
				list = append(list, lost)
			}
			rep.States, rep.Added = done, rep.Added+int64(len(lost.Sums))
			if progress != nil {
				progress(done, total)
			}
			return nil
		})
	})
	if err == nil {
		err = db.View(ctx, func(_ context.Context, q *sqlitedb.Tx) error {
			return q.Get(ctx, &rep.Removed, "SELECT count(*)\n"+sqlNotesOfNone)
		})
	}
	if err != nil || dryRun {
		return rep, err
	}
	if rep.Removed > 0 {
		err := db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
			_, err := q.Exec(ctx, "DELETE "+sqlNotesOfNone)
			return err
		})
		if err != nil {
			return rep, err
		}
	}
	for batch := range slices.Chunk(list, notesAtOnce) {
		err := db.Do(ctx, func(ctx context.Context, q *sqlitedb.Tx) (err error) {
			for _, lost := range batch {
				err = errors.Join(err, NoteContents(ctx, q, lost.Revision, lost.Sums))
			}
			return err
		})
		if err != nil {
			return rep, err
		}
	}
	return rep, nil
}
