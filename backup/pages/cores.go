package pages

import (
	"context"
	"database/sql"
	"runtime"
	"time"
)

// Cores bounds what works at once. Whoever holds a core in it works, the others wait; nil
// is no bound.
type Cores chan struct{}

// Workers is how many goroutines compress or unpack: more would take more memory.
func Workers() int { return min(4, runtime.GOMAXPROCS(0)) }

// NewCores is as many as a copy takes.
func NewCores() Cores {
	c := make(Cores, Workers())
	for range cap(c) {
		c <- struct{}{}
	}
	return c
}

// On runs fn when there is a core for it.
func (c Cores) On(ctx context.Context, fn func() error) error {
	if c == nil {
		return fn()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c:
	}
	defer func() { c <- struct{}{} }()
	return fn()
}

// lull is how long nobody must have written for a backup to take more than one core.
const lull = time.Second

// Spare keeps all cores but one for those who write to the store, as long as they do:
// their goroutines would wait for a processor behind those that check and compress.
// lately is that somebody wrote just now. stop ends it, and gives the cores back.
func (c Cores) Spare(ctx context.Context, db Source, lately bool) (stop func(), err error) {
	store, err := db.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer store.Close()
		c.yield(ctx, store, lately)
	}()
	return func() { cancel(); <-done }, nil
}

func (c Cores) yield(ctx context.Context, store *sql.DB, lately bool) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var held int // cores that are kept from the backup
	defer func() {
		for range held {
			c <- struct{}{}
		}
	}()
	var wrote time.Time
	if lately {
		wrote = time.Now()
	}
	version := int64(-1)
	for {
		busy := time.Since(wrote) < lull
		for ; !busy && held > 0; held-- {
			c <- struct{}{}
		}
		for busy && held < cap(c)-1 {
			select {
			case <-ctx.Done():
				return
			case <-c:
				held++
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		was := version
		if err := store.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
			continue // nobody can say: nothing is lost by being quick or slow
		}
		if was >= 0 && was != version {
			wrote = time.Now()
		}
	}
}
