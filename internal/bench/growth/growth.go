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
	Fastest float64
	Median  float64
	Slowest float64
}

// cost is what is compared between sizes. A write waits for the disk, and on a busy one most calls wait for what other
// programs have written; the fastest call does not.
func (t Timing) cost(p Op) float64 {
	if p.Group == writing {
		return t.Fastest
	}
	return t.Median
}

// of gives what an operation took.
func (o Outcome) of(op string) (Timing, bool) {
	i := slices.IndexFunc(o.Timings, func(t Timing) bool { return t.Op == op })
	if i < 0 {
		return Timing{}, false
	}
	return o.Timings[i], true
}

// Effort is how long one operation is measured.
type Effort struct {
	calls int // of one try, at most
	time  time.Duration
	tries int // of which the fastest counts: a busy machine only adds
	page  int // rows of a page
}

// The efforts: a short run must find what is steep, not say how long it takes.
var (
	Long  = Effort{calls: 25, time: 4 * time.Second, tries: 3, page: page}
	Short = Effort{calls: 5, time: time.Second, tries: 2, page: 20}
)

// Measure fills a store of a shape in dir, and times what can be done in it.
func Measure(ctx context.Context, shape string, n int, dir string, effort Effort) (o Outcome, err error) {
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
	w := &world{s: store, n: n, page: effort.page}
	start := time.Now()
	if err := s.fill(ctx, w); err != nil {
		return o, fmt.Errorf("fill %s with %d: %w", shape, n, err)
	}
	o.Filled = time.Since(start).Seconds()
	for _, p := range s.Ops {
		t, err := p.time(ctx, w, effort)
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
func (p Op) time(ctx context.Context, w *world, effort Effort) (Timing, error) {
	t := Timing{Op: p.Name, Fastest: math.Inf(1), Median: math.Inf(1)}
	i := 0
	for range effort.tries {
		var took []float64
		for begin := time.Now(); len(took) < effort.calls && (len(took) < 3 || time.Since(begin) < effort.time/time.Duration(effort.tries)); i++ {
			start := time.Now()
			if err := p.run(ctx, w, i); err != nil {
				return Timing{}, err
			}
			took = append(took, time.Since(start).Seconds())
		}
		slices.Sort(took)
		t.Fastest, t.Median, t.Slowest = min(t.Fastest, took[0]), min(t.Median, took[len(took)/2]), max(t.Slowest, took[len(took)-1])
	}
	return t, nil
}

// nothing is added to all times before they are compared: what takes less is as good as nothing, and of that the page
// cache decides more than the store's size does.
const nothing = 200e-6

// Exponent gives how the time of an operation grows from the smallest to the largest of the outcomes of
// one shape for which it must be flat; false if there are not two.
func Exponent(list []Outcome, p Op) (float64, bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(o Outcome) bool {
		_, ok := o.of(p.Name)
		return !ok || o.N*shapeOf(o.Shape).Part < p.From
	})
	if len(list) < 2 {
		return 0, false
	}
	small, large := list[0], list[len(list)-1]
	first, _ := small.of(p.Name)
	last, _ := large.of(p.Name)
	return math.Log((last.cost(p)+nothing)/(first.cost(p)+nothing)) / math.Log(float64(large.N)/float64(small.N)), true
}

// Steep names the operations that should be flat and are not.
func Steep(all [][]Outcome) (list []string) {
	for _, of := range all {
		for _, p := range shapeOf(of[0].Shape).Ops {
			if e, ok := Exponent(of, p); ok && p.Reads == "" && e > Steepest {
				list = append(list, fmt.Sprintf("%s, %s: exponent %.2f up to %d, at most %.1f is flat", of[0].Shape, p.Name, e, of[len(of)-1].N, Steepest))
			}
		}
	}
	return list
}

// tooLong is how long no call should take, in seconds.
const tooLong = 0.1

// Slow names the operations that should be flat and of which a single call took long. One call says little of an
// operation, so that this is told, and is no failure.
func Slow(all [][]Outcome) (list []string) {
	for _, of := range all {
		for _, p := range shapeOf(of[0].Shape).Ops {
			for _, o := range of {
				if t, ok := o.of(p.Name); ok && p.Reads == "" && t.Slowest > tooLong {
					list = append(list, fmt.Sprintf("%s, %s: one call took %s with %d", o.Shape, p.Name, show(t.Slowest), o.N))
				}
			}
		}
	}
	return list
}
