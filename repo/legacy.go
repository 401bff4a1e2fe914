package repo

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/schema"
)

// Legacy is the store's record of imports: what was read from where, where each
// record of it went, and what could not be read.
type Legacy struct{ in scope }

// Legacy gives the record of imports.
func (s *Store) Legacy() Legacy { return Legacy{s} }

// Legacy gives the record of imports within the transaction.
func (tx *Tx) Legacy() Legacy { return Legacy{tx} }

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

// Record says where one record of a source went.
type Record struct {
	File        string `db:"file"`
	Pointer     string `db:"pointer"`
	Collection  string `db:"collection"`
	ID          string `db:"id"`
	SHA256      string `db:"sha256"`
	Disposition string `db:"disposition"` // live, recovered, revision, duplicate or quarantined
	// Of a record that is live or recovered: the rank and time of its source,
	// and the revision that the import made of it.
	Rank int64 `db:"rank"`
	Time int64 `db:"time"` // ms since 1970; 0 unknown
	Rev  int64 `db:"rev"`
}

// Quarantined is something that could not be read; its bytes are a content.
type Quarantined struct {
	PK      int64       `db:"pk" json:"id"`
	Run     int64       `db:"run_pk" json:"run"`
	File    string      `db:"file" json:"file"`
	Pointer string      `db:"pointer" json:"pointer"`
	Code    string      `db:"code" json:"code"`
	Reason  string      `db:"reason" json:"reason"`
	Blob    string      `db:"blob" json:"sha256"`
	Size    int64       `db:"size" json:"size"`
	AddedAt schema.Time `db:"added_at" json:"added_at"`
}

const runColumns = `SELECT pk, source, sha256, started_at, coalesce(finished_at, '') AS finished_at, verified, coalesce(report, '') AS report
FROM legacy_runs
`

// Begin gives the run for a source with this hash: the one that is there, or a
// new one. A source that has changed is another run.
func (l Legacy) Begin(ctx context.Context, source, sha256 string) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "begin the import of %s", source)
	err = l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		run = Run{}
		err := q.Get(ctx, &run, runColumns+"WHERE sha256 = ?", sha256)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		now := l.in.now()
		res, err := q.Exec(ctx, "INSERT INTO legacy_runs (source, sha256, started_at)\nVALUES (?, ?, ?)", source, sha256, string(now))
		if err != nil {
			return err
		}
		run = Run{Source: source, SHA256: sha256, StartedAt: now}
		run.PK, err = res.LastInsertId()
		return err
	})
	return run, err
}

// Finish stores the report of a run, and the files of it part by part. It may ask for
// the parts more than once.
func (l Legacy) Finish(ctx context.Context, run Run, files iter.Seq2[schema.JSON, error]) (err error) {
	defer sqlitedb.Wrap(&err, "finish the import of %s", run.Source)
	return l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		if _, err := q.Exec(ctx, "DELETE FROM legacy_files WHERE run_pk = ?", run.PK); err != nil {
			return err
		}
		part := 0
		for text, err := range files {
			if err != nil {
				return err
			}
			if _, err := q.Exec(ctx, "INSERT INTO legacy_files (run_pk, part, files)\nVALUES (?, ?, ?)", run.PK, part, string(text)); err != nil {
				return err
			}
			part++
		}
		_, err := q.Exec(ctx, "UPDATE legacy_runs\nSET finished_at = ?, verified = ?, report = ?\nWHERE pk = ?",
			string(l.in.now()), run.Verified, string(run.Report), run.PK)
		return err
	})
}

// Run reads the run numbered pk, or the last one for 0, with its report. There is
// none: ErrNotFound.
func (l Legacy) Run(ctx context.Context, pk int64) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "read the report of import %d", pk)
	if err := l.oneRun(ctx, &run, runColumns+"WHERE pk = ? OR ? = 0\nORDER BY pk DESC\nLIMIT 1", pk, pk); err != nil {
		return run, err
	}
	return run, l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &run.Files, "SELECT files FROM legacy_files\nWHERE run_pk = ?\nORDER BY part", run.PK)
	})
}

