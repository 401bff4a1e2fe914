package sqlitedb

import (
	"context"
	"time"

	"taskstore/internal/sqlfile"
)

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
