package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"taskstore/importexport/ledger"
	"taskstore/internal/sqlitedb"
)

// tables are the tables that make a copy of a store whole beside its records and
// contents, in an order in which they can be filled.
func tables() []string {
	return append([]string{tableRevisions, tableRevisionContents, tableTombstones}, ledger.Tables()...)
}

// The tables of the history.
const (
	tableRevisions        = "revisions"
	tableRevisionContents = "revision_blobs"
	tableTombstones       = "tombstones"
)

// eachRow gives fn the rows of a table in the order of their keys, as JSON objects of
// their columns.
func eachRow(ctx context.Context, c sqlitedb.Conn, table string, fn func(text []byte) error) error {
	rows, err := c.Query(ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err = errors.Join(ctx.Err(), err); err != nil {
			return err
		}
		row := make(map[string]any, len(names))
		for i, name := range names {
			if name == "sum" && table != tableRevisions {
				continue // covers keys, which are others in another store
			}
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
	return errors.Join(rows.Err(), rows.Close())
}

// readRow reads what eachRow gave.
func readRow(text []byte) (row map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&row); err != nil {
		return nil, err
	}
	for name, v := range row {
		if row[name], err = storedValue(v); err != nil {
			return nil, err
		}
	}
	return row, nil
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
