// Package growth measures whether what a user waits for grows with the store: it fills stores of
// several shapes and sizes, times every operation in them, and gives the exponent between the sizes. What costs the same in
// a store of any size has 0, what reads everything 1.
//
// Each shape and size is measured in a process of its own (Measure), so that the memory is that of
// the store alone; Text, Markdown and Plots show what came of all of them.
package growth

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"taskstore/internal/bench/process"
	"taskstore/repo"
)

// Steepest is the exponent up to which an operation counts as flat: from one size to one ten
// times as large, twice the time.
const Steepest = 0.3

// Outcome is what was measured in one store.
type Outcome struct {
	Shape   string
	N       int
	Filled  float64 // seconds
	Peak    int64   // resident bytes of the process at most, 0 where that is not known
	Disk    int64   // bytes of the database file
	Timings []Timing
}

// Timing is one operation in one store, in seconds.
type Timing struct {
	Op      string
	Median  float64
	Slowest float64
}

// of gives what an operation took.
func (o Outcome) of(op string) (Timing, bool) {
	i := slices.IndexFunc(o.Timings, func(t Timing) bool { return t.Op == op })
	if i < 0 {
		return Timing{}, false
	}
	return o.Timings[i], true
}

// Bounds of how long one operation is measured.
const (
	mostCalls = 25
	mostTime  = 4 * time.Second
	tries     = 3 // of which the fastest counts: a busy machine only adds
)

// Measure fills a store of a shape in dir, and times what can be done in it.
func Measure(ctx context.Context, shape string, n int, dir string) (o Outcome, err error) {
	i := slices.IndexFunc(Shapes(), func(s Shape) bool { return s.Name == shape })
	if i < 0 {
		return o, fmt.Errorf("there is no shape %q", shape)
	}
	s := Shapes()[i]
	o.Shape, o.N = shape, n
	store, err := repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		return o, err
	}
	defer func() {
		if e := store.Close(); err == nil {
			err = e
		}
	}()
	w := &world{s: store, n: n}
	start := time.Now()
	if err := s.fill(ctx, w); err != nil {
		return o, fmt.Errorf("fill %s with %d: %w", shape, n, err)
	}
	o.Filled = time.Since(start).Seconds()
	for _, p := range s.Ops {
		t, err := p.time(ctx, w)
		if err != nil {
			return o, fmt.Errorf("%s with %d: %s: %w", shape, n, p.Name, err)
		}
		o.Timings = append(o.Timings, t)
	}
	_, o.Peak = process.Memory()
	info, err := os.Stat(filepath.Join(dir, filepath.Base(store.Path())))
	if err == nil {
		o.Disk = info.Size()
	}
	return o, err
}

// time measures an operation. The first call of all is among the slowest, whatever ran before.
func (p Op) time(ctx context.Context, w *world) (Timing, error) {
	best, slowest, i := math.Inf(1), 0.0, 0
	for range tries {
		var took []float64
		for begin := time.Now(); len(took) < mostCalls && (len(took) < 3 || time.Since(begin) < mostTime/tries); i++ {
			start := time.Now()
			if err := p.run(ctx, w, i); err != nil {
				return Timing{}, err
			}
			seconds := time.Since(start).Seconds()
			took, slowest = append(took, seconds), max(slowest, seconds)
		}
		slices.Sort(took)
		best = min(best, took[len(took)/2])
	}
	return Timing{Op: p.Name, Median: best, Slowest: slowest}, nil
}

// Exponent gives how the time of an operation grows from the smallest to the largest of the outcomes of
// one shape; false if there are not two.
func Exponent(list []Outcome, op string) (float64, bool) {
	if len(list) < 2 {
		return 0, false
	}
	first, ok := list[0].of(op)
	last, ok2 := list[len(list)-1].of(op)
	if !ok || !ok2 {
		return 0, false
	}
	return math.Log(last.Median/first.Median) / math.Log(float64(list[len(list)-1].N)/float64(list[0].N)), true
}

// Steep names the operations that should be flat and are not.
func Steep(all [][]Outcome) (list []string) {
	for _, of := range all {
		for _, s := range Shapes() {
			if len(of) == 0 || s.Name != of[0].Shape {
				continue
			}
			for _, p := range s.Ops {
				if e, ok := Exponent(of, p.Name); ok && !p.Grows && e > Steepest {
					list = append(list, fmt.Sprintf("%s, %s: exponent %.2f from %d to %d, at most %.1f is flat", s.Name, p.Name, e, of[0].N, of[len(of)-1].N, Steepest))
				}
			}
		}
	}
	return list
}
