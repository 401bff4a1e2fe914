package sqlitedb

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"taskstore/internal/sqlfile"
)

// The log, the -wal, is written from its beginning again when all of it is in the file and
// nobody reads from it. Reads that overlap, one of which is always there, keep that from
// happening, and it grows for ever. So the keeper of the log looks at it after commits: past
// logMost it holds new reads for a moment until those that run have ended, and has the log
// emptied. Where they do not end in that time it tries again later, and holds for longer, but for
// no more than a tenth of the time. Who reads for long keeps the log: see DB.Reading.
const (
	logMost   = 64 << 20               // bytes of the log
	holdLeast = 100 * time.Millisecond // that new reads are held until the others have ended
	holdMost  = 16 * holdLeast
	emptyMost = 100 * time.Millisecond // that the writer is waited for then
	restOf    = 10                     // times as long as it has held it does not try again
	oldOf     = 5                      // a read as many times older than the hold is not going to end in it
)

// logKeeper empties the log of a DB when it has grown.
type logKeeper struct {
	db      *DB
	hold    time.Duration // of the next try
	looked  time.Time     // when it last looked for a follower
	wake    chan struct{} // after a commit
	closing chan struct{}
	ended   chan struct{}

	followed atomic.Bool // by Litestream
}

func newLogKeeper(db *DB) *logKeeper {
	k := &logKeeper{db: db, hold: holdLeast, looked: time.Now(), wake: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{})}
	k.followed.Store(db.writer.conn.followed)
	go k.run()
	return k
}

// committed says that the log may have grown.
func (k *logKeeper) committed() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// close ends the keeper.
func (k *logKeeper) close() {
	close(k.closing)
	<-k.ended
}

func (k *logKeeper) run() {
	defer close(k.ended)
	var again <-chan time.Time
	for {
		select {
		case <-k.wake:
			if again != nil {
				continue // it was tried a moment ago
			}
		case <-again:
		case <-k.closing:
			return
		}
		again = nil
		k.lookForFollower()
		if k.size() > k.db.opt.logMost {
			if err := k.empty(); err != nil {
				k.db.opt.Log.Warn("the log could not be emptied", "file", k.db.path+"-wal", "error", err)
			}
			again = time.After(restOf * k.hold)
		}
	}
}

// size is that of the log. It is not opened for that.
func (k *logKeeper) size() int64 {
	info, err := os.Stat(k.db.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// empty has what is in the log written into the file, beside all who read and write, and then
// the log emptied, which takes a moment without readers and without the writer.
func (k *logKeeper) empty() error {
	if k.db.Moved() != nil {
		return nil // whoever writes next is told
	}
	s := writerSource(k.db.path, k.db.opt)
	if s.busy = emptyMost; k.followed.Load() {
		s.busy = followedWait
	}
	pool, err := newPool(s)
	if err != nil {
		return err
	}
	defer pool.Close()
	ctx := context.Background()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := runThrough(ctx, conn, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil || k.size() <= k.db.opt.logMost {
		return err
	}
	letGo, held := k.db.readers.hold(k.hold, k.closing)
	defer letGo()
	if !held {
		k.hold = min(2*k.hold, holdMost)
		return nil
	}
	k.hold = holdLeast
	err = runThrough(ctx, conn, sqlEmptyLog)
	if IsBusy(err) {
		return nil // another program reads from it
	}
	return err
}

// hold keeps new reads waiting, and waits until those that run have ended, for no longer
// than most. The new ones go on when letGo is called, and in any case soon.
func (r *readers) hold(most time.Duration, closing <-chan struct{}) (letGo func(), held bool) {
	if since := r.reading(); !since.IsZero() && time.Since(since) > oldOf*most {
		return func() {}, false
	}
	gate := make(chan struct{})
	r.gate.Store(&gate)
	open := func() {
		if r.gate.CompareAndSwap(&gate, nil) {
			close(gate)
		}
	}
	timer := time.AfterFunc(most+emptyMost, open)
	letGo = func() {
		timer.Stop()
		open()
	}
	for end := time.Now().Add(most); time.Now().Before(end); {
		if r.reading().IsZero() {
			return letGo, true
		}
		select {
		case <-time.After(time.Millisecond):
		case <-closing:
			return letGo, false
		}
	}
	return letGo, false
}

// held waits while new reads are held.
func (r *readers) held(ctx context.Context) error {
	gate := r.gate.Load()
	if gate == nil {
		return nil
	}
	select {
	case <-*gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.closing:
		return ErrClosed
	}
}

// begun and ended note a read that keeps the log.
func (r *readers) begun(tx *Tx) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since[tx] = time.Now()
}

func (r *readers) ended(tx *Tx) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.since, tx)
}

// reading is when the oldest read began that has not ended; zero if there is none.
func (r *readers) reading() (oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, since := range r.since {
		if oldest.IsZero() || since.Before(oldest) {
			oldest = since
		}
	}
	return oldest
}

// Reading is when the oldest read of this DB began that has not ended; zero if there is none.
// What was written since then stays in the log.
func (db *DB) Reading() time.Time { return db.readers.reading() }

// Litestream copies a database out of its log. While it runs, it keeps a read open, so that no
// checkpoint of ours empties the log before it has all of it: SQLite does not let it. To wait for
// the end of that read would hold up all who write, for nothing.
//
// While it does not run, the log is begun anew as always, and Litestream has to notice that when
// it comes back. It looks where it was in the file: if the log that was begun anew is shorter, the
// last frame that it copied still stands there, and it goes on without what was written after that
// frame. So of a database that is followed, the log is cut behind the first commit of whoever
// begins it anew (journal_size_limit); what Litestream has copied is then not there, and it copies
// the whole database.
const (
	followedWait  = time.Millisecond
	sqlCutLog     = "PRAGMA journal_size_limit = 0"
	sqlEmptyLog   = "PRAGMA wal_checkpoint(TRUNCATE)"
	lookFollowers = time.Second // Litestream may be started while a database is open
)

// mindFollower has the connection cut logs that it begins anew, if the database is followed.
func (c *writerConn) mindFollower(ctx context.Context) error {
	if err := c.GetContext(ctx, &c.followed, sqlfile.SQLFollowed); err != nil || !c.followed {
		return err
	}
	_, err := c.ExecContext(ctx, sqlCutLog)
	return err
}

// lookForFollower minds a follower that has come after the database was opened. Who looks
// next tells of what fails.
func (k *logKeeper) lookForFollower() {
	if k.followed.Load() || time.Since(k.looked) < k.db.opt.lookFollowers {
		return
	}
	k.looked = time.Now()
	ctx := context.Background()
	var followed bool
	err := k.db.View(ctx, func(ctx context.Context, tx *Tx) error { return tx.Get(ctx, &followed, sqlfile.SQLFollowed) })
	if err != nil || !followed {
		return
	}
	if err := k.db.Do(ctx, func(ctx context.Context, _ *Tx) error { return k.db.writer.conn.mindFollower(ctx) }); err == nil {
		k.followed.Store(true)
	}
}

// EmptyLog writes what is in the log into the file, and empties it if nobody reads from it.
func (db *DB) EmptyLog(ctx context.Context) error {
	s := writerSource(db.path, db.opt)
	if db.log != nil && db.log.followed.Load() {
		s.busy = followedWait
	}
	return db.maintain(ctx, s, sqlEmptyLog)
}
