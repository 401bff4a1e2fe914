package check

import (
	"maps"
	"sync"
)

// tally counts what is done of each area, for the report and for those who wait.
//
// Areas are worked at together, but whoever waits is told of one after the other, in
// their order: of the first that is not finished, however far the next ones are.
type tally struct {
	tell  func(area string, done, total int64) // or nil
	order []string

	mu    sync.Mutex
	done  map[string]int64
	total map[string]int64 // 0: not known
	open  map[string]int   // jobs that are not finished
}

func newTally(tell func(string, int64, int64)) *tally {
	return &tally{tell: tell, done: map[string]int64{}, total: map[string]int64{}, open: map[string]int{}}
}

// expect adds a job to an area, and what it will count.
func (t *tally) expect(area string, total int64) {
	if _, known := t.done[area]; !known {
		t.order, t.done[area] = append(t.order, area), 0
	}
	t.open[area]++
	t.total[area] += total
}

// size says how much more of an area there will be.
func (t *tally) size(area string, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total[area] += total
}

// add counts n things of an area as looked at.
func (t *tally) add(area string, n int64) {
	if n == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[area] += n
	if len(t.order) > 0 && t.order[0] == area {
		t.say()
	}
}

// finish ends a job. When it was the last of the area that is told of, the next one's turn has come.
func (t *tally) finish(area string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[area]--
	for len(t.order) > 0 && t.open[t.order[0]] == 0 {
		if t.order = t.order[1:]; len(t.order) > 0 && t.done[t.order[0]] > 0 {
			t.say()
		}
	}
}

func (t *tally) say() {
	if t.tell != nil {
		t.tell(t.order[0], t.done[t.order[0]], t.total[t.order[0]])
	}
}

func (t *tally) counts() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.done)
}
