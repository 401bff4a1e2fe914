package legacy_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

var (
	killRounds   = flag.Int("import.rounds", 2, "how often an importing child process is killed")
	killSessions = flag.Int("import.sessions", 10, "how many sessions that process imports")
)

// undisturbed is the dump of a store that imported a source in one go.
func undisturbed(t *testing.T, source string) []string {
	t.Helper()
	s := testdb.Open(t)
	importing(t, s, source)
	return dump(t, s)
}

// expiring is a context that is cancelled the n-th time that somebody looks at it.
type expiring struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func expiringAfter(n int64) *expiring {
	c := &expiring{}
	c.Context, c.cancel = context.WithCancel(context.Background())
	c.left.Store(n)
	return c
}

func (c *expiring) look() {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
}

func (c *expiring) Err() error            { c.look(); return c.Context.Err() }
func (c *expiring) Done() <-chan struct{} { c.look(); return c.Context.Done() }

// TestImportCancelled cancels an import at many moments and imports again: the
// store is the same as after an import that nothing disturbed.
func TestImportCancelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	content := testdb.SeededLegacy(4, testdb.SmallLegacy)
	older := content.Older()
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &content, Older: &older})
	put(t, dir, "db/broken.json", `{"cut`)
	put(t, dir, "db/topics.tmp.json", `[{"id":"only-here","name":"left over"}, 5]`)
	want := undisturbed(t, dir)

	counting := expiringAfter(1 << 60)
	s := testdb.Open(t)
	if _, err := legacy.Import(counting, s, dir, legacy.Options{}); err != nil {
		t.Fatal(err)
	}
	looks := 1<<60 - counting.left.Load()
	moments := int64(8)
	if testing.Short() {
		moments = 4
	}
	stopped := 0
	for i := range moments {
		s := testdb.Open(t)
		ctx := expiringAfter(1 + looks*i/moments + rand.Int64N(looks/moments))
		_, err := legacy.Import(ctx, s, dir, legacy.Options{})
		ctx.cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if err != nil {
			stopped++
		}
		importing(t, s, dir)
		wantSame(t, fmt.Sprintf("cancelled at moment %d of %d", i, moments), dump(t, s), want)
	}
	if stopped < int(moments)/2 {
		t.Errorf("only %d of %d imports were stopped", stopped, moments)
	}
}

// TestImportKilled kills a child process that imports, at random moments, and
// imports again.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	source := t.TempDir()
	size := testdb.LegacySize{Sessions: *killSessions, Notes: 80, Tasks: 80, Topics: 3, Companies: 3, Contacts: 3, Attachments: 9, Items: 3}
	testdb.WriteLegacyDir(t, source, testdb.LegacyOptions{Seed: 6, Size: size})
	put(t, source, "db/broken.json", `{"cut`)
	want := undisturbed(t, source)
	took := child(t, filepath.Join(testdb.Dir(t), "whole"), source, time.Hour)
	killed := 0
	// On a busy machine the first import may have been the slowest: kills then come too late.
	for i := 0; i < *killRounds || killed == 0 && i < *killRounds+10; i++ {
		dir := filepath.Join(testdb.Dir(t), "store")
		life := time.Duration(rand.Int64N(int64(took)))
		if whole := child(t, dir, source, life); whole == 0 {
			killed++
		} else {
			took = min(took, whole)
		}
		s := testdb.Reopen(t, dir, lighter)
		importing(t, s, source)
		wantSame(t, fmt.Sprintf("killed after %s of %s", life, took), dump(t, s), want)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if i < 2 || i%10 == 0 { // a full check takes as long as the import
			testdb.WantClean(t, dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		t.Logf("round %d of %d: killed after %s of %s", i+1, *killRounds, life, took)
	}
	t.Logf("%d of %d imports were killed on their way, which take %s", killed, *killRounds, took)
	if killed == 0 {
		t.Error("no import was killed on its way")
	}
}

// lighter has a write survive the end of its process, and no power cut: what a process
// wrote is there when it is killed.
func lighter(opt *repo.Options) { opt.Durability = repo.DurabilityNormal }

// child imports in a process of its own, which is killed some time after it began.
// It gives how long the import took, 0 if it was killed.
func child(t *testing.T, dir, source string, life time.Duration) time.Duration {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestImportInChild$", "-test.v")
	cmd.Env = append(os.Environ(), "LEGACY_IMPORT_STORE="+dir, "LEGACY_IMPORT_SOURCE="+source)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "importing" {
			began = time.Now()
			time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
		}
	}
	if cmd.Wait() != nil {
		return 0
	}
	return time.Since(began)
}

// TestImportInChild is the child process, and no test.
func TestImportInChild(t *testing.T) {
	dir, source := os.Getenv("LEGACY_IMPORT_STORE"), os.Getenv("LEGACY_IMPORT_SOURCE")
	if dir == "" {
		t.Skip("skipped: it is run by another test, as a child process")
	}
	s, err := repo.Open(context.Background(), dir, repo.Options{Durability: repo.DurabilityNormal})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("importing")
	if _, err := legacy.Import(context.Background(), s, source, legacy.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestImportTogether: imports into one store that begin together wait for each other, and the
// store is as if one came after the other.
func TestImportTogether(t *testing.T) {
	t.Parallel()
	source := t.TempDir()
	testdb.WriteLegacyDir(t, source, testdb.LegacyOptions{Seed: 4, Size: testdb.SmallLegacy})
	want := undisturbed(t, source)
	s := testdb.Open(t)
	failed := make(chan error)
	for range 3 {
		go func() {
			r, err := legacy.Import(t.Context(), s, source, legacy.Options{})
			if err == nil && !r.Verified {
				err = fmt.Errorf("not verified: %v", r.Warnings)
			}
			failed <- err
		}()
	}
	for range 3 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	wantSame(t, "the store", dump(t, s), want)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), "scratch*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
