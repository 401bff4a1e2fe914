package archive

import (
	"context"
	"fmt"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/repo/history"
	"taskstore/schema"
)

// Loader brings the history of an archive, and its ledger of imports, into a store, after
// its records.
type Loader struct {
	from    *Reader
	tx      *repo.Tx
	created map[repo.Ref]bool
	before  int64           // the last revision that was here before any came
	kept    map[int64]int64 // keys of the revisions that came, by those that they had
	ledger  *ledger.Arrival
	came    int // revisions
	left    int
}

// NewLoader begins to bring in an archive. It comes before the first record: an empty
// store keeps history from now on for as long as the one did that the archive is of.
func (a *Reader) NewLoader(ctx context.Context, tx *repo.Tx) (*Loader, error) {
	l := &Loader{from: a, tx: tx, created: map[repo.Ref]bool{}, kept: map[int64]int64{}, ledger: ledger.NewArrival()}
	if a.Manifest.Retention == "" {
		return l, nil
	}
	keep, err := time.ParseDuration(a.Manifest.Retention)
	if err != nil || keep < 0 {
		return nil, fmt.Errorf("%w: its retention is %q", ErrDamaged, a.Manifest.Retention)
	}
	return l, tx.AdoptRetention(ctx, keep)
}

// Created says that a record of the archive is new here: it gets the revision and the
// time that the archive says, and its history may come.
func (l *Loader) Created(ctx context.Context, of repo.Ref, rev int64, savedAt schema.Time) error {
	l.created[of] = true
	return l.tx.Stamp(ctx, of, rev, savedAt)
}

// History brings in what is wanted of the history and of the ledger, once all records are
// in, and tells how many revisions came and how many were left. The history of a record comes if the
// record was Created, or is not here, unless the store has a history of it; a run of an
// import comes if the store does not know it. progress, if it is not nil, is told how
// many rows of a table it has read.
func (l *Loader) History(ctx context.Context, progress func(table string, rows int)) (came, left int, err error) {
	err = l.tx.WriteSQL(ctx, func(ctx context.Context, c sqlitedb.Conn, _ schema.Time) error {
		// What the records did to the history is here already, and is not what comes.
		if err := c.Get(ctx, &l.before, "SELECT coalesce(max(pk), 0) FROM revisions"); err != nil {
			return err
		}
		for _, table := range tables() {
			if err := l.table(ctx, c, table, progress); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	return l.came, l.left, err
}

func (l *Loader) table(ctx context.Context, c sqlitedb.Conn, table string, progress func(string, int)) error {
	path := tablesFolder + table + ".ndjson"
	if l.from.files[path] == nil {
		return nil // of an older version
	}
	n := 0
	return l.from.lines(ctx, path, func(number int, text []byte) error {
		row, err := readRow(text)
		if err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrDamaged, number, err)
		}
		if n++; progress != nil {
			progress(table, n)
		}
		err = l.bring(ctx, c, table, row)
		if sqlitedb.IsConstraint(err) {
			err = fmt.Errorf("%w: line %d: it is no row of this table", ErrDamaged, number)
		}
		return err
	})
}

// bring writes a row if it is wanted, under the keys that it has here.
func (l *Loader) bring(ctx context.Context, c sqlitedb.Conn, table string, row map[string]any) error {
	switch table {
	case tableRevisions:
		wanted, err := l.wantsRevision(ctx, c, row)
		if err != nil || !wanted {
			l.left++
			return err
		}
		pk, _ := row["pk"].(int64)
		l.came++
		l.kept[pk], err = history.LoadRevision(ctx, c, row)
		return err
	case tableRevisionContents:
		of, _ := row["revision_pk"].(int64)
		sha, _ := row["sha256"].(string)
		revision, came := l.kept[of]
		if !came {
			return nil
		}
		return history.LoadContents(ctx, c, revision, sha)
	case tableTombstones:
		of := refOf(row)
		wanted, err := l.wantsRecord(ctx, c, of)
		if err != nil || !wanted {
			return err
		}
		rev, _ := row["rev"].(int64)
		at, _ := row["purged_at"].(string)
		return history.LoadTombstone(ctx, c, of.Kind, of.ID, rev, schema.Time(at))
	}
	_, err := l.ledger.Bring(ctx, c, table, row)
	return err
}

func refOf(row map[string]any) (of repo.Ref) {
	of.Kind, _ = row["kind"].(string)
	of.ID, _ = row["id"].(string)
	return of
}

// wantsRevision tells whether a revision comes: not where the store has a history of
// its own of that record, or that very revision of one whose id nobody knows.
func (l *Loader) wantsRevision(ctx context.Context, c sqlitedb.Conn, row map[string]any) (wanted bool, err error) {
	of := refOf(row)
	if row["id"] == nil {
		err = c.Get(ctx, &wanted, `SELECT NOT EXISTS (SELECT 1 FROM revisions
WHERE kind = ? AND id IS NULL AND pk <= ? AND part = ? AND at = ? AND body = ?)`, of.Kind, l.before, row["part"], row["at"], row["body"])
		return wanted, err
	}
	err = c.Get(ctx, &wanted, "SELECT NOT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND pk <= ?)", of.Kind, of.ID, l.before)
	if err != nil || !wanted {
		return false, err
	}
	return l.wantsRecord(ctx, c, of)
}

// wantsRecord tells whether what the archive says of a record is about the one that is
// here, or about none.
func (l *Loader) wantsRecord(ctx context.Context, c sqlitedb.Conn, of repo.Ref) (bool, error) {
	if l.created[of] {
		return true, nil
	}
	k, err := repo.KindOf(of.Kind)
	if err != nil {
		return true, nil // a kind of a newer store: its history is kept
	}
	id := "id"
	if !k.IsEntity() {
		id = "key"
	}
	var there bool
	err = c.Get(ctx, &there, "SELECT EXISTS (SELECT 1 FROM "+k.Plural+" WHERE "+id+" = ?)", of.ID)
	return !there, err
}
