package repo

import (
	"context"
	"fmt"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

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

// Stats measures the store, on one snapshot. It reads every page's header.
func (s *Store) Stats(ctx context.Context) (st Stats, err error) {
	defer sqlitedb.Wrap(&err, "measure the store in %s", s.dir)
	err = s.Read(ctx, func(q *sqlitedb.Tx) error {
		for _, r := range rows.Relations {
			k := KindStats{Kind: r.Name}
			if err := q.Get(ctx, &k, fmt.Sprintf(`SELECT count(*) FILTER (WHERE trashed_at IS NULL) AS live,
    count(*) FILTER (WHERE trashed_at IS NOT NULL) AS trash,
    (SELECT count(*) FROM revisions WHERE kind = ?) AS states,
    coalesce(min(%[2]s) FILTER (WHERE trashed_at IS NULL), '') AS first,
    coalesce(max(%[2]s) FILTER (WHERE trashed_at IS NULL), '') AS last
FROM %[1]s`, r.Name, r.Date), r.Kind); err != nil {
				return err
			}
			st.Kinds = append(st.Kinds, k)
		}
		k := KindStats{Kind: "settings"}
		if err := q.Get(ctx, &k, "SELECT count(*) AS live, 0 AS trash, (SELECT count(*) FROM revisions WHERE kind = 'setting') AS states, '' AS first, '' AS last FROM settings"); err != nil {
			return err
		}
		st.Kinds = append(st.Kinds, k)
		return st.rest(ctx, q)
	})
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
