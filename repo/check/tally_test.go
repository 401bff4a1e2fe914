package check

import (
	"fmt"
	"slices"
	"testing"
)

// TestTally: areas are told of one after the other, whichever is ahead, and none goes back.
func TestTally(t *testing.T) {
	var told []string
	l := newTally(func(area string, done, total int64) { told = append(told, fmt.Sprint(area, done, "/", total)) })
	l.expect("a", 3)
	l.expect("a", 2)
	l.expect("b", 10)
	l.expect("c", 0)
	l.add("a", 2)
	l.add("b", 7) // ahead: nobody is told yet
	l.finish("a")
	l.add("a", 3)
	l.finish("c") // before its turn
	l.finish("a")
	l.add("b", 3)
	l.finish("b")
	if want := []string{"a2/5", "a5/5", "b7/10", "b10/10"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if n := l.counts(); n["a"] != 5 || n["b"] != 10 || n["c"] != 0 {
		t.Errorf("counted %v", n)
	}
}
