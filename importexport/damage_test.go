package importexport_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
)

var (
	damageFor   = flag.Duration("damage.for", 0, "how long to import damaged files; 0 imports a fixed number")
	damageDraws = flag.Int("damage.draws", 15, "how many damaged files to import, where damage.for says nothing")
	damageSeed  = flag.Uint64("damage.seed", 0, "the first draw; 0 is the first of all, with damage.for one of the moment")
)

const (
	damageTime = 30 * time.Second // of one import
	damageHeap = 256 << 20        // more than before
	damageMost = 20               // failures, after which it ends
)

// damageInput is a file that an import reads.
type damageInput struct {
	name string
	text []byte
	// hold imports the file and fails the test unless every record that can still be read
	// is in the store, or the import says that something is wrong.
	hold func(t testing.TB, s *repo.Store, d *damaged)
}

// damaged is a file and what happened to it.
type damaged struct {
	*damageInput
	name string
	text []byte
	path string // where it lies
	told []string
}

// TestImportDamagedDraws imports files of every form, each damaged in a way that its number
// decides. An import that says nothing has brought in every record that the file still
// holds; whatever it says, it does not panic and is bounded in time and memory.
func TestImportDamagedDraws(t *testing.T) {
	inputs := append(ourInputs(t), legacyInputs(t)...)
	seed := max(*damageSeed, 1)
	if *damageFor > 0 && *damageSeed == 0 {
		seed = uint64(time.Now().UnixNano()) / 1e6 * 1000
	}
	begun, failed := time.Now(), 0
	draw := 0
	for ; failed < damageMost; draw++ {
		if done := draw >= *damageDraws; *damageFor > 0 && time.Since(begun) > *damageFor || *damageFor == 0 && done {
			break
		}
		n := seed + uint64(draw)
		if !t.Run(fmt.Sprint(n), func(t *testing.T) { damagedDraw(t, inputs, n) }) {
			failed++
		}
	}
	t.Logf("%d draws from %d in %v, %d failed", draw, seed, time.Since(begun).Round(time.Second), failed)
}

// TestImportUndamaged holds what no damage excuses: every input is brought in whole. Without
// damage.for, of all but the first of them every fortieth.
func TestImportUndamaged(t *testing.T) {
	inputs := append(ourInputs(t), legacyInputs(t)...)
	for i, in := range inputs {
		if *damageFor == 0 && i > 30 && i%40 != 0 || i > 0 && in == inputs[i-1] {
			continue
		}
		t.Run(in.name, func(t *testing.T) { (&damaged{damageInput: in, name: in.name, text: in.text}).imported(t) })
	}
}

func damagedDraw(t *testing.T, inputs []*damageInput, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 17))
	in := inputs[r.IntN(len(inputs))]
	d := &damaged{damageInput: in, name: in.name, text: in.text}
	for range 1 + r.IntN(2) {
		d.damage(r)
	}
	d.imported(t)
	if t.Failed() {
		t.Logf("%s: %s\nagain: go test ./importexport -run TestImportDamagedDraws -damage.draws 1 -damage.seed %d (with the same TASKSTORE_LEGACY_DATA)", in.name, strings.Join(d.told, ", "), seed)
		if dir := os.Getenv("DAMAGE_KEEP"); dir != "" {
			fatal(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(seed, "-", filepath.Base(d.name))), d.text, 0o600))
		}
	}
}

// imported imports the file into a new store, within the bounds.
func (d *damaged) imported(t *testing.T) {
	d.path = filepath.Join(t.TempDir(), filepath.Base(d.name))
	fatal(t, os.WriteFile(d.path, d.text, 0o600))
	s := testdb.Open(t)
	begun, heap := time.Now(), watchHeap()
	defer func() {
		if cause := recover(); cause != nil {
			t.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
		if took := time.Since(begun); took > damageTime {
			t.Errorf("it took %v", took)
		}
		if held := heap(); held > damageHeap {
			t.Errorf("%d MB were held at once", held>>20)
		}
	}()
	d.hold(t, s, d)
}

// watchHeap watches how much the heap grows, garbage included; the function that it gives
// ends that and tells.
func watchHeap() (grown func() uint64) {
	now := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	ctx, cancel := context.WithCancel(context.Background())
	base, most := now(), make(chan uint64)
	go func() {
		peak := base
		for ctx.Err() == nil {
			peak = max(peak, now())
			time.Sleep(2 * time.Millisecond)
		}
		most <- peak
	}()
	return func() uint64 {
		cancel()
		return <-most - base
	}
}
