package main_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

var (
	bitFlips = flag.Int("bits", 4, "how many bits are flipped, in a store and in the files beside it; a tenth as many pages are damaged, a fiftieth as many damages repaired")
	bitSeed  = flag.Uint64("bits.seed", 17, "of the draw of those bits")
)

// bitWorkers is how many damages are looked at together.
const bitWorkers = 2

// What becomes of a damage. Whatever else becomes of one is missed.
const (
	bitFound  = "found"          // check says that the store is damaged
	bitTold   = "told"           // check tells of it as of what can be made anew, and records and history are as they were
	bitNoneIt = "without effect" // every row, or what FTS5 makes of its own, the schema, every record and what is found are as they were
	bitNote   = "in a note"      // and so they are but for what is unsealed
	bitMissed = "missed"
)

// TestBits: whatever bit of a store is flipped, in its database or in a file beside it, and whatever page is written over: check, or the
// verification that is meant for the file, finds it, or nothing at all is other than it was. No command hangs or breaks. And a repair of what
// is found gives back every record and row that was not damaged or that the backup has.
func TestBits(t *testing.T) {
	s := newBitStore(t)
	t.Run("database", s.testDatabase)
	t.Run("files", s.testFiles)
}

func (s *bitStore) testDatabase(t *testing.T) {
	draw := rand.New(rand.NewPCG(*bitSeed, 0))
	tally := &bitTally{counts: map[string]int{}}
	damages := append(s.drawFlips(draw, *bitFlips), s.drawPages(draw, max(3, *bitFlips/10))...)
	inWorkers(damages, func(n int) func(bitDamage) {
		w := s.newWorker(t, n)
		return func(d bitDamage) {
			became, detail := w.try(d)
			tally.add(t, d, became, detail)
		}
	})
	t.Logf("of %d damages to the database: %v", len(damages), tally.counts)
	found := tally.foundIn(damages)
	draw.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	s.repairAll(t, found[:min(len(found), max(2, *bitFlips/50))])
}

// inWorkers gives each of a list to one of the workers.
func inWorkers[T any](list []T, worker func(n int) func(T)) {
	queue := make(chan T, len(list))
	for _, one := range list {
		queue <- one
	}
	close(queue)
	var group sync.WaitGroup
	for n := range min(bitWorkers, len(list)) {
		do := worker(n)
		group.Go(func() {
			for one := range queue {
				do(one)
			}
		})
	}
	group.Wait()
}

// bitTally counts what became of damages.
type bitTally struct {
	mu     sync.Mutex
	counts map[string]int
	found  map[string]bool // by name
}

func (b *bitTally) add(t *testing.T, d bitDamage, became, detail string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[became]++
	switch became {
	case bitMissed:
		t.Errorf("%s: %s", d.name, detail)
	case bitFound, bitTold:
		if b.found == nil {
			b.found = map[string]bool{}
		}
		b.found[d.name] = true
	}
}

func (b *bitTally) foundIn(list []bitDamage) (found []bitDamage) {
	for _, d := range list {
		if b.found[d.name] {
			found = append(found, d)
		}
	}
	return found
}

// bitWorker damages a copy of a store.
type bitWorker struct {
	s     *bitStore
	dir   string
	reads int // how many commands that read were run over damage
}

func (s *bitStore) newWorker(t *testing.T, n int) *bitWorker {
	t.Helper()
	w := &bitWorker{s: s, dir: filepath.Join(t.TempDir(), fmt.Sprint("store", n))}
	if err := os.CopyFS(w.dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return w
}

// try does a damage, looks what becomes of it, and undoes it.
func (w *bitWorker) try(d bitDamage) (became, detail string) {
	file := filepath.Join(w.dir, "store.db")
	if err := writeAt(file, d.at, d.text); err != nil {
		return bitMissed, err.Error()
	}
	became, detail = w.look()
	if is, err := os.ReadFile(file); err != nil || len(is) != len(w.s.file) || !bytes.Equal(is[d.at:d.at+len(d.text)], d.text) {
		became, detail = bitMissed, fmt.Sprintf("the file was changed: %d bytes, %v; %s", len(is), err, detail)
	}
	if err := errors.Join(os.Remove(file), os.WriteFile(file, w.s.file, 0o600)); err != nil {
		return bitMissed, err.Error()
	}
	return became, detail
}

// bitReads are run in turn over damage that check has found: they end, with an answer or an error.
var bitReads = [][]string{{"get", "notes", "note-x"}, {"get", "sessions", "1757401200000-lh1search", "--full"}, {"list", "notes"}, {"search", "the"}, {"history", "notes", "note-x"}, {"status"},
	{"export", "-f", "-"}, {"legacy", "report"}, {"check", "--quick"}, {"blob", "list"}}

// look finds out what became of the damage.
func (w *bitWorker) look() (became, detail string) {
	defer dropLog(w.dir)
	got := bitRun(w.dir, "check", "--json")
	switch {
	case got.broken != "":
		return bitMissed, "check: " + got.broken
	case got.code == 13:
		args := bitReads[w.reads%len(bitReads)]
		w.reads++
		if read := bitRun(w.dir, append([]string{"--read-only"}, args...)...); read.broken != "" || !slices.Contains([]int{0, 3, 10, 12, 13}, read.code) {
			return bitMissed, fmt.Sprintf("%v: %s, exit %d %.500s", args, read.broken, read.code, read.stderr)
		}
		return bitFound, ""
	case got.code != 0 && got.code != 3:
		return bitMissed, fmt.Sprintf("check ends with %d: %.500s", got.code, got.stderr)
	}
	is, err := answersOf(w.dir, w.s.tables)
	if err != nil {
		return bitMissed, fmt.Sprintf("check ends with %d, and then: %v", got.code, err)
	}
	if got.code == 3 && is.sameData(w.s.answers) {
		return bitTold, ""
	}
	if differs := w.s.answers.differs(is); differs != "" {
		if lists, err := listsOf(w.dir); err == nil && lists == w.s.lists && w.s.answers.differs(is, ofFTS5...) == "" {
			return bitNoneIt, ""
		}
		return bitMissed, fmt.Sprintf("check ends with %d, and %s", got.code, differs)
	}
	if is.notes != w.s.answers.notes {
		return bitNote, ""
	}
	return bitNoneIt, ""
}

func dropLog(dir string) {
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(dir, "store.db"+suffix)) // it is mostly not there
	}
}

func writeAt(file string, at int, text []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, int64(at))
	return errors.Join(err, f.Close())
}
