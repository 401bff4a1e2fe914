package decode

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// liveHeap is what is in use on the heap, without what is garbage.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// heapWatch is a sink that keeps nothing and looks at the heap at each session.
type heapWatch struct {
	sourcetest.Records
	peak uint64
	size int
}

func (h *heapWatch) Candidate(c record.Candidate) error {
	h.peak, h.size = max(h.peak, liveHeap()), max(h.size, len(c.Raw))
	return nil
}

// TestSessionMemory: the parts of a session are not held in memory while it is put
// together, only its record is once it is whole. It is a record of 24 MB, of files and of
// the rows of a dump.
func TestSessionMemory(t *testing.T) {
	const chunks, size = 24, 1 << 20
	letters := make([]byte, size)
	for i := range letters {
		letters[i] = "abcdefghijklmnopqrstuvwxyz"[rand.N(26)]
	}
	files := map[string]string{"metadata.json": sourcetest.Meta}
	rows := []string{`{"name":"sessions/s/metadata","data":` + sourcetest.Meta + `,"timestamp":1}`}
	for i := range chunks {
		name := fmt.Sprintf("screenshots/chunk-%03d", i)
		text := fmt.Sprintf(`{"screenshots":[{"id":"%d","text":"%s"},{"id":"%d-b"}]}`, i, letters, i)
		files[name+".json"] = text
		rows = append(rows, `{"name":"sessions/s/`+name+`","data":`+text+`,"timestamp":1}`)
	}
	for name, path := range map[string]string{
		"files": sourcetest.Parted(t, files),
		"rows":  sourcetest.Tree(t, map[string]string{"dump.json": "[" + strings.Join(rows, ",") + "]"}) + "/dump.json",
	} {
		t.Run(name, func(t *testing.T) {
			var reading uint64
			scanning, last := false, int64(0)
			src, err := source.Open(t.Context(), path, source.Options{Progress: func(done, _ int64) {
				if scanning && done-last > 4<<20 {
					reading, last = max(reading, liveHeap()), done
				}
			}})
			sourcetest.Must(t, err)
			defer src.Close()
			base := liveHeap()
			scanning = true
			h := &heapWatch{}
			sourcetest.Must(t, Scan(t.Context(), src, h))
			t.Logf("a record of %d MB: %d MB more are in use at its end, %d MB while it is read", h.size>>20, (h.peak-base)>>20, (max(reading, base)-base)>>20)
			if h.size < chunks*size {
				t.Errorf("the record has %d bytes", h.size)
			}
			if h.peak > base+uint64(h.size)+4<<20 {
				t.Errorf("%d bytes are in use beside those of the record", h.peak-base-uint64(h.size))
			}
			if reading > base+8<<20 {
				t.Errorf("%d bytes are in use while the parts are read", reading-base)
			}
		})
	}
}
