package backup

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/backup/internal/backuptest"
	"taskstore/backup/putback"
	"taskstore/internal/sqlfile"

	"github.com/google/go-cmp/cmp"
)

// describeNotes tells what the stores of these tests hold: each note names one
// content, the hash of its title.
func describeNotes(ctx context.Context, file string) (f Facts, err error) {
	pool, err := sqlfile.Open(file, "mode=ro&immutable=1")
	if err != nil {
		return f, err
	}
	defer pool.Close()
	var n int64
	if err := pool.QueryRowContext(ctx, `SELECT count(*) FROM notes`).Scan(&n); err != nil {
		return f, err
	}
	f = Facts{Schema: 7, Counts: map[string]int64{"notes": n}, Hashes: map[string]string{"notes": fmt.Sprint("of ", n)}}
	for i := range min(n, 20) {
		f.Contents = append(f.Contents, Content{SHA256: fmt.Sprintf("%064x", i), Size: i})
	}
	return f, nil
}

// clock is a clock that moves by a second each time it is looked at.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time {
	c.now = c.now.Add(time.Second)
	return c.now
}

func newCatalog(t *testing.T) *Catalog {
	t.Helper()
	c := &clock{time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	return Open(filepath.Join(t.TempDir(), "back ups%41"), Options{Describe: describeNotes, Now: c.Now, Program: "test 1"})
}

func create(t *testing.T, c *Catalog, db string, opt CreateOptions) Backup {
	t.Helper()
	b, made, err := c.Create(t.Context(), db, opt)
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	return b
}

func list(t *testing.T, c *Catalog) []Backup {
	t.Helper()
	l, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCreate(t *testing.T) {
	db, pool := backuptest.NewStore(t, 500)
	c := newCatalog(t)
	b := create(t, c, db, CreateOptions{Reason: Hourly, Pin: true})
	if b.Reason != Hourly || b.Counts["notes"] != 500 || b.Schema != 7 || b.Named.Count != 20 || !b.Good() || !b.Pinned || b.DB.FileBytes >= b.DB.Bytes {
		t.Errorf("made %+v", b)
	}
	want := []string{".lock", b.ID + ".contents.zst", b.ID + ".db.zst", b.ID + ".json", b.ID + ".state.json"}
	if diff := cmp.Diff(want, backuptest.Files(t, c.Dir())); diff != "" {
		t.Errorf("files: %s", diff)
	}
	if diff := cmp.Diff([]Backup{b}, list(t, c)); diff != "" {
		t.Errorf("listed: %s", diff)
	}
	to := filepath.Join(t.TempDir(), "out.db")
	if err := c.Unpack(t.Context(), b, to); err != nil {
		t.Fatal(err)
	}
	if n := backuptest.Number(t, backuptest.Open(t, to, "mode=ro"), `SELECT count(*) FROM notes`); n != 500 {
		t.Errorf("%d notes", n)
	}
	if err := c.Verify(t.Context(), b.ID, true, nil); err != nil {
		t.Error(err)
	}
	backuptest.Add(t, pool, 1) // the store is still in use
	contents, err := c.Contents(t.Context(), b)
	if err != nil || len(contents) != 20 || contents[3] != (Content{SHA256: fmt.Sprintf("%064x", 3), Size: 3}) {
		t.Errorf("contents %v, %v", contents, err)
	}
}

func TestCreateOnlyIfChanged(t *testing.T) {
	db, pool := backuptest.NewStore(t, 50)
	c := newCatalog(t)
	first := create(t, c, db, CreateOptions{Reason: Hourly, IfChanged: true})
	same, made, err := c.Create(t.Context(), db, CreateOptions{Reason: PreImport, IfChanged: true})
	if err != nil || made || same.ID != first.ID || same.Guards.IsZero() {
		t.Fatalf("%+v, made %v, %v", same, made, err)
	}
	if l := list(t, c); len(l) != 1 || l[0].Guards.IsZero() {
		t.Errorf("%+v", l)
	}
	backuptest.Add(t, pool, 1)
	second := create(t, c, db, CreateOptions{Reason: Hourly, IfChanged: true})
	if err := c.Drilled(t.Context(), second.ID, errors.New("a bad drill")); err != nil {
		t.Fatal(err)
	}
	third := create(t, c, db, CreateOptions{Reason: Hourly, IfChanged: true}) // the second is no good
	if got, err := c.Get(t.Context(), Latest); err != nil || got.ID != third.ID {
		t.Errorf("latest is %s, %v", got.ID, err)
	}
}

// TestCreateFails: nothing is left, nothing else is touched.
func TestCreateFails(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3000)
	c := newCatalog(t)
	kept := create(t, c, db, CreateOptions{})
	before := backuptest.Files(t, c.Dir())
	broken, pool := backuptest.NewStore(t, 3000)
	_ = pool.Close()
	backuptest.Smash(t, broken)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	fails := errors.New("no contents")
	for name, try := range map[string]func() error{
		"missing":   func() error { _, _, err := c.Create(t.Context(), db+"x", CreateOptions{}); return err },
		"smashed":   func() error { _, _, err := c.Create(t.Context(), broken, CreateOptions{}); return err },
		"cancelled": func() error { _, _, err := c.Create(cancelled, db, CreateOptions{}); return err },
		"bring": func() error {
			_, _, err := c.Create(t.Context(), db, CreateOptions{Bring: func(context.Context, []Content) error { return fails }})
			if !errors.Is(err, fails) {
				t.Errorf("bring: %v", err)
			}
			return err
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if diff := cmp.Diff(before, backuptest.Files(t, c.Dir())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if l := list(t, c); len(l) != 1 || l[0].ID != kept.ID {
		t.Errorf("%+v", l)
	}
}

var everyByte = flag.Bool("every.byte", false, "TestEveryByte changes each byte, not only some of each file")

// TestEveryByte changes bytes of each file of a backup, and cuts each off: every
// time Verify, Same and Unpack say so.
func TestEveryByte(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	b := create(t, c, db, CreateOptions{})
	for _, suffix := range []string{manifestFile, contentsFile, dbFile} {
		file := c.path(b.ID, suffix)
		sound, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, len(sound)/60)
		if *everyByte {
			step = 1
		}
		for i := 0; i < len(sound); i += step {
			spoilt := bytes.Clone(sound)
			spoilt[i] ^= 1 << (i % 8)
			wantBad(t, c, b, file, spoilt, fmt.Sprintf("%s, byte %d", suffix, i))
		}
		for _, n := range []int{0, 1, len(sound) / 2, len(sound) - 1} {
			wantBad(t, c, b, file, sound[:n], fmt.Sprintf("%s, cut to %d", suffix, n))
		}
		wantBad(t, c, b, file, append(bytes.Clone(sound), '\n'), suffix+" and a byte more")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(t.Context(), b.ID, false, nil); err == nil {
			t.Errorf("%s is gone, and Verify says nothing", suffix)
		}
		if err := c.Same(t.Context(), c.read(b.ID), nil); err == nil {
			t.Errorf("%s is gone, and Same says nothing", suffix)
		}
		if err := os.WriteFile(file, sound, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(c.Verify(t.Context(), b.ID, false, nil), c.Same(t.Context(), b, nil)); err != nil {
		t.Error(err)
	}
}

func wantBad(t *testing.T, c *Catalog, b Backup, file string, bytes []byte, what string) {
	t.Helper()
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(t.Context(), b.ID, false, nil); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%s: verify: %v", what, err)
	}
	if err := c.Same(t.Context(), c.read(b.ID), nil); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%s: same: %v", what, err)
	}
	if strings.HasSuffix(file, dbFile) {
		to := filepath.Join(t.TempDir(), "out.db")
		if err := c.Unpack(t.Context(), b, to); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%s: unpack: %v", what, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Fatalf("%s: the file remains", what)
		}
	}
}

// TestBadBackups: they are listed, do not count, and stand in the way of nothing.
func TestBadBackups(t *testing.T) {
	db, pool := backuptest.NewStore(t, 10)
	c := newCatalog(t)
	good := create(t, c, db, CreateOptions{})
	backuptest.Add(t, pool, 1)
	bad := create(t, c, db, CreateOptions{})
	if err := os.WriteFile(c.path(bad.ID, dbFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(t.Context(), bad.ID, true, nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("verify: %v", err)
	}
	backuptest.Add(t, pool, 1)
	unreadable := create(t, c, db, CreateOptions{})
	if err := os.WriteFile(c.path(unreadable.ID, manifestFile), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := list(t, c)
	if len(l) != 3 || l[0].Unreadable == nil || l[1].Problem() == "" || l[1].Good() || !l[2].Good() {
		t.Errorf("%+v", l)
	}
	if got, err := c.Get(t.Context(), Latest); err != nil || got.ID != good.ID {
		t.Errorf("latest is %s, %v", got.ID, err)
	}
	if _, err := c.PutBack(t.Context(), bad, filepath.Join(t.TempDir(), "store.db"), putback.Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("put back: %v", err)
	}
	n := 0
	for _, err := range Contents(t.Context(), c.Dir()) {
		if n++; err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Error(err)
			}
			n = -1
			break
		}
	}
	if n != -1 {
		t.Error("the contents of a backup that cannot be read are taken for none")
	}
	if err := c.Remove(t.Context(), unreadable.ID); err != nil {
		t.Error(err)
	}
	if names, err := c.Strays(); err != nil || len(names) != 0 || len(list(t, c)) != 2 {
		t.Errorf("strays %v, %v", names, err)
	}
	if err := os.Remove(c.path(good.ID, manifestFile)); err != nil {
		t.Fatal(err)
	}
	create(t, c, db, CreateOptions{}) // cleans, and leaves what it did not hide
	if names, err := c.Strays(); err != nil || len(names) != 2 {
		t.Errorf("strays %v, %v", names, err)
	}
}

func TestContents(t *testing.T) {
	for _, err := range Contents(t.Context(), filepath.Join(t.TempDir(), "none")) {
		t.Errorf("a directory that is not there: %v", err)
	}
	db, pool := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	create(t, c, db, CreateOptions{})
	backuptest.Add(t, pool, 2)
	last := create(t, c, db, CreateOptions{})
	var got []string
	for sha, err := range Contents(t.Context(), c.Dir()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, sha)
	}
	if len(got) != 5 || !slices.IsSorted(got) {
		t.Errorf("contents %v", got)
	}
	seen := 0
	err := c.Verify(t.Context(), last.ID, true, func(one Content) error {
		if seen++; one.Size == 2 {
			return errors.New("is nowhere")
		}
		return nil
	})
	if !errors.Is(err, ErrCorrupt) || seen != 5 || list(t, c)[0].Good() {
		t.Errorf("a content is missing: %v after %d", err, seen)
	}
}

func TestGet(t *testing.T) {
	db, _ := backuptest.NewStore(t, 3)
	c := newCatalog(t)
	if _, err := c.Get(t.Context(), Latest); !errors.Is(err, ErrNone) {
		t.Errorf("latest of none: %v", err)
	}
	a := create(t, c, db, CreateOptions{})
	b := create(t, c, db, CreateOptions{Reason: PreRestore})
	for id, want := range map[string]string{Latest: a.ID, a.ID: a.ID, b.ID[:len(b.ID)-2]: b.ID} {
		if got, err := c.Get(t.Context(), id); err != nil || got.ID != want {
			t.Errorf("%s: %s, %v", id, got.ID, err)
		}
	}
	for _, id := range []string{"", "2026", "x", "../x"} {
		if got, err := c.Get(t.Context(), id); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %s, %v", id, got.ID, err)
		}
	}
}

func TestRuns(t *testing.T) {
	c := newCatalog(t)
	if r, err := c.Runs(); err != nil || r != (Runs{}) {
		t.Errorf("%+v, %v", r, err)
	}
	for range 2 {
		if err := c.Ran(t.Context(), errors.New("no disk")); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Runs()
	if err != nil || r.Failed == nil || r.Failed.Times != 2 || r.Failed.Problem != "no disk" || !r.Failed.At.After(r.Failed.Since) {
		t.Errorf("%+v, %v", r, err)
	}
	if err := c.Ran(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Runs(); err != nil || r.Failed != nil || r.LastSuccess.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}
