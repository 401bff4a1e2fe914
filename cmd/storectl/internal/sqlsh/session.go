// Package sqlsh runs SQL that people type: one query, or a shell. The SQL stays inside the store, whatever it says: it
// cannot attach or write other files, switch the guards off, or end the transaction that it runs in. What it gives is
// printed by package term; errors say what is wrong and where. Which store that is, and the flags, are the program's.
package sqlsh

import (
	"context"
	"log/slog"

	"taskstore/cmd/storectl/internal/term"
)

// ApplicationID is in the head of the database of every store.
const ApplicationID = 0x54534b53 // "TSKS"

const databaseName = "store.db"

// Session is where SQL is run, and what it is printed on.
type Session struct {
	*term.Terminal
	Dir          func() (string, error)               // the store's directory; an error if there is no store
	CheckText    func(what string, text []byte) error // refuses bytes that are no UTF-8
	Report       func(context.Context, error)         // shows an error of a statement in the shell, which goes on
	Log          *slog.Logger
	ReadOnly     bool // changes are refused
	SchemaChange bool // changes of the store's own tables, indexes, triggers and views are allowed
}

// Query runs the SQL of a query and prints its rows. parameters are NAME=VALUE; plan says how SQLite would run it
// instead.
func (s *Session) Query(ctx context.Context, text string, parameters []string, write, plan bool) error {
	s.TellCut = "--no-trunc or -o vertical"
	q := &query{app: s, sql: text, guard: &sqlGuard{write: write, schema: s.SchemaChange}, plan: plan}
	if err := q.prepare(parameters); err != nil {
		return err
	}
	return q.run(ctx)
}