// RunOf reads the run of a source with this hash. There is none: ErrNotFound.
func (l Legacy) RunOf(ctx context.Context, sha256 string) (run Run, err error) {
	defer sqlitedb.Wrap(&err, "look for an import of this source")
	return run, l.oneRun(ctx, &run, runColumns+"WHERE sha256 = ?", sha256)
}

func (l Legacy) oneRun(ctx context.Context, run *Run, query string, args ...any) error {
	err := l.in.Read(ctx, func(q *sqlitedb.Tx) error { return q.Get(ctx, run, query, args...) })
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Runs gives all runs, the latest first, without their reports.
func (l Legacy) Runs(ctx context.Context) (list []Run, err error) {
	defer sqlitedb.Wrap(&err, "list the imports")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, "SELECT pk, source, sha256, started_at, coalesce(finished_at, '') AS finished_at, verified, '' AS report\nFROM legacy_runs\nORDER BY pk DESC")
	})
	return list, err
}

// AddRecords notes where records of a source went. What was noted first stays.
func (l Legacy) AddRecords(ctx context.Context, run int64, records ...Record) (err error) {
	defer sqlitedb.Wrap(&err, "note where %d records went", len(records))
	return l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		for _, r := range records {
			_, err := q.Exec(ctx, `INSERT INTO legacy_records (run_pk, file, pointer, collection, id, sha256, disposition, rank, time, rev)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_pk, file, pointer) DO NOTHING`,
				run, r.File, r.Pointer, r.Collection, r.ID, r.SHA256, r.Disposition, r.Rank, r.Time, r.Rev)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Record reads where a record went. It was not noted: ErrNotFound.
func (l Legacy) Record(ctx context.Context, run int64, file, pointer string) (r Record, err error) {
	defer sqlitedb.Wrap(&err, "look for record %s of %s", pointer, file)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &r, recordColumns+"WHERE run_pk = ? AND file = ? AND pointer = ?", run, file, pointer)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return r, err
}

const recordColumns = `SELECT file, pointer, collection, id, sha256, disposition, rank, time, rev
FROM legacy_records
`

// Origin reads the record that an entity was last imported from. It was not
// imported: ErrNotFound.
func (l Legacy) Origin(ctx context.Context, collection, id string) (r Record, err error) {
	defer sqlitedb.Wrap(&err, "look for the source of %s %q", collection, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &r, recordColumns+"WHERE collection = ? AND id = ? AND rev > 0\nORDER BY run_pk DESC, rev DESC\nLIMIT 1", collection, id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return r, err
}

// HasRecord tells whether a record with this hash was ever read from a source.
func (l Legacy) HasRecord(ctx context.Context, collection, id, sha256 string) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a record of %s %q", collection, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM legacy_records WHERE collection = ? AND id = ? AND sha256 = ?)", collection, id, sha256)
	})
	return has, err
}

// Stood tells whether a record with this hash was ever more than a version: it was
// the store's record once, or the store's record held all of it.
func (l Legacy) Stood(ctx context.Context, collection, id, sha256 string) (stood bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a record of %s %q", collection, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &stood, "SELECT EXISTS (SELECT 1 FROM legacy_records WHERE collection = ? AND id = ? AND sha256 = ? AND disposition <> 'revision')",
			collection, id, sha256)
	})
	return stood, err
}

// Steps lists the steps of a run that are done, in ascending order.
func (l Legacy) Steps(ctx context.Context, run int64) (done []Step, err error) {
	defer sqlitedb.Wrap(&err, "list the steps of import %d", run)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &done, "SELECT version, done_at\nFROM legacy_steps\nWHERE run_pk = ?\nORDER BY version", run)
	})
	return done, err
}

// Step is a step of a run that is done.
type Step struct {
	Version int64       `db:"version"`
	DoneAt  schema.Time `db:"done_at"`
}

// AddStep notes that a step of a run is done.
func (l Legacy) AddStep(ctx context.Context, run, version int64) (err error) {
	defer sqlitedb.Wrap(&err, "note step %d of import %d", version, run)
	return l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, "INSERT INTO legacy_steps (run_pk, version, done_at)\nVALUES (?, ?, ?)\nON CONFLICT (run_pk, version) DO NOTHING",
			run, version, string(l.in.now()))
		return err
	})
}

