package repo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"taskstore/fts"
	"taskstore/fts/index"

	"github.com/jmoiron/sqlx"
)

// overlay is a small index of its own, in a file that SQLite makes and removes:
// what the store's index does not know and a read-only store cannot write there.
type overlay struct {
	x     execer
	known map[owner]bool // what the overlay has in the place of the store's index
}

// has tells whether an entity is in the overlay and not where the index says.
func (o *overlay) has(kind string, pk int64) bool { return o != nil && o.known[owner{kind, pk}] }

// withOverlay indexes what the store's index lacks, and runs fn with it. It reads
// each such entity: for a few they are soon read, for a whole store it takes as
// long as making the index.
func (s *Store) withOverlay(ctx context.Context, x execer, fn func(execer, *overlay) error) (err error) {
	marks, err := overlayMarks(ctx, x)
	if err != nil {
		return err
	}
	return withScratch(ctx, func(scratch execer) error {
		if err := flush(ctx, x, index.NewBulk(indexConn{scratch}, nil), marks); err != nil {
			return err
		}
		if err := index.PutDown(ctx, indexConn{scratch}); err != nil {
			return err
		}
		o := &overlay{x: scratch, known: make(map[owner]bool, len(marks))}
		for _, m := range marks {
			o.known[owner{m.Kind, m.PK}] = true
		}
		return fn(x, o)
	})
}

// withScratch gives fn an empty index in a database of its own, which SQLite keeps
// in memory or in a file without a name.
func withScratch(ctx context.Context, fn func(execer) error) (err error) {
	db, err := sqlx.Open(driverName, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	conn, err := db.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	scratch := &readConn{conn: conn, stmts: map[string]*sqlx.Stmt{}}
	defer scratch.end()
	for _, text := range []string{"PRAGMA journal_mode = OFF", "BEGIN", "CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT)"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if err := index.CreateBare(ctx, indexConn{scratch}); err != nil {
		return err
	}
	return fn(scratch)
}

// end gives the statements back; the connection is closed by whoever opened it.
func (c *readConn) end() {
	for _, st := range c.stmts {
		_ = st.Close() // of a database that goes with them
	}
}

// overlayMarks gives the entities that the index does not know: those that are
// noted, or all where there is no index.
func overlayMarks(ctx context.Context, x execer) ([]fts.Mark, error) {
	version, err := schemaVersion(ctx, x)
	if err != nil {
		return nil, err
	}
	state, err := index.Look(ctx, indexConn{x}, version)
	if err != nil {
		return nil, err
	}
	if state == index.Ready {
		marks, err := index.Dirty(ctx, indexConn{x}, fts.Mark{}, 1<<30)
		for i := range marks { // an entity is in one of the two indexes
			marks[i].List, marks[i].ItemPK = fts.All, 0
		}
		return slices.Compact(marks), err
	}
	var marks []fts.Mark
	for _, r := range relations {
		var pks []int64
		if err := x.sel(ctx, &pks, "SELECT pk FROM "+r.name); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		for _, pk := range pks {
			marks = append(marks, fts.Mark{Kind: r.kind, PK: pk, List: fts.All})
		}
	}
	return marks, nil
}

// expand gives the words that the parts of words in a query are inside of.
func expand(ctx context.Context, x execer, o *overlay, parsed fts.Query) (fts.Expand, error) {
	list := fts.Expand{}
	for _, part := range parsed.InnerParts() {
		words, err := index.Inner(ctx, indexConn{x}, part)
		if err == nil && o != nil {
			var more []string
			more, err = index.Inner(ctx, indexConn{o.x}, part)
			words = append(words, more...)
		}
		if isMissing(err) {
			err = nil // no index: everything is in the overlay
		}
		if err != nil {
			return nil, err
		}
		list[part] = words
	}
	return list, nil
}

// collectOverlay finds what is in the overlay.
func (f *finder) collectOverlay(ctx context.Context) error {
	r := f.keys
	if f.at.Top != 0 { // the overlay has keys of its own
		r = index.Span(f.q.From, f.q.To, f.q.Trash, r.To)
	}
	rows, err := index.Newest(ctx, indexConn{f.o.x}, f.match, r, 1<<30)
	if err != nil {
		return err
	}
	if rows, err = f.filter(ctx, rows, true); err != nil {
		return err
	}
	if f.q.Rank == RankRelevance {
		if _, err := index.Scores(ctx, indexConn{f.o.x}, f.match, f.wanted, rows); err != nil {
			return err
		}
	}
	f.take(rows, true)
	return nil
}

// owners gives the entities of a kind that match, from both indexes; those of the store's
// as JSON.
func (o *overlay) owners(ctx context.Context, kind string, t *textFilter, main string) ([]int64, error) {
	more, _, err := index.Owners(ctx, indexConn{o.x}, t.match, t.keys, math.MaxInt64-1)
	if err != nil {
		return nil, err
	}
	list, other := []int64{}, []int64{}
	if err := errors.Join(json.Unmarshal([]byte(main), &list), json.Unmarshal([]byte(more), &other)); err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(pk int64) bool { return o.has(kind, pk) })
	return append(list, other...), nil
}
