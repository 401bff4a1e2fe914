package repo_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestStoreCrash kills a process that saves entities and adds items from many
// goroutines. Whatever it acknowledged is there afterwards, and the store is in
// order. The flag -crash.rounds says how often.
func TestStoreCrash(t *testing.T) {
	t.Parallel()
	acknowledged := map[string]bool{}
	crashes(t, testdb.Dir(t), "TestStoreCrashChild", 200*time.Millisecond, func(s *repo.Store, lines []string) {
		for _, line := range lines {
			acknowledged[line] = true
		}
		wantAcknowledged(t, s, acknowledged)
	})
	t.Logf("%d writes acknowledged", len(acknowledged))
}

const (
	crashEnv      = "REPO_CRASH_STORE" // the store's directory, for a child
	crashRoundEnv = "REPO_CRASH_ROUND"
)

// crashes kills a child that works on the store in dir, again and again. Each time
// look is told what the child has said, and then the store must be in order.
func crashes(t *testing.T, dir, child string, span time.Duration, look func(s *repo.Store, lines []string)) {
	t.Helper()
	for round := range *repo.CrashRounds {
		lines := repo.KilledChild(t, child, span, crashEnv+"="+dir, crashRoundEnv+"="+strconv.Itoa(round))
		if len(lines) == 0 {
			t.Error("the child did not get as far as writing")
		}
		s := testdb.Reopen(t, dir)
		look(s, lines)
		fatal(t, s.Close())
		testdb.WantClean(t, dir)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// crashDir is the store that this process works on if it is a child.
func crashDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(crashEnv)
	if dir == "" {
		t.Skip("runs as the child of another test only")
	}
	return dir
}

// wantAcknowledged looks for what "note ID", "change ID", "item ID", "away ID"
// and "blob SHA" say was done.
func wantAcknowledged(t *testing.T, s *repo.Store, acknowledged map[string]bool) {
	t.Helper()
	items := map[string]bool{}
	for e, err := range s.Sessions.Screenshots.All(t.Context(), "s") {
		if !errors.Is(err, repo.ErrNotFound) {
			fatal(t, err)
		}
		items[e.ID] = true
	}
	found := map[string]schema.Note{}
	for n, err := range s.Notes.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		found[n.ID] = n
	}
	for line := range acknowledged {
		what, id, _ := strings.Cut(line, " ")
		n, there := found[id]
		switch what {
		case "note":
			if !there || len(n.Tags) != 2 || len(n.Updates) != 1 {
				t.Errorf("%s is not there in full: %+v", line, n)
			}
		case "change":
			if n.Summary != "changed" || n.Rev < 2 {
				t.Errorf("%s was lost: %+v", line, n)
			}
		case "item":
			if !items[id] {
				t.Errorf("%s was lost", line)
			}
		case "blob":
			if _, err := s.Contents.Stat(t.Context(), id); err != nil {
				t.Errorf("%s was lost: %v", line, err)
			}
		}
	}
}

// TestStoreCrashChild is the process that is killed.
func TestStoreCrashChild(t *testing.T) {
	s := testdb.Reopen(t, crashDir(t))
	session := schema.Session{Head: schema.Head{ID: "s"}}
	if err := s.Sessions.Save(t.Context(), &session); err != nil && !errors.Is(err, repo.ErrExists) {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for lane := range 30 {
		wg.Go(func() {
			for n := 0; ; n++ {
				if !crashStep(t, s, fmt.Sprintf("r%s-%d-%d", os.Getenv(crashRoundEnv), lane, n), lane) {
					return
				}
			}
		})
	}
	wg.Wait()
}

// crashStep does one thing or two and says so when it is durable.
func crashStep(t *testing.T, s *repo.Store, id string, lane int) bool {
	say := func(what, id string, err error) bool {
		if err != nil {
			t.Errorf("%s %s: %v", what, id, err)
			return false
		}
		repo.Say(what, id)
		return true
	}
	switch lane % 3 {
	case 0:
		return say("item", id, s.Sessions.Screenshots.Add(t.Context(), "s", shot(id)))
	case 1:
		a := schema.Attachment{Head: schema.Head{ID: id}}
		a.File.Text = "data:text/plain," + id
		err := s.Attachments.Save(t.Context(), &a)
		return say("blob", a.File.Blob, err)
	}
	n := note(id, "content of "+id)
	n.Tags = []string{"one", "two"}
	n.Updates = []schema.NoteUpdate{{Content: "addition"}}
	if !say("note", id, s.Notes.Save(t.Context(), n)) {
		return false
	}
	n.Summary = "changed"
	return say("change", id, s.Notes.Save(t.Context(), n))
}
