package sqlitedb

import (
	"context"
	"errors"
	"os"
)

// triesSame is how often Same tries to begin between two commits of others.
const triesSame = 50

// Same runs fn with n transactions that see one snapshot, so that n goroutines can read
// it at once. They are on connections which are opened for them and closed afterwards: what
// is changed about one is gone with it. None of them can write to the file, but they
// may make temporary tables.
//
// Where it cannot be made sure that several see the same, because others commit without a
// pause or the file shows nobody that they do, there is one transaction only.
func (db *DB) Same(ctx context.Context, n int, fn func(context.Context, []*Tx) error) (err error) {
	if db.Inside(ctx) {
		return ErrNested
	}
	if err := db.enter(); err != nil {
		return err
	}
	defer db.running.Done()
	err = db.readers.view(ctx, func(ctx context.Context, tx *Tx) error { // who cannot write cannot make the files beside either
		var n int
		return tx.Get(ctx, &n, "SELECT count(*) FROM sqlite_schema")
	})
	if err != nil {
		return err
	}
	conns, done, err := db.connections(ctx, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	all := &Tx{} // stands for those that begin here
	db.readers.begun(all)
	defer db.readers.ended(all)
	same := false
	for try := 0; try < triesSame && !same; try++ {
		if same, err = tryBegin(ctx, conns); err != nil {
			return err
		}
	}
	begun := conns
	if !same {
		begun = conns[:1]
		if _, err := conns[0].beginAt(ctx); err != nil {
			return err
		}
	}
	var txs []*Tx
	for _, c := range begun {
		tx := &Tx{conn: c, until: ctx}
		txs = append(txs, tx)
		defer tx.end()
		defer c.until(ctx)()
	}
	return ended(ctx, fn(inside(ctx, db), txs))
}

// connections opens n connections for Same.
func (db *DB) connections(ctx context.Context, n int) (conns []*conn, done func() error, err error) {
	pool, err := newPool(sameSource(db.path, db.opt))
	if err != nil {
		return nil, nil, err
	}
	done = func() error {
		var errs []error
		for _, c := range conns {
			errs = append(errs, c.close())
		}
		return errors.Join(append(errs, pool.Close())...)
	}
	for range n {
		c, err := connect(ctx, pool, sqlBeginRead, sqlEndRead)
		if err != nil {
			return nil, nil, errors.Join(err, done())
		}
		conns = append(conns, c)
	}
	if err := db.Moved(); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return conns, done, nil
}

// sameSource is how Same opens path: read-only, but not query_only, which forbids
// temporary tables too. The file and its log are there already.
func sameSource(path string, opt Options) source {
	opt.Copy = true // leaves query_only out
	s := readerSource(path, opt)
	if s.query.Get("mode") == "rw" {
		s.query.Set("mode", "ro")
	}
	return s
}

// tryBegin begins the transactions and tells whether they see one snapshot. Before the
// first one begins, each of the others notes the version of the data that it sees; if that
// is the version in its transaction too, nothing was committed between the two, and the first
// transaction, which began between them, sees the same.
func tryBegin(ctx context.Context, conns []*conn) (same bool, err error) {
	before := make([]int64, len(conns))
	for i, c := range conns {
		if before[i], err = c.version(ctx); err != nil {
			return false, err
		}
	}
	same = true
	for i, c := range conns {
		now, err := c.beginAt(ctx)
		if err != nil {
			return false, err
		}
		same = same && (i == 0 || now == before[i])
	}
	for i := 0; !same && i < len(conns); i++ {
		if err := conns[i].run(sqlEndRead); err != nil {
			return false, err
		}
	}
	return same, nil
}

// beginAt begins a snapshot and gives the version of its data.
func (c *conn) beginAt(ctx context.Context) (int64, error) {
	if err := c.begin(sqlBeginRead); err != nil {
		return 0, err
	}
	return c.version(ctx)
}

// version is another number than before if others have committed since.
func (c *conn) version(ctx context.Context) (n int64, err error) {
	err = c.GetContext(ctx, &n, "PRAGMA data_version")
	return n, err
}

// FileSize is how many bytes the database file has, without its log; 0 if that cannot be told.
func (db *DB) FileSize() int64 {
	info, err := os.Stat(db.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
