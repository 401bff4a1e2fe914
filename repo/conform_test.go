package repo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// kind is one collection under the conformance suite: what the suite must know
// of it beyond its type.
type kind[T any] struct {
	name string
	of   func(*repo.Repos) repo.Collection[T]
	head func(*T) *schema.Head
	edit func(*T, string) // changes a text of the root row
	text func(*T) string  // the text that edit changes
	date func(*T) *schema.Time
}

// suite is a kind without its type.
type suite interface {
	title() string
	run(t *testing.T)
}

func (k kind[T]) title() string { return k.name }

var (
	sessionKind = kind[schema.Session]{"sessions", func(r *repo.Repos) repo.Collection[schema.Session] { return r.Sessions.Collection },
		func(v *schema.Session) *schema.Head { return &v.Head }, func(v *schema.Session, s string) { v.Name = s },
		func(v *schema.Session) string { return v.Name }, func(v *schema.Session) *schema.Time { return &v.StartTime }}
	noteKind = kind[schema.Note]{"notes", func(r *repo.Repos) repo.Collection[schema.Note] { return r.Notes },
		func(v *schema.Note) *schema.Head { return &v.Head }, func(v *schema.Note, s string) { v.Summary = s },
		func(v *schema.Note) string { return v.Summary }, func(v *schema.Note) *schema.Time { return &v.Timestamp }}
	taskKind = kind[schema.Task]{"tasks", func(r *repo.Repos) repo.Collection[schema.Task] { return r.Tasks },
		func(v *schema.Task) *schema.Head { return &v.Head }, func(v *schema.Task, s string) { v.Title = s },
		func(v *schema.Task) string { return v.Title }, func(v *schema.Task) *schema.Time { return &v.CreatedAt }}
	topicKind = kind[schema.Topic]{"topics", func(r *repo.Repos) repo.Collection[schema.Topic] { return r.Topics },
		func(v *schema.Topic) *schema.Head { return &v.Head }, func(v *schema.Topic, s string) { v.Name = s },
		func(v *schema.Topic) string { return v.Name }, func(v *schema.Topic) *schema.Time { return &v.CreatedAt }}
	companyKind = kind[schema.Company]{"companies", func(r *repo.Repos) repo.Collection[schema.Company] { return r.Companies },
		func(v *schema.Company) *schema.Head { return &v.Head }, func(v *schema.Company, s string) { v.Name = s },
		func(v *schema.Company) string { return v.Name }, func(v *schema.Company) *schema.Time { return &v.CreatedAt }}
	contactKind = kind[schema.Contact]{"contacts", func(r *repo.Repos) repo.Collection[schema.Contact] { return r.Contacts },
		func(v *schema.Contact) *schema.Head { return &v.Head }, func(v *schema.Contact, s string) { v.Name = s },
		func(v *schema.Contact) string { return v.Name }, func(v *schema.Contact) *schema.Time { return &v.CreatedAt }}
	attachmentKind = kind[schema.Attachment]{"attachments", func(r *repo.Repos) repo.Collection[schema.Attachment] { return r.Attachments },
		func(v *schema.Attachment) *schema.Head { return &v.Head }, func(v *schema.Attachment, s string) { v.Name = s },
		func(v *schema.Attachment) string { return v.Name }, func(v *schema.Attachment) *schema.Time { return &v.CreatedAt }}

	suites = []suite{sessionKind, noteKind, taskKind, topicKind, companyKind, contactKind, attachmentKind}
)

// TestConformance holds every collection to what a Collection promises.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, s := range suites {
		t.Run(s.title(), func(t *testing.T) {
			t.Parallel()
			s.run(t)
		})
	}
}

func (k kind[T]) run(t *testing.T) {
	t.Run("round trip", k.roundTrip)
	t.Run("revisions", k.revisions)
	t.Run("errors", k.errors)
	t.Run("trash", k.trash)
	t.Run("history", k.history)
	t.Run("pages", k.pages)
	t.Run("many", k.many)
}

