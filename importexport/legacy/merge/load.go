package merge

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/sqlitedb"
)

// Loader fills a Stage in one transaction. It is a Sink. The candidates are identified,
// summed, packed and stored on a goroutine of their own, while the scan goes on.
type Loader struct {
	queue  queue
	caller context.Context
	ctx    context.Context // of the statements: one that can be cancelled costs them a goroutine each
	stage  *Stage
	tx     *sql.Tx
	candidate, stray, quarantine, file,
	warning, hint, synthesized *sql.Stmt
}

var _ record.Sink = (*Loader)(nil)

// Load begins to fill the stage. The context counts until Finish or Close.
func (s *Stage) Load(ctx context.Context) (l *Loader, err error) {
	defer sqlitedb.Wrap(&err, "begin to fill the stage")
	l = &Loader{caller: ctx, ctx: context.WithoutCancel(ctx), stage: s}
	if l.tx, err = s.DB.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&l.candidate, `INSERT INTO candidates (collection, id, file, pointer, seq, rank, time, at, version, damaged, doubtful,
			whole, spread, composed, part, code, kind, sum, size, packed, raw, form, path, member, inline)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`},
		{&l.stray, `INSERT INTO strays (collection, file, pointer, seq, reason, packed, raw) VALUES (?,?,?,?,?,?,?)`},
		{&l.quarantine, `INSERT INTO quarantine (file, reason) VALUES (?,?) ON CONFLICT DO NOTHING`},
		{&l.file, `INSERT INTO files (path, format, status, key, rank, bytes, sha256, mod, records) VALUES (?,?,?,?,?,?,?,?,?)`},
		{&l.warning, `INSERT INTO warnings (file, collection, code, id, detail, more) VALUES (?,'',?,?,?,?)`},
		{&l.hint, `INSERT INTO hints (collection, id, rank, file, time, deleted, raw) VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`},
		{&l.synthesized, `INSERT INTO synthesized (list, id, n) VALUES (?,?,1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n`},
	} {
		if *p.stmt, err = l.tx.PrepareContext(ctx, p.text); err != nil {
			return nil, errors.Join(err, l.tx.Rollback())
		}
	}
	l.queue.start(l.insert)
	return l, nil
}

// Candidate stages a record. It gets its id there if it has none, and a typed
// topic its collection. An error may be that of an earlier one.
func (l *Loader) Candidate(c record.Candidate) error {
	err := l.caller.Err()
	if err == nil {
		return l.queue.put(c)
	}
	sqlitedb.Wrap(&err, "stage %s%s", c.File, c.Pointer)
	return err
}

// insert stores a candidate, on the queue's goroutine.
func (l *Loader) insert(c record.Candidate) error {
	list, _ := rawjson.Members(c.Raw)
	kind, found := identify(&c, list)
	if c.ID == "" {
		var err error
		if c.ID, err = l.synthesize(c); err != nil {
			return err
		}
		found = append(found, record.Warning{Code: "null-required", ID: c.ID, Detail: c.Pointer + " has no id of its own"})
	}
	for _, w := range found {
		if err := l.warn(c.File, w); err != nil {
			return err
		}
	}
	a := ageOfMembers(c.Collection, list)
	if c.Updated != 0 {
		a.At = c.Updated
	}
	return l.store(c, kind, a)
}

func (l *Loader) store(c record.Candidate, kind string, a age) error {
	var sum rawjson.Sum
	if len(c.Raw) > 0 {
		var err error
		if sum, err = rawjson.Hash(c.Raw); err != nil {
			return err
		}
	}
	raw, packed := l.stage.pack(c.Raw)
	var form, path, member string
	var inline []byte
	if c.Content != nil {
		form, path, member = c.Content.Form, c.Content.Path, c.Content.Member
		if c.Content.Inline != "" {
			inline = l.stage.zip.EncodeAll([]byte(c.Content.Inline), nil)
		}
	}
	_, err := l.candidate.ExecContext(l.ctx, c.Collection, c.ID, c.File, c.Pointer, c.Seq, int(c.Rank), c.Time, a.At, a.Version,
		c.Damaged, c.Doubtful, c.Whole, c.Spread, c.Composed, c.Part, c.Code, kind, sum[:], len(c.Raw), packed, raw, form, path, member, inline)
	return err
}

