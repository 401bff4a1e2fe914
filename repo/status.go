package repo

import (
	"context"
	"os"

	"taskstore/fts/index"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/internal/rows"
)

// Status is what there is to know about a store at a glance.
type Status struct {
	Dir           string
	Schema        int64            // version of the schema
	Counts, Trash map[string]int64 // live entities and those in the trash, by collection
	DBBytes       int64            // of the SQLite file
	WALBytes      int64            // of the log that is not yet part of it
	Blobs         BlobStats
	Revisions     int64 // kept states
	ForeignWrites int64 // rows that other tools have written
	Quarantined   int64 // things that an import could not read and has kept
	Index         IndexStatus
	BadContents   int64          // contents that were damaged or missing when they were last looked at
	TrashedBlobs  contents.Tally // contents in their trash
}

// IndexStatus is the state of the search index.
type IndexStatus struct {
	State  string `json:"state"`  // ready, stale (made for another version: the next writer makes it anew) or missing
	Texts  int64  `json:"texts"`  // that are indexed
	Behind int64  `json:"behind"` // records or parts that are not indexed yet: the next search takes them up
}

func indexStatus(ctx context.Context, q *sqlitedb.Tx, version int64) (st IndexStatus, err error) {
	state, err := index.Look(ctx, q, version)
	if err != nil {
		return st, err
	}
	if state == index.Missing {
		return IndexStatus{State: "missing"}, nil
	}
	st.State = "ready"
	if state == index.Stale {
		st.State = "stale"
	}
	if st.Behind, err = index.CountDirty(ctx, q, 1<<30); err == nil {
		err = q.Get(ctx, &st.Texts, "SELECT count(*) FROM search_rows")
	}
	return st, err
}

// BlobStats counts contents.
type BlobStats struct {
	Count  int64 `db:"count" json:"count"`
	Bytes  int64 `db:"bytes" json:"bytes"`         // plain
	Stored int64 `db:"stored" json:"stored_bytes"` // on disk
}

// Status counts what the store holds.
func (s *Store) Status(ctx context.Context) (st Status, err error) {
	defer sqlitedb.Wrap(&err, "read the status of %s", s.dir)
	st = Status{Dir: s.dir, Counts: map[string]int64{}, Trash: map[string]int64{}}
	err = s.Read(ctx, func(q *sqlitedb.Tx) error {
		for _, r := range rows.Relations {
			var n struct{ Live, Trash int64 }
			if err := q.Get(ctx, &n, "SELECT (SELECT count(*) FROM "+r.Name+" WHERE trashed_at IS NULL) AS live, (SELECT count(*) FROM "+r.Name+" WHERE trashed_at IS NOT NULL) AS trash"); err != nil {
				return err
			}
			st.Counts[r.Name], st.Trash[r.Name] = n.Live, n.Trash
		}
		var settings int64
		if err := q.Get(ctx, &settings, "SELECT count(*) FROM settings"); err != nil {
			return err
		}
		st.Counts["settings"] = settings
		return s.statusOfRest(ctx, q, &st)
	})
	if err != nil {
		return st, err
	}
	if st.TrashedBlobs, err = s.Contents.TrashTally(ctx); err != nil {
		return st, err
	}
	if info, err := os.Stat(s.Path()); err == nil {
		st.DBBytes = info.Size()
	}
	if info, err := os.Stat(s.Path() + "-wal"); err == nil {
		st.WALBytes = info.Size()
	}
	return st, nil
}

func (s *Store) statusOfRest(ctx context.Context, q *sqlitedb.Tx, st *Status) error {
	if err := q.Get(ctx, &st.Blobs, "SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes, coalesce(sum(stored), 0) AS stored FROM blobs"); err != nil {
		return err
	}
	for _, one := range []struct {
		into  *int64
		query string
	}{
		{&st.Schema, "SELECT coalesce(max(version), 0) FROM schema_files"},
		{&st.Revisions, "SELECT count(*) FROM revisions"},
		{&st.ForeignWrites, "SELECT foreign_writes FROM writer"},
		{&st.Quarantined, "SELECT count(*) FROM quarantine"},
		{&st.BadContents, "SELECT count(*) FROM blob_problems"},
	} {
		if err := q.Get(ctx, one.into, one.query); err != nil {
			return err
		}
	}
	var err error
	st.Index, err = indexStatus(ctx, q, st.Schema)
	return err
}
