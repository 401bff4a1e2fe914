package main_test

import (
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	main "taskstore/cmd/storectl"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

var (
	headFlips = flag.Int("heads.flips", 30, "how many bits are flipped in the heads of records")
	headSeed  = flag.Uint64("heads.seed", 17, "of the draw of those bits")
)

// flipMost is how long a command may take over a damaged store.
const flipMost = 20 * time.Second

// TestHeadFlips: whatever bit is flipped in the head of a record, no command hangs or breaks, and
// each says that the store is damaged or does without the record.
func TestHeadFlips(t *testing.T) {
	store, file := flipStore(t)
	draw := rand.New(rand.NewPCG(*headSeed, 0))
	heads := recordHeads(t, store, file)
	if len(heads) < 100 {
		t.Fatalf("%d heads", len(heads))
	}
	flips := make(chan func(dir string), *headFlips)
	for i := range *headFlips {
		head := heads[draw.IntN(len(heads))]
		at, bit := head.First+draw.IntN(head.Last-head.First), byte(1)<<draw.IntN(8)
		flips <- func(dir string) {
			flipped := bytes.Clone(file)
			flipped[at] ^= bit
			restoreFlipped(t, dir, flipped)
			for _, args := range flipCommands(i) {
				flipRun(t, fmt.Sprintf("flip %d: bit %#x of byte %d, page %d", i, bit, at, head.Page), dir, args)
			}
		}
	}
	close(flips)
	var group sync.WaitGroup
	for range 4 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(store)); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for flip := range flips {
				flip(dir)
			}
		})
	}
	group.Wait()
}

// recordHeads are the heads of the rows of records, lists and history: not of what is derived from
// them, which has very many more.
func recordHeads(t *testing.T, dir string, file []byte) []testdb.Head {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var pages string
	err = db.QueryRow(`SELECT ',' || group_concat(pageno) || ',' FROM dbstat
WHERE name IN (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'facet%')`).Scan(&pages)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(testdb.Heads(file), func(h testdb.Head) bool { return !strings.Contains(pages, fmt.Sprintf(",%d,", h.Page)) })
}

// flipReads are run over the flips in turn, after a check.
var flipReads = [][]string{{"get", "notes", "n1"}, {"get", "sessions", "s1", "--full"}, {"list", "notes"}, {"search", "word"}, {"history", "notes", "n1"}, {"status"}, {"export", "-f", "-"}}

// flipCommands are what is run over each flip.
func flipCommands(i int) [][]string {
	list := [][]string{{"check", "--json"}, flipReads[i%len(flipReads)]}
	if i%8 == 0 {
		list = append(list, []string{"repair", "all", "--yes"}, []string{"check", "--json"})
	}
	return list
}

func flipRun(t *testing.T, name, dir string, args []string) {
	t.Helper()
	type result struct {
		code   int
		stderr string
	}
	ended := make(chan result, 1)
	go func() {
		var stdout, stderr bytes.Buffer
		code := main.Run(t.Context(), append([]string{"--store", dir}, args...), strings.NewReader(""), &stdout, &stderr, nil)
		ended <- result{code, stderr.String()}
	}()
	select {
	case r := <-ended:
		if strings.Contains(r.stderr, "a bug in storectl") || !slices.Contains([]int{0, 3, 10, 12, 13}, r.code) {
			t.Errorf("%s, %v: exit %d, %s", name, args, r.code, r.stderr)
		}
	case <-time.After(flipMost):
		t.Errorf("%s: %v hangs", name, args)
	}
}

func restoreFlipped(t *testing.T, dir string, file []byte) {
	t.Helper()
	name := filepath.Join(dir, "store.db")
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.RemoveAll(name + suffix); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flipStore makes a store with records of all kinds, history and an index, and gives its file.
func flipStore(t *testing.T) (dir string, file []byte) {
	t.Helper()
	s := testdb.Unchecked(t)
	fatalIf := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint64(4) {
		session, note, task := testdb.Sample[schema.Session](n), testdb.Sample[schema.Note](n), testdb.Sample[schema.Task](n)
		session.ID, note.ID, note.Content = fmt.Sprint("s", n), fmt.Sprint("n", n), "a word"
		fatalIf(s.Sessions.Save(t.Context(), &session))
		fatalIf(s.Notes.Save(t.Context(), &note))
		fatalIf(s.Tasks.Save(t.Context(), &task))
		note.Content = "another word"
		fatalIf(s.Notes.Save(t.Context(), &note))
	}
	topic, company, contact, file2 := testdb.Sample[schema.Topic](1), testdb.Sample[schema.Company](1), testdb.Sample[schema.Contact](1), testdb.Sample[schema.Attachment](1)
	fatalIf(s.Topics.Save(t.Context(), &topic))
	fatalIf(s.Companies.Save(t.Context(), &company))
	fatalIf(s.Contacts.Save(t.Context(), &contact))
	fatalIf(s.Attachments.Save(t.Context(), &file2))
	fatalIf(s.Settings.Save(t.Context(), &schema.Setting{Key: "theme", Value: `"dark"`}))
	_, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "word"}})
	fatalIf(err)
	fatalIf(s.Close())
	file, err = os.ReadFile(s.Path())
	fatalIf(err)
	return s.Dir(), file
}