// SetAside keeps something that could not be read: its bytes are the content
// item.Blob, which was put before. Setting the same aside again changes nothing.
func (l Legacy) SetAside(ctx context.Context, item Quarantined) (err error) {
	defer sqlitedb.Wrap(&err, "set %s aside", item.File)
	return l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, `INSERT INTO quarantine (run_pk, file, pointer, code, reason, blob, size, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (file, pointer, blob) DO NOTHING`,
			item.Run, item.File, item.Pointer, item.Code, item.Reason, item.Blob, item.Size, string(l.in.now()))
		return err
	})
}

// Quarantine lists what was set aside, in the order in which it was found.
func (l Legacy) Quarantine(ctx context.Context) (list []Quarantined, err error) {
	defer sqlitedb.Wrap(&err, "list what was set aside")
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, "SELECT pk, run_pk, file, pointer, code, reason, blob, size, added_at\nFROM quarantine\nORDER BY pk")
	})
	return list, err
}

// Version is a record of a source that lost a merge: it is kept in the history
// of the entity that it is a state of.
type Version struct {
	Kind, ID string
	SHA256   string      // hash of the record's canonical JSON
	Source   string      // file and place
	Time     schema.Time // when the source last wrote it, as far as that is known
	State    schema.JSON
	Blobs    []string // contents that it needs, beyond those that the state refers to as _blob and _form
}

// AddVersion keeps a version, once: adding it again changes nothing.
func (l Legacy) AddVersion(ctx context.Context, v Version) (added bool, err error) {
	defer sqlitedb.Wrap(&err, "keep a version of %s %q", v.Kind, v.ID)
	err = l.in.Write(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		added = false
		has, err := hasVersion(ctx, q, v.Kind, v.ID, v.SHA256)
		if err != nil || has {
			return err
		}
		s := &history.State{Kind: v.Kind, Id: v.ID, Change: history.ChangeMerge, Origin: OriginImport, Source: v.Source, Sha256: v.SHA256, More: v.Blobs}
		if s.Packed, err = history.Pack([]byte(v.State)); err != nil {
			return err
		}
		at := v.Time
		if at == "" {
			at = l.in.now()
		}
		added = true
		return s.Write(ctx, q, at)
	})
	return added, err
}

// HasVersion tells whether a record with this hash is in the history already.
func (l Legacy) HasVersion(ctx context.Context, kind, id, sha256 string) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a version of %s %q", kind, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) (err error) {
		has, err = hasVersion(ctx, q, kind, id, sha256)
		return err
	})
	return has, err
}

func hasVersion(ctx context.Context, q *sqlitedb.Tx, kind, id, sha256 string) (has bool, err error) {
	err = q.Get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND sha256 = ?)", kind, id, sha256)
	return has, err
}

// HasState tells whether the state that an entity had as revision rev is in its
// history, undamaged.
func (l Legacy) HasState(ctx context.Context, kind, id string, rev int64) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for revision %d of %s %q", rev, kind, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) (err error) {
		has, err = history.HasState(ctx, q, kind, id, rev)
		return err
	})
	return has, err
}

// ItemsChanged tells whether items of an entity were changed or removed one by one at
// this revision or later.
func (l Legacy) ItemsChanged(ctx context.Context, kind, id string, rev int64) (changed bool, err error) {
	defer sqlitedb.Wrap(&err, "look for changed items of %s %q", kind, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &changed, "SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND rev >= ? AND part <> '')", kind, id, rev)
	})
	return changed, err
}

// VersionState reads the version with this hash. It is not there: ErrNotFound.
func (l Legacy) VersionState(ctx context.Context, kind, id, sha256 string) (state schema.JSON, err error) {
	defer sqlitedb.Wrap(&err, "read a version of %s %q", kind, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) (err error) {
		state, err = history.VersionState(ctx, q, kind, id, sha256)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	return state, err
}

// Removed tells whether an entity of this id was ever purged, or deleted by another
// program, or a value of this key deleted. One that is in the store came back.
func (l Legacy) Removed(ctx context.Context, kind, id string) (removed bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a removed %s %q", kind, id)
	err = l.in.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Get(ctx, &removed, `SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ? AND id = ?)
OR EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND part = '' AND change = 'delete')`, kind, id, kind, id)
	})
	return removed, err
}
