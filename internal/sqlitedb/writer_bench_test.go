package sqlitedb

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const benchWriters = 1000

// BenchmarkWriter compares durable writes of one row by 1000 goroutines: through
// the queue, and in one transaction each on one connection under a mutex.
func BenchmarkWriter(b *testing.B) {
	b.Run("queue", func(b *testing.B) {
		db := openTest(b, numberFile(b))
		benchWrite(b, func(ctx context.Context, n int) error { return db.Do(ctx, add(n)) })
	})
	b.Run("update", func(b *testing.B) {
		db := openTest(b, numberFile(b))
		benchWrite(b, func(ctx context.Context, n int) error { return db.Update(ctx, add(n)) })
	})
	b.Run("mutex", func(b *testing.B) {
		db := openSource(b, writerSource(numberFile(b), Options{Busy: time.Second}))
		insert, err := db.Preparex(sqlAdd)
		if err != nil {
			b.Fatal(err)
		}
		var mu sync.Mutex
		benchWrite(b, func(ctx context.Context, n int) error {
			mu.Lock()
			defer mu.Unlock()
			tx, err := db.BeginTxx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.Stmtx(insert).ExecContext(ctx, n, "x"); err != nil {
				return err
			}
			return tx.Commit()
		})
	})
}

func benchWrite(b *testing.B, write func(context.Context, int) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	took := make([]time.Duration, b.N)
	ctx := context.Background()
	b.ReportAllocs()
	b.ResetTimer()
	for range benchWriters {
		wg.Go(func() {
			for {
				n := int(next.Add(1))
				if n > b.N {
					return
				}
				start := time.Now()
				if err := write(ctx, n); err != nil {
					b.Error(err)
					return
				}
				took[n-1] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	b.ReportMetric(float64(took[b.N/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
}
