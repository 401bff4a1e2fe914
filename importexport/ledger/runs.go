package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/schema"
)

// Run is one import of one source.
type Run struct {
	PK         int64       `db:"pk"`
	Source     string      `db:"source"` // directory or file
	SHA256     string      `db:"sha256"` // over the source's list of paths, sizes and hashes
	StartedAt  schema.Time `db:"started_at"`
	FinishedAt schema.Time `db:"finished_at"` // "" while it is not finished
	Verified   bool        `db:"verified"`
	Report     schema.JSON `db:"report"`
	// Files are the files of the report: JSON arrays, which follow each other, so that
	// many files need not be in memory, or in one row, at once.
	Files []schema.JSON `db:"-"`
}

const runColumns = `SELECT pk, source, sha256, started_at, coalesce(finished_at, '') AS finished_at, verified, coalesce(report, '') AS report
FROM legacy_runs
`

// Begin gives the run for a source with this hash: the one that is there, or a
// new one. A source that has changed is another run.
func (l Ledger) Begin(ctx context.Context, source, sha256 string) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "begin the import of %s", source)
	err = l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		run = Run{}
		err := c.Get(ctx, &run, runColumns+"WHERE sha256 = ?", sha256)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		res, err := c.Exec(ctx, "INSERT INTO legacy_runs (source, sha256, started_at)\nVALUES (?, ?, ?)", source, sha256, string(now))
		if err != nil {
			return err
		}
		run = Run{Source: source, SHA256: sha256, StartedAt: now}
		run.PK, err = res.LastInsertId()
		return err
	})
	return run, err
}

// Finish stores the report of a run, and the files of it part by part.
func (l Ledger) Finish(ctx context.Context, run Run, files iter.Seq2[schema.JSON, error]) (err error) {
	defer sqlitedb.Wrap(&err, "finish the import of %s", run.Source)
	return l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		if _, err := c.Exec(ctx, "DELETE FROM legacy_files WHERE run_pk = ?", run.PK); err != nil {
			return err
		}
		part := 0
		for text, err := range files {
			if err != nil {
				return err
			}
			if _, err := c.Exec(ctx, "INSERT INTO legacy_files (run_pk, part, files)\nVALUES (?, ?, ?)", run.PK, part, string(text)); err != nil {
				return err
			}
			part++
		}
		_, err := c.Exec(ctx, "UPDATE legacy_runs\nSET finished_at = ?, verified = ?, report = ?, sum = NULL\nWHERE pk = ?",
			string(now), run.Verified, string(run.Report), run.PK)
		return err
	})
}

// Run reads the run numbered pk, or the last one for 0, with its report. There is
// none: repo.ErrNotFound.
func (l Ledger) Run(ctx context.Context, pk int64) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "read the report of import %d", pk)
	if err := l.oneRun(ctx, &run, runColumns+"WHERE pk = ? OR ? = 0\nORDER BY pk DESC\nLIMIT 1", pk, pk); err != nil {
		return run, err
	}
	return run, l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &run.Files, "SELECT files FROM legacy_files\nWHERE run_pk = ?\nORDER BY part", run.PK)
	})
}

// RunOf reads the run of a source with this hash. There is none: repo.ErrNotFound.
func (l Ledger) RunOf(ctx context.Context, sha256 string) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "look for an import of this source")
	return run, l.oneRun(ctx, &run, runColumns+"WHERE sha256 = ?", sha256)
}

func (l Ledger) oneRun(ctx context.Context, run *Run, query string, args ...any) error {
	err := l.in.read(ctx, func(c sqlitedb.Conn) error { return c.Get(ctx, run, query, args...) })
	if errors.Is(err, sql.ErrNoRows) {
		return repo.ErrNotFound
	}
	return err
}

// Runs gives all runs, the latest first, without their reports.
func (l Ledger) Runs(ctx context.Context) (list []Run, err error) {
	defer sqlitedb.Wrap(&err, "list the imports")
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &list, "SELECT pk, source, sha256, started_at, coalesce(finished_at, '') AS finished_at, verified, '' AS report\nFROM legacy_runs\nORDER BY pk DESC")
	})
	return list, err
}

// Steps lists the steps of a run that are done, in ascending order.
func (l Ledger) Steps(ctx context.Context, run int64) (done []Step, err error) {
	defer sqlitedb.Wrap(&err, "list the steps of import %d", run)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &done, "SELECT version, done_at\nFROM legacy_steps\nWHERE run_pk = ?\nORDER BY version", run)
	})
	return done, err
}

// Step is a step of a run that is done.
type Step struct {
	Version int64       `db:"version"`
	DoneAt  schema.Time `db:"done_at"`
}

// AddStep notes that a step of a run is done.
func (l Ledger) AddStep(ctx context.Context, run, version int64) (err error) {
	defer sqlitedb.Wrap(&err, "note step %d of import %d", version, run)
	return l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		_, err := c.Exec(ctx, "INSERT INTO legacy_steps (run_pk, version, done_at)\nVALUES (?, ?, ?)\nON CONFLICT (run_pk, version) DO NOTHING",
			run, version, string(now))
		return err
	})
}
