package repo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// portableTables are the tables that make a copy of a store whole beside its
// records and contents, in an order in which they can be filled.
var portableTables = []string{"revisions", "revision_blobs", "tombstones", "legacy_runs", "legacy_files", "legacy_steps", "legacy_records", "quarantine"}

// PortableTables are the tables that Dump and a Loader know: history, and what
// imports noted. Records are read and saved through the collections.
func PortableTables() []string { return slices.Clone(portableTables) }

// Dump gives the rows of one of the PortableTables in the order of their keys,
// as JSON objects of their columns: see Loader.Load.
func (tx *Tx) Dump(ctx context.Context, table string, fn func(row []byte) error) (err error) {
	defer sqlitedb.Wrap(&err, "read table %s", table)
	if !slices.Contains(portableTables, table) {
		return &schema.InvalidError{Kind: "table", Field: table, Problem: "is not one that can be moved"}
	}
	return tx.Read(ctx, func(q *sqlitedb.Tx) error {
		result, err := q.Query(ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
		if err != nil {
			return err
		}
		defer result.Close()
		names, err := result.Columns()
		if err != nil {
			return err
		}
		for result.Next() {
			vals, err := result.SliceScan()
			if err = errors.Join(ctx.Err(), err); err != nil {
				return err
			}
			row := make(map[string]any, len(names))
			for i, name := range names {
				row[name] = portableValue(vals[i])
			}
			text, err := json.Marshal(row)
			if err != nil {
				return err
			}
			if err := fn(text); err != nil {
				return err
			}
		}
		return errors.Join(result.Err(), result.Close())
	})
}

// raw is a value that JSON cannot hold as it is.
type raw struct {
	Text string `json:"$text,omitempty"` // base64 of text that is not UTF-8
	Blob string `json:"$blob,omitempty"` // base64 of a blob
}

func portableValue(v any) any {
	switch v := v.(type) {
	case []byte:
		return raw{Blob: base64.StdEncoding.EncodeToString(v)}
	case string:
		if !utf8.ValidString(v) {
			return raw{Text: base64.StdEncoding.EncodeToString([]byte(v))}
		}
	}
	return v
}

func storedValue(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case map[string]any:
		if text, ok := v["$blob"].(string); ok {
			return base64.StdEncoding.DecodeString(text)
		}
		text, _ := v["$text"].(string)
		data, err := base64.StdEncoding.DecodeString(text)
		return string(data), err
	}
	return v, nil
}

// Facts gives the version of the schema, and how long history is kept as
// SetRetention wrote it: "" is for ever.
func (tx *Tx) Facts(ctx context.Context) (version int64, keep string, err error) {
	defer sqlitedb.Wrap(&err, "read the facts of the store")
	err = tx.Read(ctx, func(q *sqlitedb.Tx) error {
		d, err := retention(ctx, q)
		if err == nil && d > 0 {
			keep = d.String()
		}
		return errors.Join(err, q.Get(ctx, &version, "SELECT coalesce(max(version), 0) FROM schema_files"))
	})
	return version, keep, err
}

// ContentUse is a content that something in the store needs.
type ContentUse struct {
	SHA256 string `db:"sha256" json:"sha256"`
	Size   int64  `db:"size" json:"size"` // -1: the table of contents does not know it
	MIME   string `db:"mime_type" json:"mime_type"`
}

// Contents lists what records, history and quarantine need, by hash.
func (tx *Tx) Contents(ctx context.Context) (list []ContentUse, err error) {
	defer sqlitedb.Wrap(&err, "list the contents")
	err = tx.Read(ctx, func(q *sqlitedb.Tx) error {
		return q.Select(ctx, &list, `SELECT v.sha256, coalesce(b.size, -1) AS size, coalesce(b.mime_type, '') AS mime_type
FROM (SELECT DISTINCT sha256 FROM v_blob_refs) AS v
LEFT JOIN blobs AS b ON b.sha256 = v.sha256
ORDER BY v.sha256`)
	})
	return list, err
}
