package rows

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Plain is a table without a description whose rows have checksums all the same: who
// writes a row leaves its sum NULL, and it is sealed before the call ends, or by the next
// opening for writing. Triggers of the schema clear the checksum of what another program
// changes.
type Plain struct {
	Name string
	Key  []string // of a row
	Cols []schema.Column
}

// Plains are all of them.
var Plains = []*Plain{
	plain("legacy_runs", []string{"pk"}, "source sha256 started_at finished_at verified report"),
	plain("legacy_files", []string{"run_pk", "part"}, "run_pk part files"),
	plain("legacy_steps", []string{"run_pk", "version"}, "run_pk version done_at"),
	plain("legacy_records", []string{"run_pk", "file", "pointer"}, "run_pk file pointer collection id sha256 disposition rank time rev"),
	plain("quarantine", []string{"pk"}, "run_pk file pointer code reason blob size added_at"),
	plain("tombstones", []string{"kind", "id"}, "kind id rev purged_at"),
	plain("store", []string{"key"}, "key value"),
	plain("schema_files", []string{"version"}, "version name sha256 applied_at"),
}

func plain(name string, key []string, cols string) *Plain {
	p := &Plain{Name: name, Key: key}
	for _, c := range strings.Fields(cols) {
		p.Cols = append(p.Cols, schema.Column{Name: c})
	}
	return p
}

// PlainOf is the one of that name, which must be there.
func PlainOf(table string) *Plain {
	return Plains[slices.IndexFunc(Plains, func(p *Plain) bool { return p.Name == table })]
}

// SQL reads key, columns and checksum of the rows.
func (p *Plain) SQL() string {
	return "SELECT " + strings.Join(append(append([]string{}, p.Key...), Names(p.Cols)...), ", ") + ", sum\nFROM " + p.Name
}

// Sum is the checksum of a row, whose columns are vals.
func (p *Plain) Sum(vals []any) int64 { return Sum(p.Cols, vals, -1) }

// RowName names a row for people, by the values of its key.
func (p *Plain) RowName(key []any) string {
	parts := make([]string, len(key))
	for i, v := range key {
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		parts[i] = fmt.Sprintf("%s %v", p.Key[i], v)
	}
	return strings.Join(parts, ", ")
}

// sqlUnsealedPlain names the tables that have rows without a checksum. It is one statement,
// because every call of a ledger asks it.
var sqlUnsealedPlain = func() string {
	parts := make([]string, len(Plains))
	for i, p := range Plains {
		parts[i] = fmt.Sprintf("SELECT %d WHERE EXISTS (SELECT 1 FROM %s WHERE sum IS NULL)", i, p.Name)
	}
	return strings.Join(parts, "\nUNION ALL\n")
}()

// SealPlain gives the rows of plain tables checksums that have none.
func SealPlain(ctx context.Context, q sqlitedb.Conn) error {
	var open []int
	if err := q.Select(ctx, &open, sqlUnsealedPlain); err != nil {
		return err
	}
	for _, i := range open {
		if err := Plains[i].seal(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// FactsDamaged tells whether a row of table store is not as its checksum says: what such a fact says of the rest
// is not to be believed.
func FactsDamaged(ctx context.Context, c *sql.Conn) (damaged bool, err error) {
	p := Plains[slices.IndexFunc(Plains, func(p *Plain) bool { return p.Name == "store" })]
	found, err := c.QueryContext(ctx, p.SQL())
	if err != nil {
		return false, err
	}
	defer found.Close()
	for found.Next() {
		var id, key, value any
		var sum sql.NullInt64
		if err := found.Scan(&id, &key, &value, &sum); err != nil {
			return false, err
		}
		damaged = damaged || sum.Valid && sum.Int64 != p.Sum([]any{key, value})
	}
	return damaged, found.Err()
}

// sealedAtOnce bounds what is in memory.
const sealedAtOnce = 2000

func (p *Plain) seal(ctx context.Context, q sqlitedb.Conn) error {
	update := "UPDATE " + p.Name + "\nSET sum = ?\nWHERE " + strings.Join(p.Key, " = ? AND ") + " = ?"
	for {
		list, err := p.unsealed(ctx, q)
		if err != nil {
			return err
		}
		for _, vals := range list {
			sum := p.Sum(vals[len(p.Key) : len(p.Key)+len(p.Cols)])
			if _, err := q.Exec(ctx, update, append([]any{sum}, vals[:len(p.Key)]...)...); err != nil {
				return err
			}
		}
		if len(list) < sealedAtOnce {
			return nil
		}
	}
}

func (p *Plain) unsealed(ctx context.Context, q sqlitedb.Conn) (list [][]any, err error) {
	result, err := q.Query(ctx, p.SQL()+"\nWHERE sum IS NULL\nLIMIT ?", sealedAtOnce)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	for result.Next() {
		vals, err := result.SliceScan()
		if err != nil {
			return nil, err
		}
		list = append(list, vals)
	}
	return list, result.Err()
}

// Accept gives all rows the checksum of what they are now.
func (p *Plain) Accept(ctx context.Context, q sqlitedb.Conn) error {
	if _, err := q.Exec(ctx, "UPDATE "+p.Name+"\nSET sum = NULL"); err != nil {
		return err
	}
	return p.seal(ctx, q)
}

// runs is the table of imports, to which the other tables of imports refer.
const runs = "legacy_runs"

// LostRuns gives the keys of imports that are not there and to which something refers.
func LostRuns(ctx context.Context, q sqlitedb.Conn) (pks []int64, err error) {
	var parts []string
	for _, p := range Plains {
		if p.Cols[0].Name == "run_pk" {
			parts = append(parts, "SELECT run_pk FROM "+p.Name+" AS t WHERE NOT EXISTS (SELECT 1 FROM "+runs+" WHERE pk = t.run_pk)")
		}
	}
	err = q.Select(ctx, &pks, strings.Join(parts, "\nUNION\n"))
	return pks, err
}

// RestoreRun notes an import again of which nothing is known but that it was.
func RestoreRun(ctx context.Context, q sqlitedb.Conn, pk int64) error {
	_, err := q.Exec(ctx, "INSERT INTO "+runs+" (pk, source, sha256, started_at)\nVALUES (?, 'not known any more', ?, '')", pk, fmt.Sprintf("lost %d", pk))
	return err
}
