package opening

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"taskstore/internal/durable"
	"taskstore/internal/sqlitedb"
)

// waitFor is how long another program's lock is waited for, unless somebody says.
const waitFor = 5 * time.Second

// Lock takes the lock of the store in dir, or says that it waited in vain: ErrLocked. A wait
// of 0 is five seconds, or until ctx ends if that has a deadline.
func Lock(ctx context.Context, dir string, wait time.Duration, how durable.Sharing) (release func() error, err error) {
	if wait <= 0 {
		wait = durable.UntilEnd(ctx, waitFor)
	}
	release, err = durable.Lock(ctx, filepath.Join(dir, lockName), how, wait)
	if errors.Is(err, durable.ErrLocked) {
		err = fmt.Errorf("%w: it is open elsewhere, or being migrated or restored", sqlitedb.ErrLocked)
	}
	return release, err
}
