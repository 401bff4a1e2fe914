//go:build unix

package main_test

import (
	"bytes"
	"database/sql"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"taskstore/internal/testdb"

	"github.com/google/go-cmp/cmp"
)

// The exit codes that these tests meet.
const (
	exitMisused     = 2
	exitFindings    = 3
	exitNoStore     = 10
	exitInterrupted = 130
)

var (
	stopRounds   = flag.Int("import.rounds", 2, "how often an importing storectl is killed, and goes on")
	stopSessions = flag.Int("import.sessions", 10, "how many sessions it imports")
)

// importSource writes a directory to import, with damage in it.
func importSource(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "old app")
	size := testdb.LegacySize{Sessions: *stopSessions, Notes: 40, Tasks: 40, Topics: 3, Companies: 3, Contacts: 3, Attachments: 9, Items: 3}
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Seed: 11, Size: size})
	if err := os.WriteFile(filepath.Join(dir, "db", "broken.json"), []byte(`{"cut`), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// program runs storectl in a process of its own. started, if set, may end the process; done
// is closed when it has ended.
func program(t *testing.T, store string, started func(p *os.Process, done <-chan struct{}), args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command("storectl", append([]string{"--store", store}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- cmd.Wait(); close(done) }()
	if started != nil {
		started(cmd.Process, done)
	}
	var exit *exec.ExitError
	if err := <-ended; err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

// atWork waits until an import into the store has made room for its work.
func atWork(store string, done <-chan struct{}) bool {
	for len(scratchOf(store)) == 0 {
		select {
		case <-done:
			return false
		case <-time.After(time.Millisecond):
		}
	}
	return true
}

func scratchOf(store string) []string {
	list, _ := filepath.Glob(filepath.Join(store, "scratch", "*", "stage.db"))
	return list
}

// imported imports again, with --resume where an import was interrupted, and returns what
// is in the store.
func imported(t *testing.T, store, source string) []string {
	t.Helper()
	code, stderr := program(t, store, nil, "legacy", "import", source, "--resume")
	if code == exitMisused && strings.Contains(stderr, "no import was interrupted") || code == exitNoStore {
		code, stderr = program(t, store, nil, "legacy", "import", source)
	}
	if code != exitFindings {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if left := scratchOf(store); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if code, stderr := program(t, store, nil, "legacy", "verify", source); code != exitFindings {
		t.Errorf("verify: exit %d: %s", code, stderr)
	}
	return rowsOf(t, filepath.Join(store, "store.db"))
}

// rowsOf gives the rows of all tables but those that are derived, without what says when or
// where something was done.
func rowsOf(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var query string
	err = db.QueryRow(`SELECT group_concat(text, ' UNION ALL ') FROM (
		SELECT 'SELECT ''' || t.name || ' '' || ' || group_concat('quote("' || c.name || '")', ' || '' '' || ') || ' FROM "' || t.name || '"' AS text
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'search%' AND t.name NOT LIKE 'facet%' AND t.name NOT LIKE 'goose%'
			AND c.name NOT IN ('at', 'saved_at', 'added_at', 'started_at', 'finished_at', 'done_at', 'trashed_at', 'applied_at', 'sum', 'report', 'tstamp')
			AND NOT (t.name = 'store' AND c.name = 'value')
		GROUP BY t.name)`).Scan(&query)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestImportInterrupted: Ctrl-C ends an import with the code of an interrupt and the words
// that go on with it; nothing is left behind, and going on ends as if nothing had been.
func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	source := importSource(t)
	want := imported(t, filepath.Join(t.TempDir(), "undisturbed"), source)
	for range 10 { // one may be too quick
		store := filepath.Join(t.TempDir(), "store")
		code, stderr := program(t, store, func(p *os.Process, done <-chan struct{}) {
			if atWork(store, done) {
				_ = p.Signal(os.Interrupt)
			}
		}, "legacy", "import", source)
		if code == exitFindings {
			continue
		}
		if code != exitInterrupted || !strings.Contains(stderr, "storectl --store "+store+" legacy import '"+source+"' ") || !strings.Contains(stderr, "interrupted") {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		if left := scratchOf(store); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if diff := cmp.Diff(want, imported(t, store, source)); diff != "" {
			t.Errorf("-undisturbed +interrupted\n%.4000s", diff)
		}
		return
	}
	t.Error("no import was interrupted")
}

// TestImportKilled kills an import at random moments; going on ends as if nothing had been.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	source, whole := importSource(t), filepath.Join(t.TempDir(), "undisturbed")
	var began time.Time
	if code, stderr := program(t, whole, func(_ *os.Process, done <-chan struct{}) { atWork(whole, done); began = time.Now() }, "legacy", "import", source); code != exitFindings {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	took := time.Since(began)
	want, killed := rowsOf(t, filepath.Join(whole, "store.db")), 0
	for round := 0; round < 4**stopRounds && killed < *stopRounds; round++ {
		store := filepath.Join(t.TempDir(), "store")
		life := time.Duration(rand.Int64N(int64(took)))
		code, _ := program(t, store, func(p *os.Process, done <-chan struct{}) {
			atWork(store, done)
			select {
			case <-done:
			case <-time.After(life):
				_ = p.Signal(syscall.SIGKILL)
			}
		}, "legacy", "import", source)
		if code < 0 {
			killed++
		} else {
			took = min(took, life) // it was quicker than the first
			continue
		}
		left := len(scratchOf(store))
		if diff := cmp.Diff(want, imported(t, store, source)); diff != "" {
			t.Errorf("killed after %s of %s: -undisturbed +killed\n%.4000s", life, took, diff)
		}
		t.Logf("round %d of %d: killed after %s of %s, %d scratch left", killed, *stopRounds, life, took, left)
		if err := os.RemoveAll(store); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if killed == 0 {
		t.Error("no import was killed on its way")
	}
}