// synthesize makes the id of a record without one; equal records of one list are
// told apart by a number.
func (l *Loader) synthesize(c record.Candidate) (string, error) {
	if len(c.Raw) == 0 {
		return "", errors.New("a record needs an id or a text")
	}
	id, err := synthesize(c)
	if err != nil {
		return "", err
	}
	var n int
	err = l.synthesized.QueryRowContext(l.ctx, listOf(c), id).Scan(&n)
	return twin(id, n), err
}

func (l *Loader) warn(file string, w record.Warning) error {
	_, err := l.warning.ExecContext(l.ctx, file, w.Code, w.ID, w.Detail, 0)
	return err
}

// Stray stages a value that is no record; it counts as quarantined.
func (l *Loader) Stray(v record.Stray) (err error) {
	defer sqlitedb.Wrap(&err, "stage the stray value %s%s", v.File, v.Pointer)
	raw, packed := l.stage.pack(v.Raw)
	_, err = l.stray.ExecContext(l.ctx, v.Collection, v.File, v.Pointer, v.Seq, v.Reason, packed, raw)
	return err
}

// Quarantine notes that the bytes of a file are to be kept.
func (l *Loader) Quarantine(path, reason string) (err error) {
	defer sqlitedb.Wrap(&err, "stage the quarantine of %s", path)
	_, err = l.quarantine.ExecContext(l.ctx, path, reason)
	return err
}

// File stages what is known about a file, its warnings included.
func (l *Loader) File(f record.File) (err error) {
	defer sqlitedb.Wrap(&err, "stage the file %s", f.Path)
	_, err = l.file.ExecContext(l.ctx, f.Path, f.Format, f.Status, f.Key, int(f.Rank), f.Bytes, f.SHA256, EpochMillis(f.ModTime), f.Records)
	for i := 0; err == nil && i < len(f.Warnings); i++ {
		err = l.warn(f.Path, f.Warnings[i])
	}
	for code, n := range f.More {
		if err == nil {
			_, err = l.warning.ExecContext(l.ctx, f.Path, code, "", "", n)
		}
	}
	return err
}

// Hint stages what an index or a log says about an id.
func (l *Loader) Hint(h record.Hint) (err error) {
	defer sqlitedb.Wrap(&err, "stage the hint %s %q", h.Collection, h.ID)
	_, err = l.hint.ExecContext(l.ctx, h.Collection, h.ID, int(h.Rank), h.File, h.Time, h.Deleted, []byte(h.Raw))
	return err
}

// Finish ends the loading; the stage can be merged then. Records out of a damaged
// gzip stream become doubtful here, since the damage shows at its end. now is the time against
// which clocks that run ahead are told.
func (l *Loader) Finish(now time.Time) (err error) {
	defer sqlitedb.Wrap(&err, "finish the stage")
	if err := l.queue.finish(); err != nil {
		return err
	}
	if _, err := l.tx.ExecContext(l.ctx, `
		CREATE INDEX candidates_by_id ON candidates (collection, id);
		CREATE INDEX warnings_by_file ON warnings (file)`); err != nil {
		return err
	}
	if _, err := l.tx.ExecContext(l.ctx, `
		UPDATE candidates SET doubtful = 1 WHERE file IN (SELECT file FROM warnings WHERE code = 'gzip-error')`); err != nil {
		return err
	}
	if err := apart(l.ctx, l.tx); err != nil {
		return err
	}
	if err := clocks(l.ctx, l.tx, now); err != nil {
		return err
	}
	return l.tx.Commit()
}

// Close gives up loading; after Finish it does nothing. A stage that was given up
// is of no use.
func (l *Loader) Close() error {
	l.queue.close()
	if err := l.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// EpochMillis returns epoch milliseconds, 0 for the zero time.
func EpochMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// apart tells records apart that stand at one place in their file, behind members of the same
// name: the account of an import knows each by file and place. The mark is none that a pointer
// can have.
func apart(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE candidates AS c
		SET pointer = pointer || '~' || n
		FROM (
			SELECT pk AS twin, row_number() OVER (PARTITION BY file, pointer ORDER BY pk) AS n
			FROM candidates
			WHERE NOT composed)
		WHERE twin = c.pk AND n > 1`)
	return err
}