// encoded gives v in the app's shape, with its contents.
func encoded(t testing.TB, s *repo.Store, v any) []byte {
	t.Helper()
	out, err := schema.Encode(v, schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
		text, err := s.Contents.Text(t.Context(), c)
		return text, true, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// roundTrip: what the app wrote, saved and read, is an equal JSON value.
func (k kind[T]) roundTrip(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	n := uint64(8)
	if testing.Short() {
		n = 5
	}
	for seed := range n {
		raw := testdb.Entity[T](testdb.Seeded(seed, int(seed%4)*12), fmt.Sprintf("id %d/ü", seed))
		var v T
		if _, err := schema.Decode(raw, &v); err != nil {
			t.Fatal(err)
		}
		// As an import: what has no date stays so.
		if err := c.Save(repo.WithOrigin(t.Context(), repo.OriginImport), &v); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		testdb.WantJSON(t, fmt.Sprintf("saved value, seed %d", seed), encoded(t, s, &v), raw)
		got, err := c.Get(t.Context(), k.head(&v).ID, repo.Full)
		if err != nil {
			t.Fatal(err)
		}
		testdb.WantJSON(t, fmt.Sprintf("read value, seed %d", seed), encoded(t, s, &got), raw)
		if err := c.Save(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if rev := k.head(&got).Rev; rev != 1 {
			t.Errorf("seed %d: saving what was read made revision %d", seed, rev)
		}
		if err := c.Save(t.Context(), &v); err != nil || k.head(&v).Rev != 1 {
			t.Errorf("seed %d: saving again: revision %d, %v", seed, k.head(&v).Rev, err)
		}
	}
}

func (k kind[T]) saved(t testing.TB, s *repo.Store, seed uint64) T {
	t.Helper()
	v := testdb.Sample[T](seed)
	if err := k.of(&s.Repos).Save(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (k kind[T]) revisions(t *testing.T) {
	now := time.Date(2025, 5, 6, 7, 8, 9, 123e6, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { now = now.Add(time.Second); return now } })
	c := k.of(&s.Repos)
	v := k.saved(t, s, 1)
	h := k.head(&v)
	if h.PK == 0 || h.Rev != 1 || h.SavedAt != schema.TimeOf(now) {
		t.Errorf("new entity: %+v, saved at %s", h, schema.TimeOf(now))
	}
	first := *h
	k.edit(&v, "changed")
	if err := c.Save(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	if h.PK != first.PK || h.Rev != 2 || h.SavedAt <= first.SavedAt {
		t.Errorf("changed entity: %+v after %+v", h, first)
	}
	got, err := c.Get(t.Context(), h.ID)
	if err != nil || k.text(&got) != "changed" || k.head(&got).Rev != 2 {
		t.Errorf("read %q, revision %d, %v", k.text(&got), k.head(&got).Rev, err)
	}
	if err := c.Save(t.Context(), &got); err != nil || k.head(&got).Rev != 2 || k.head(&got).SavedAt != h.SavedAt {
		t.Errorf("a save without a change: %+v, %v", k.head(&got), err)
	}
	var fresh T
	if err := c.Save(t.Context(), &fresh); err != nil || len(k.head(&fresh).ID) != 36 {
		t.Errorf("an entity without an id got %q, %v", k.head(&fresh).ID, err)
	}
}

func (k kind[T]) errors(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	v := k.saved(t, s, 1)
	id := k.head(&v).ID
	stale, err := c.Get(t.Context(), id, repo.Full)
	if err != nil {
		t.Fatal(err)
	}
	k.edit(&v, "first")
	fatal(t, c.Save(t.Context(), &v))
	k.edit(&stale, "second")
	before := *k.head(&stale)
	if err := c.Save(t.Context(), &stale); !errors.Is(err, repo.ErrConflict) || *k.head(&stale) != before {
		t.Errorf("stale save: %v, head %+v", err, k.head(&stale))
	}
	twin := testdb.Sample[T](1)
	if err := c.Save(t.Context(), &twin); !errors.Is(err, repo.ErrExists) || k.head(&twin).Rev != 0 {
		t.Errorf("the same id again: %v, revision %d", err, k.head(&twin).Rev)
	}
	for what, err := range map[string]error{
		"get":     second(c.Get(t.Context(), "none")),
		"delete":  c.Delete(t.Context(), "none"),
		"restore": c.Restore(t.Context(), "none"),
		"purge":   c.Purge(t.Context(), "none"),
		"modify":  second(c.Modify(t.Context(), "none", func(*T) error { return nil })),
	} {
		if !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("%s of none: %v", what, err)
		}
	}
	other := testdb.Sample[T](2)
	if err := c.Save(t.Context(), &other, &stale); !errors.Is(err, repo.ErrConflict) || k.head(&other).Rev != 0 {
		t.Errorf("two of which one is stale: %v", err)
	}
	if _, err := c.Get(t.Context(), k.head(&other).ID); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("half of a failed save is there: %v", err)
	}
	var invalid *schema.InvalidError
	bad := testdb.Sample[T](3)
	k.edit(&bad, "nul \x00")
	if err := c.Save(t.Context(), &bad); !errors.As(err, &invalid) || invalid.Kind == "" {
		t.Errorf("a text with U+0000: %v", err)
	}
	if _, err := c.Get(t.Context(), id, "nonsense"); !errors.As(err, &invalid) {
		t.Errorf("a part that is none: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Save(ended, &bad); err == nil {
		t.Error("saved with a context that has ended")
	}
}

func second[A any](_ A, err error) error { return err }

// failer is a test, be it Go's or rapid's.
type failer interface {
	Helper()
	Fatal(args ...any)
}

func fatal(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (k kind[T]) trash(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	v := k.saved(t, s, 1)
	keep := k.saved(t, s, 2)
	id := k.head(&v).ID
	fatal(t, c.Delete(t.Context(), id))
	fatal(t, c.Delete(t.Context(), id))
	got, err := c.Get(t.Context(), id, repo.Full)
	if err != nil || k.head(&got).TrashedAt == "" || k.head(&got).TrashReason != schema.TrashDeleted || k.head(&got).Rev != 2 {
		t.Errorf("in the trash: %+v, %v", k.head(&got), err)
	}
	testdb.WantJSON(t, "in the trash", encoded(t, s, &got), encoded(t, s, &v))
	k.wantIDs(t, c, repo.Query{}, k.head(&keep).ID)
	k.wantIDs(t, c, repo.Query{Trash: true}, id)
	fatal(t, c.Restore(t.Context(), id))
	got, err = c.Get(t.Context(), id)
	if err != nil || k.head(&got).TrashedAt != "" || k.head(&got).TrashReason != "" || k.head(&got).Rev != 3 {
		t.Errorf("restored: %+v, %v", k.head(&got), err)
	}
	if err := c.Delete(t.Context(), k.head(&keep).ID, "none"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("delete of one that is and one that is not: %v", err)
	}
	k.wantIDs(t, c, repo.Query{Trash: true})
	fatal(t, c.Purge(t.Context(), id))
	if _, err := c.Get(t.Context(), id); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("after the purge: %v", err)
	}
	if list, err := c.History(t.Context(), id); err != nil || len(list) != 0 {
		t.Errorf("after the purge the history has %d states, %v", len(list), err)
	}
	back := testdb.Sample[T](1)
	fatal(t, c.Save(t.Context(), &back))
}

func (k kind[T]) wantIDs(t testing.TB, c repo.Collection[T], q repo.Query, want ...string) {
	t.Helper()
	page, err := c.Find(t.Context(), q)
	fatal(t, err)
	var got []string
	for i := range page.Items {
		got = append(got, k.head(&page.Items[i]).ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v: %v, want %v", q, got, want)
	}
}
