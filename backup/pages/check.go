package pages

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"taskstore/internal/sqlitedb"

	"golang.org/x/sync/errgroup"
)

const (
	sqlCheckAll = "PRAGMA integrity_check(10)"
	// A virtual table has no page of its own.
	sqlVirtual = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = 0 ORDER BY name"
)

// tiny is the size of a copy, in bytes, that is looked at in less time than a further connection
// takes to read its schema.
const tiny = 2 << 20

// Check has SQLite check the structure of a copy: pages, indexes, and what is inside the search
// index. That is half of the work, and is done beside the rest of it.
func Check(ctx context.Context, c Cores, file string) (err error) {
	if err := Complete(file); err != nil {
		return err
	}
	db, err := sqlitedb.Open(ctx, file, sqlitedb.Options{ReadOnly: true, URI: url.Values{"mode": {"ro"}, "immutable": {"1"}}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	n := 2
	if db.FileSize() < tiny {
		n = 1
	}
	return db.Same(ctx, n, func(ctx context.Context, txs []*sqlitedb.Tx) error {
		bare, full := txs[0], txs[len(txs)-1] // one and the same where it cannot be had that two see the same
		if bare == full || !bare.WithoutModules() {
			return c.On(ctx, func() error { return findings(ctx, full, sqlCheckAll) })
		}
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return c.On(ctx, func() error { return checkVirtual(ctx, full) }) })
		g.Go(func() error { return c.On(ctx, func() error { return findings(ctx, bare, sqlCheckAll) }) })
		return g.Wait()
	})
}

// checkVirtual has the virtual tables check what is theirs, each by itself. One that cannot be asked
// is one that SQLite passes over, or names, when it is asked for everything.
func checkVirtual(ctx context.Context, q *sqlitedb.Tx) error {
	var names []string
	if err := q.Select(ctx, &names, sqlVirtual); err != nil {
		return err
	}
	for _, name := range names {
		err := findings(ctx, q, `PRAGMA integrity_check("`+strings.ReplaceAll(name, `"`, `""`)+`")`)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			err = findings(ctx, q, sqlCheckAll)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findings runs a check of SQLite's own: what it finds is ErrCorrupt.
func findings(ctx context.Context, q *sqlitedb.Tx, pragma string) error {
	defer q.Limited(ctx)()
	var found []string
	if err := q.Select(ctx, &found, pragma); err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, strings.Join(found, "; "))
	}
	return nil
}
