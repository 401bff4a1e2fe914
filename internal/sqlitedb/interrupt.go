package sqlitedb

import (
	"context"
	"fmt"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// until has the end of ctx interrupt whatever statement a connection that reads is in the middle
// of, until done is called.
func (c *conn) until(ctx context.Context) (done func()) {
	if c.handle == nil || ctx.Done() == nil {
		return func() {}
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		tls := libc.NewTLS() // that of the connection is the statement's
		defer tls.Close()
		sqlite3.Xsqlite3_interrupt(tls, c.handle.db)
	})
	return func() {
		if !stop() {
			<-interrupted // or it would be the next one's statement
		}
	}
}

// ended is the error of a read whose context may have interrupted it.
func ended(ctx context.Context, err error) error {
	code, ok := driverCode(err)
	if over := ctx.Err(); over != nil && ok && code&0xff == sqlite3.SQLITE_INTERRUPT {
		return fmt.Errorf("%w: %w", over, err)
	}
	return err
}
