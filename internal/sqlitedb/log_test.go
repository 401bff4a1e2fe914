package sqlitedb

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestLogIsEmptied: while reads overlap without a pause, the log does not grow without bound, and
// no write waits for long.
func TestLogIsEmptied(t *testing.T) {
	for _, long := range []time.Duration{20 * time.Millisecond, 250 * time.Millisecond} {
		t.Run(long.String(), func(t *testing.T) { logIsEmptied(t, long) })
	}
}

func logIsEmptied(t *testing.T, long time.Duration) {
	path := numberFile(t)
	db := openTest(t, path, func(o *Options) { o.logMost = 1 << 20 })
	var stop atomic.Bool
	var readers sync.WaitGroup
	for i := range 3 { // there is always one that has begun before the others have ended
		readers.Go(func() {
			time.Sleep(time.Duration(i) * long / 3)
			for !stop.Load() {
				err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
					err := tx.Get(ctx, new(int), sqlCount)
					time.Sleep(long)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	body, largest, written, slowest := strings.Repeat("x", 100_000), int64(0), int64(0), time.Duration(0)
	for n, end := 0, time.Now().Add(4*time.Second); time.Now().Before(end); n++ {
		begun := time.Now()
		err := db.Do(t.Context(), func(ctx context.Context, tx *Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO number (n, body) VALUES (?, ?)\nON CONFLICT (n) DO UPDATE SET body = excluded.body", n%10, body)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		slowest, written = max(slowest, time.Since(begun)), written+int64(len(body))
		if info, err := os.Stat(path + "-wal"); err == nil {
			largest = max(largest, info.Size())
		}
		time.Sleep(2 * time.Millisecond)
	}
	stop.Store(true)
	readers.Wait()
	t.Logf("the largest log had %d bytes, the slowest write took %v", largest, slowest)
	if largest > written/2 {
		t.Errorf("the log grew to %d bytes of %d that were written", largest, written)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if info, err := os.Stat(path + "-wal"); err == nil && info.Size() <= db.opt.logMost {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the log stays large when nobody reads any more")
		}
	}
}

// TestLongReadIsKnown: a read that keeps the log is not waited for, holds nobody up, and is known.
func TestLongReadIsKnown(t *testing.T) {
	db := filled(t, 1, func(o *Options) { o.logMost = 1 })
	if !db.Reading().IsZero() {
		t.Error("there is a read")
	}
	err := db.View(t.Context(), func(ctx context.Context, tx *Tx) error {
		if db.Reading().IsZero() {
			t.Error("there is no read")
		}
		time.Sleep(oldOf*holdLeast + 50*time.Millisecond)
		if err := db.Do(context.Background(), add(100)); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
		begun := time.Now()
		err := db.View(context.Background(), func(context.Context, *Tx) error { return nil })
		if took := time.Since(begun); took > holdLeast/2 {
			t.Errorf("a read waited for %v", took)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
