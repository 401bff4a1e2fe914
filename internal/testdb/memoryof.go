package testdb

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// MemoryOf tells what fn allocates in all, and how much more than before is in use at
// once.
func MemoryOf(fn func()) (total, held float64) {
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // garbage does not count
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapAlloc))
			}
		}
	}()
	fn()
	close(stop)
	<-stopped
	runtime.ReadMemStats(&now)
	return float64(now.TotalAlloc - before.TotalAlloc), float64(max(most.Load(), before.HeapAlloc) - before.HeapAlloc)
}
