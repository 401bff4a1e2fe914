package merge

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"

	"github.com/go-json-experiment/json/jsontext"
)

// maxUnaccounted is how many records Unaccounted lists at most.
const maxUnaccounted = 1000

// Unaccounted returns the candidates of these collections (of all, when none is
// named) of which it is not written down what became of them; the first thousand,
// without their texts. After a whole merge there are none.
func (s *Stage) Unaccounted(ctx context.Context, collections ...string) (list []record.Candidate, err error) {
	defer sqlitedb.Wrap(&err, "look for records that are unaccounted for")
	if len(collections) == 0 {
		collections = Collections
	}
	for _, collection := range collections {
		rows, err := s.rows(ctx, noText, `AND pk NOT IN (SELECT candidate FROM dispositions) ORDER BY pk LIMIT ?`,
			collection, maxUnaccounted-len(list))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.Candidate.Raw = nil
			list = append(list, r.Candidate)
		}
	}
	return list, nil
}

// Count tells how many candidates a collection has.
func (s *Stage) Count(ctx context.Context, collection string) (n int, err error) {
	defer sqlitedb.Wrap(&err, "count the records of %s", collection)
	err = s.DB.QueryRowContext(ctx, `SELECT count(*) FROM candidates WHERE collection = ?`, collection).Scan(&n)
	return n, err
}

// Accounted is a candidate and what became of it.
type Accounted struct {
	record.Candidate             // without its Raw; see Load
	Sum              rawjson.Sum // zero for one without a text of its own
	Disposition      string
	load             func(context.Context) (jsontext.Value, error)
}

// Load reads the record's text from the stage.
func (a Accounted) Load(ctx context.Context) (raw jsontext.Value, err error) {
	defer sqlitedb.Wrap(&err, "read %s%s", a.File, a.Pointer)
	return a.load(ctx)
}

// Accounts gives every candidate of a collection with its disposition, in id
// order, so that it can be compared with what the store holds. After an error the
// sequence ends.
func (s *Stage) Accounts(ctx context.Context, collection string) iter.Seq2[Accounted, error] {
	return func(yield func(Accounted, error) bool) {
		err := s.accounts(ctx, collection, yield)
		if err != nil && err != errLeft {
			sqlitedb.Wrap(&err, "list the records of %s", collection)
			yield(Accounted{}, err)
		}
	}
}

func (s *Stage) accounts(ctx context.Context, collection string, yield func(Accounted, error) bool) error {
	for after := ""; ; {
		rows, err := s.page(ctx, noText, collection, after)
		if err != nil || len(rows) == 0 {
			return err
		}
		what, err := s.dispositions(ctx, collection, rows[0].ID, rows[len(rows)-1].ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			a := Accounted{Candidate: r.Candidate, Sum: r.sum, Disposition: what[r.pk]}
			a.Raw = nil
			if r.size == 0 || r.Composed {
				a.Sum = rawjson.Sum{}
			}
			a.load = func(ctx context.Context) (jsontext.Value, error) { return s.text(ctx, r) }
			if !yield(a, nil) {
				return errLeft
			}
		}
		after = rows[len(rows)-1].ID
	}
}

func (s *Stage) dispositions(ctx context.Context, collection, from, to string) (map[int64]string, error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT pk, what
		FROM candidates
		JOIN dispositions ON candidate = pk
		WHERE collection = ? AND id BETWEEN ? AND ?`, collection, from, to)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	what := map[int64]string{}
	for found.Next() {
		var pk int64
		var w string
		if err := found.Scan(&pk, &w); err != nil {
			return nil, err
		}
		what[pk] = w
	}
	return what, found.Err()
}

// Strays gives the values that are no records, with their texts, in the order in
// which they were staged. After an error the sequence ends.
func (s *Stage) Strays(ctx context.Context) iter.Seq2[record.Stray, error] {
	return func(yield func(record.Stray, error) bool) {
		for after := int64(0); ; {
			v, pk, err := s.stray(ctx, after)
			if err != nil {
				sqlitedb.Wrap(&err, "list the stray values")
				yield(record.Stray{}, err)
				return
			}
			if pk == 0 || !yield(v, nil) {
				return
			}
			after = pk
		}
	}
}

// stray reads the stray value after a key; the key 0 means that there is none.
func (s *Stage) stray(ctx context.Context, after int64) (v record.Stray, pk int64, err error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT pk, collection, file, pointer, seq, reason, packed, raw
		FROM strays
		WHERE pk > ?
		ORDER BY pk
		LIMIT 1`, after)
	if err != nil {
		return v, 0, err
	}
	defer found.Close()
	if !found.Next() {
		return v, 0, found.Err()
	}
	var packed bool
	var raw []byte
	if err := found.Scan(&pk, &v.Collection, &v.File, &v.Pointer, &v.Seq, &v.Reason, &packed, &raw); err != nil {
		return v, 0, err
	}
	v.Raw, err = s.unpack(raw, packed)
	return v, pk, err
}

// Quarantine is a file of which the bytes are to be kept.
//
// Code is that of the finding for which it is kept: the one with the reason, else the first
// that is not only a note.
type Quarantine struct{ Path, Reason, Code string }

// Quarantined returns the files of which the bytes are to be kept, by path.
func (s *Stage) Quarantined(ctx context.Context) (list []Quarantine, err error) {
	defer sqlitedb.Wrap(&err, "list the files to keep")
	if err := s.settled(ctx); err != nil {
		return nil, err
	}
	found, err := s.DB.QueryContext(ctx, `
		SELECT file, reason, coalesce(
			(SELECT max(code) FROM warnings AS w WHERE w.file = q.file AND id = '' AND detail = reason),
			(SELECT min(code) FROM warnings AS w WHERE w.file = q.file AND code NOT IN ('bom', 'conflict-version', 'stray-element')),
			(SELECT max(code) FROM warnings AS w WHERE w.file = q.file), '')
		FROM quarantine AS q
		ORDER BY file`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var q Quarantine
		if err := found.Scan(&q.Path, &q.Reason, &q.Code); err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, found.Err()
}

// Warn adds a finding about a file after the scan: what the import of a record or
// of an attachment's bytes brought to light.
func (s *Stage) Warn(ctx context.Context, file string, w record.Warning) (err error) {
	defer sqlitedb.Wrap(&err, "note %s of %s", w.Code, file)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, finding{file, w})
	if len(s.found) < PageRows {
		return nil
	}
	return s.writeFound(context.WithoutCancel(ctx))
}

// settled writes the findings that wait, before somebody reads them.
func (s *Stage) settled(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writeFound(context.WithoutCancel(ctx))
}

func (s *Stage) writeFound(ctx context.Context) error {
	if len(s.found) == 0 {
		return nil
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error { return insertFound(ctx, tx, "", s.found) })
	s.found = s.found[:0]
	return err
}

// insertFound writes findings; those of a merge go with its collection.
func insertFound(ctx context.Context, tx *sql.Tx, collection string, found []finding) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO warnings (file, collection, code, id, detail) VALUES (?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, f := range found {
		if _, err := stmt.ExecContext(ctx, f.file, collection, f.Code, f.ID, f.Detail); err != nil {
			return err
		}
	}
	return nil
}

// inTx runs fn in a transaction. What was decided is written, even at the end: fn's
// statements must not end with ctx.
func (s *Stage) inTx(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.DB.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
