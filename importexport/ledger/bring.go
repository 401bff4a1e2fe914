package ledger

import (
	"context"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// Tables are the tables of the ledger, in an order in which they can be filled.
func Tables() []string {
	return []string{"legacy_runs", "legacy_files", "legacy_steps", "legacy_records", "quarantine"}
}

// Arrival is the ledger of another store on its way into this one: the runs that are not
// known here, with all that belongs to them.
type Arrival struct {
	runs    map[int64]int64     // keys of the runs that came, by those that they had
	columns map[string][]string // of the tables here
}

// NewArrival begins to bring in a ledger.
func NewArrival() *Arrival {
	return &Arrival{runs: map[int64]int64{}, columns: map[string][]string{}}
}

// Bring writes a row of one of the Tables, given by its columns, under the keys that it
// has here, and tells whether it came. The rows come table by table.
func (a *Arrival) Bring(ctx context.Context, c sqlitedb.Conn, table string, row map[string]any) (came bool, err error) {
	defer sqlitedb.Wrap(&err, "bring a row of %s", table)
	if table == "legacy_runs" {
		return a.bringRun(ctx, c, row)
	}
	old, _ := row["run_pk"].(int64)
	run, came := a.runs[old]
	if !came {
		return false, nil
	}
	row["run_pk"] = run
	if table == "quarantine" {
		var known bool
		err := c.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE file = ? AND pointer = ? AND blob = ?)", row["file"], row["pointer"], row["blob"])
		if err != nil || known {
			return false, err
		}
	}
	_, err = a.insert(ctx, c, table, row)
	return err == nil, err
}

func (a *Arrival) bringRun(ctx context.Context, c sqlitedb.Conn, row map[string]any) (bool, error) {
	var known bool
	err := c.Get(ctx, &known, "SELECT EXISTS (SELECT 1 FROM legacy_runs WHERE sha256 = ?)", row["sha256"])
	if err != nil || known {
		return false, err
	}
	old, _ := row["pk"].(int64)
	a.runs[old], err = a.insert(ctx, c, "legacy_runs", row)
	return err == nil, err
}

// insert writes a row with a new key, if its table has keys, and gives the key.
func (a *Arrival) insert(ctx context.Context, c sqlitedb.Conn, table string, row map[string]any) (pk int64, err error) {
	if a.columns[table] == nil {
		var all []string
		if err := c.Select(ctx, &all, "SELECT name FROM pragma_table_info(?)", table); err != nil {
			return 0, err
		}
		a.columns[table] = all
	}
	var columns, marks []string
	var args []any
	for _, name := range a.columns[table] {
		if row[name] != nil && name != "pk" && name != "sum" { // which the row gets here
			columns, marks, args = append(columns, name), append(marks, "?"), append(args, row[name])
		}
	}
	for name, value := range row {
		if value != nil && !slices.Contains(a.columns[table], name) {
			return 0, &schema.InvalidError{Kind: table, Field: name, Problem: "is no column of this store: it comes from a newer one; take a newer program"}
		}
	}
	res, err := c.Exec(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+")\nVALUES ("+strings.Join(marks, ", ")+")", args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}
