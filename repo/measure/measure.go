// Package measure counts what is in a store and says how large it is. Its one idea is
// that these are numbers for people, read on one snapshot by SQL of its own: nothing is
// decided by them, and nothing is written. The files beside the database, and when to
// ask, are for package repo, whose Store.Status and Store.Stats give these types.
package measure

import (
	"context"
	"fmt"
	"time"

	"taskstore/fts/index"
	"taskstore/internal/sqlfile"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// Status is what there is to know about a store at a glance.
type Status struct {
	Dir           string
	Schema        int64            // version of the schema
	Counts, Trash map[string]int64 // live entities and those in the trash, by collection
	DBBytes       int64            // of the SQLite file
	WALBytes      int64            // of the log that is not yet part of it
	Reading       time.Time        // when the oldest read of this program began that has not ended, which keeps the log; zero: there is none
	LogReaders    []string         // other processes that read from the log, and keep it, as far as the system tells
	Blobs         BlobStats
	Revisions     int64 // kept states
	ForeignWrites int64 // rows that other tools have written
	Quarantined   int64 // things that an import could not read and has kept
	Index         IndexStatus
	BadContents   int64          // contents that were damaged or missing when they were last looked at
	TrashedBlobs  contents.Tally // contents in their trash
	Followed      bool           // Litestream copies the database, or has
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

// ReadStatus reads all of it but what is not in the database.
func ReadStatus(ctx context.Context, q *sqlitedb.Tx) (st Status, err error) {
	st = Status{Counts: map[string]int64{}, Trash: map[string]int64{}}
	for _, r := range rows.Relations {
		live, trash, err := listing.Totals(ctx, q, r)
		if err != nil {
			return st, err
		}
		st.Counts[r.Name], st.Trash[r.Name] = live, trash
	}
	var settings int64
	if err := q.Get(ctx, &settings, "SELECT count(*) FROM settings"); err != nil {
		return st, err
	}
	st.Counts["settings"] = settings
	err = st.rest(ctx, q)
	return st, err
}

func (st *Status) rest(ctx context.Context, q *sqlitedb.Tx) error {
	if err := q.Get(ctx, &st.Followed, sqlfile.SQLFollowed); err != nil {
		return err
	}
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

// Stats is what there is to know about the sizes in a store.
type Stats struct {
	Kinds    []KindStats    `json:"kinds"`
	Tables   []TableStats   `json:"tables"`
	History  []HistoryStats `json:"history"`
	Contents BlobStats      `json:"contents"`
	// References count the places that need a content, Logical their bytes
	// together: what they would take without deduplication.
	References int64 `json:"references"`
	Logical    int64 `json:"logical_bytes"`
	PageSize   int64 `json:"page_size"`
	Pages      int64 `json:"pages"`
	FreePages  int64 `json:"free_pages"` // a vacuum gives them back
}

// KindStats counts the entities of one collection.
type KindStats struct {
	Kind   string      `json:"kind"`
	Live   int64       `json:"live" db:"live"`
	Trash  int64       `json:"trash" db:"trash"`
	States int64       `json:"states" db:"states"` // kept
	First  schema.Time `json:"first" db:"first"`   // dates of the live ones
	Last   schema.Time `json:"last" db:"last"`
}

// TableStats is the size of one table with its indexes.
type TableStats struct {
	Table string `json:"table" db:"name"`
	Rows  int64  `json:"rows" db:"rows"`
	Bytes int64  `json:"bytes" db:"bytes"` // -1 where SQLite cannot tell
}

// HistoryStats counts the kept states by who ended them and how.
type HistoryStats struct {
	Origin string      `json:"origin" db:"origin"`
	Change string      `json:"change" db:"change"`
	States int64       `json:"states" db:"states"`
	Bytes  int64       `json:"bytes" db:"bytes"`
	Oldest schema.Time `json:"oldest" db:"oldest"`
}

// ReadStats measures the store, on one snapshot. It reads every page's header.
func ReadStats(ctx context.Context, q *sqlitedb.Tx) (st Stats, err error) {
	for _, r := range rows.Relations {
		k := KindStats{Kind: r.Name}
		if err := q.Get(ctx, &k, fmt.Sprintf(`SELECT (SELECT count(*) FROM revisions WHERE kind = ?) AS states,
    coalesce((SELECT min(%[2]s) FROM %[1]s WHERE trashed_at IS NULL), '') AS first,
    coalesce((SELECT max(%[2]s) FROM %[1]s WHERE trashed_at IS NULL), '') AS last`, r.Name, r.Date), r.Kind); err != nil {
			return st, err
		}
		if k.Live, k.Trash, err = listing.Totals(ctx, q, r); err != nil {
			return st, err
		}
		st.Kinds = append(st.Kinds, k)
	}
	k := KindStats{Kind: "settings"}
	if err := q.Get(ctx, &k, "SELECT count(*) AS live, 0 AS trash, (SELECT count(*) FROM revisions WHERE kind = 'setting') AS states, '' AS first, '' AS last FROM settings"); err != nil {
		return st, err
	}
	st.Kinds = append(st.Kinds, k)
	err = st.rest(ctx, q)
	return st, err
}

func (st *Stats) rest(ctx context.Context, q *sqlitedb.Tx) error {
	if err := st.tables(ctx, q); err != nil {
		return err
	}
	if err := q.Select(ctx, &st.History, `SELECT origin, change, count(*) AS states, coalesce(sum(length(CAST(body AS BLOB))), 0) AS bytes, coalesce(min(at), '') AS oldest
FROM revisions
GROUP BY origin, change
ORDER BY origin, change`); err != nil {
		return err
	}
	if err := q.Get(ctx, &st.Contents, "SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes, coalesce(sum(stored), 0) AS stored\nFROM blobs"); err != nil {
		return err
	}
	var refs struct{ N, Bytes int64 }
	if err := q.Get(ctx, &refs, "SELECT count(*) AS n, coalesce(sum(b.size), 0) AS bytes\nFROM v_blob_refs AS v\nJOIN blobs AS b ON b.sha256 = v.sha256"); err != nil {
		return err
	}
	st.References, st.Logical = refs.N, refs.Bytes
	for pragma, into := range map[string]*int64{"page_size": &st.PageSize, "page_count": &st.Pages, "freelist_count": &st.FreePages} {
		if err := q.Get(ctx, into, "PRAGMA "+pragma); err != nil {
			return err
		}
	}
	return nil
}

// tables measures each table, its indexes included, the largest first.
func (st *Stats) tables(ctx context.Context, q *sqlitedb.Tx) error {
	err := q.Select(ctx, &st.Tables, `SELECT m.tbl_name AS name, 0 AS rows, sum(s.pgsize) AS bytes
FROM sqlite_schema AS m
JOIN (SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE) AS s ON s.name = m.name
WHERE m.type IN ('table', 'index') AND m.rootpage > 0
GROUP BY m.tbl_name
ORDER BY bytes DESC, name`)
	if err != nil { // built without dbstat
		err = q.Select(ctx, &st.Tables, "SELECT name, 0 AS rows, -1 AS bytes\nFROM sqlite_schema\nWHERE type = 'table' AND rootpage > 0\nORDER BY name")
	}
	if err != nil {
		return err
	}
	for i := range st.Tables {
		t := &st.Tables[i]
		if err := q.Get(ctx, &t.Rows, `SELECT count(*) FROM "`+t.Table+`"`); err != nil {
			return err
		}
	}
	return nil
}
