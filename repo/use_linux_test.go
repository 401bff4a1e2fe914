package repo_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// use is what a process takes of the system, in the four quarters of its time.
type use struct {
	ended   chan struct{}
	whole   time.Duration
	quarter [4]struct{ resident, files int } // the most of MB, of descriptors
}

// watchUse looks at this process until a time.
func watchUse(until time.Time) *use {
	u := &use{ended: make(chan struct{}), whole: time.Until(until)}
	go func() {
		defer close(u.ended)
		for left := time.Until(until); left > 0; left = time.Until(until) {
			q := &u.quarter[min(3, int(4*(u.whole-left)/u.whole))]
			q.resident = max(q.resident, residentMB())
			if list, err := os.ReadDir("/proc/self/fd"); err == nil {
				q.files = max(q.files, len(list))
			}
			time.Sleep(min(u.whole/80, time.Second))
		}
	}()
	return u
}

// want wants the process not to have grown: what it takes in the last quarter it took in the second, when
// all had begun. What comes and goes with chance is a few connections and a check.
func (u *use) want(t *testing.T) {
	t.Helper()
	<-u.ended
	fmt.Printf("MB and descriptors by quarters: %v\n", u.quarter)
	warm, last := u.quarter[1], u.quarter[3]
	if last.files > 2*warm.files+20 {
		t.Errorf("descriptors: %v", u.quarter)
	}
	if u.whole >= 20*time.Second && last.resident > warm.resident*3/2+50 {
		t.Errorf("memory: %v", u.quarter)
	}
}

var residentLine = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

func residentMB() int {
	status, err := os.ReadFile("/proc/self/status")
	if m := residentLine.FindSubmatch(status); err == nil && m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		return n >> 10
	}
	return 0
}
