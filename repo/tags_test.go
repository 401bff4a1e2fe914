package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/history"
	"taskstore/schema"
)

func TestTags(t *testing.T) {
	s := testdb.Open(t)
	a, b := note("a", "x"), note("b", "x")
	a.Tags, b.Tags = []string{"one", "two", "three"}, []string{"two"}
	task := &schema.Task{Head: schema.Head{ID: "t"}, Title: "t", Tags: []string{"one", "one"}}
	fatal(t, errors.Join(s.Notes.Save(t.Context(), a, b), s.Tasks.Save(t.Context(), task)))
	fatal(t, s.Notes.Delete(t.Context(), "b"))
	counts := func() string {
		list, err := s.Tags(t.Context())
		fatal(t, err)
		var out []string
		for _, u := range list {
			out = append(out, fmt.Sprintf("%s %d", u.Tag, u.Total))
		}
		return strings.Join(out, ", ")
	}
	if got := counts(); got != "one 2, three 1, two 1" { // what is in the trash does not count
		t.Errorf("tags: %s", got)
	}
	dry, err := s.RenameTags(t.Context(), []string{"two", "one"}, "three", true)
	if err != nil || dry.Total() != 3 || dry.Changed["notes"] != 2 {
		t.Errorf("would change %+v, %v", dry, err)
	}
	done, err := s.RenameTags(t.Context(), []string{"two", "one"}, "three", false)
	if err != nil || done.Total() != 3 {
		t.Errorf("changed %+v, %v", done, err)
	}
	got, err := s.Notes.Get(t.Context(), "a")
	if err != nil || !slices.Equal(got.Tags, []string{"three"}) || got.Rev != 2 {
		t.Errorf("a has %v at %d, %v", got.Tags, got.Rev, err)
	}
	if _, err := s.RenameTags(t.Context(), []string{"three"}, "", false); err != nil || counts() != "" {
		t.Errorf("there are still %s, %v", counts(), err)
	}
	if _, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 1}); err != nil || counts() != "one 1, three 1, two 1" {
		t.Errorf("reverted to %s, %v", counts(), err)
	}
}

func TestLinks(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(t.Context(), note("n", "x")))
	fatal(t, s.Companies.Save(t.Context(), &schema.Company{Head: schema.Head{ID: "c"}, Subject: schema.Subject{Name: "Acme"}}))
	n, c := repo.Ref{Kind: "note", ID: "n"}, repo.Ref{Kind: "company", ID: "c"}
	for _, want := range []bool{true, false} {
		if added, err := s.AddLink(t.Context(), n, c, ""); err != nil || added != want {
			t.Errorf("added %v, want %v: %v", added, want, err)
		}
	}
	// The app's member topicId may name a company.
	_, err := s.Notes.Modify(t.Context(), "n", func(v *schema.Note) error {
		v.Links = append(v.Links, schema.Link{Member: "topicId", Kind: "topic", ID: "c"})
		return nil
	})
	fatal(t, err)
	for _, of := range []repo.Ref{n, c} {
		list, err := s.LinksOf(t.Context(), of)
		fatal(t, err)
		if len(list) != 2 {
			t.Fatalf("%v has %+v", of, list)
		}
		for _, l := range list {
			if l.Held != (of == n) || !l.There || l.Title == "" {
				t.Errorf("%v: %+v", of, l)
			}
		}
	}
	if found, err := s.RemoveLinks(t.Context(), c, n, "", true); err != nil || found != 2 {
		t.Errorf("would remove %d, %v", found, err)
	}
	if found, err := s.RemoveLinks(t.Context(), c, n, "", false); err != nil || found != 2 {
		t.Errorf("removed %d, %v", found, err)
	}
	if list, err := s.LinksOf(t.Context(), c); err != nil || len(list) != 0 {
		t.Errorf("there are still %+v, %v", list, err)
	}
	if _, err := s.AddLink(t.Context(), n, repo.Ref{Kind: "task", ID: "none"}, ""); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("linked to nothing: %v", err)
	}
}

func TestRetentionFact(t *testing.T) {
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { return now } })
	n := note("a", "first")
	fatal(t, s.Notes.Save(t.Context(), n))
	n.Content = "second"
	fatal(t, s.Notes.Save(t.Context(), n))
	_, err := ledger.Of(s).AddVersion(t.Context(), ledger.Version{Kind: "note", ID: "a", SHA256: "1", Source: "f", Time: "2020-01-01T00:00:00.000Z", State: `{"id":"a"}`})
	fatal(t, err)
	now = now.Add(48 * time.Hour)
	n.Content = "third"
	fatal(t, s.Notes.Save(t.Context(), n))
	if keep, err := s.History.Retention(t.Context()); err != nil || keep != 0 {
		t.Errorf("a new store keeps for %v, %v", keep, err)
	}
	ends, err := s.History.Prunable(t.Context(), 24*time.Hour)
	if err != nil || ends != 1 {
		t.Errorf("%d states would end, %v", ends, err)
	}
	if ended, err := s.History.SetRetention(t.Context(), 24*time.Hour); err != nil || ended != 1 {
		t.Errorf("%d states ended, %v", ended, err)
	}
	list, err := s.Notes.Changes(t.Context(), "a")
	fatal(t, err)
	var lines []string
	for _, c := range list {
		lines = append(lines, c.Change)
	}
	if !slices.Equal(lines, []string{"update", "merge", "oldest"}) { // what an import kept stays
		t.Errorf("the history is %v", lines)
	}
	fatal(t, s.Close())
	now = now.Add(48 * time.Hour)
	again := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.Now = func() time.Time { return now } })
	if kept, err := again.Notes.History(t.Context(), "a"); err != nil || len(kept) != 1 {
		t.Errorf("kept %d states, %v", len(kept), err)
	}
}

// TestFourSources: versions of several sources and an import that wins, told
// apart, and each can be gone back to.
func TestFourSources(t *testing.T) {
	s := testdb.Open(t)
	run, err := ledger.Of(s).Begin(t.Context(), "/old", "hash")
	fatal(t, err)
	n := note("a", "winner")
	fatal(t, s.Notes.Save(repo.WithOrigin(t.Context(), repo.OriginImport), n))
	fatal(t, ledger.Of(s).AddRecords(t.Context(), run.PK, ledger.Record{File: "db/notes.json", Pointer: "/0", Collection: "notes", ID: "a", SHA256: "w", Disposition: "live", Rev: 1}))
	for i, source := range []string{"backup.json/0", "export.zip/notes.json/3", "state-v3.json/notes/1"} {
		_, err := ledger.Of(s).AddVersion(t.Context(), ledger.Version{Kind: "note", ID: "a", SHA256: fmt.Sprint(i), Source: source, Time: "2025-01-01T00:00:00.000Z",
			State: schema.JSON(fmt.Sprintf(`{"id":"a","content":"from %d","summary":"","zzz":%d}`, i, i))})
		fatal(t, err)
	}
	list, err := s.Notes.Changes(t.Context(), "a")
	fatal(t, err)
	if len(list) != 4 || list[3].Source != "/old/db/notes.json/0" || list[3].Origin != repo.OriginImport {
		t.Fatalf("the history is %+v", list)
	}
	for _, c := range list[:3] {
		if c.Change != "merge" || c.Rev != 0 || len(c.Fields) == 0 {
			t.Errorf("a version: %+v", c)
		}
		got, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Key: c.Key})
		fatal(t, err)
		if !strings.HasPrefix(got.Content, "from ") || !strings.Contains(string(got.Extra), "zzz") {
			t.Errorf("reverted to %s: %q %s", c.Source, got.Content, got.Extra)
		}
	}
	got, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 1})
	if err != nil || got.Content != "winner" || got.Extra != "" {
		t.Errorf("back to %q %s, %v", got.Content, got.Extra, err)
	}
}

// TestOlderRows: states that were kept when the tables had other columns.
func TestOlderRows(t *testing.T) {
	s := testdb.Open(t)
	testdb.Shell(t, s, `INSERT INTO notes (id, content, summary) VALUES ('a', 'now', '');
INSERT INTO revisions (kind, id, owner_pk, rev, change, origin, at, encoding, body)
SELECT 'note', 'a', pk, 1, 'update', 'foreign', '2026-01-01T00:00:00.000Z', 'row', json_object('pk', pk, 'id', 'a', 'rev', 1, 'content', 'before', 'gone_since', 'kept', 'also_gone', NULL) FROM notes;
UPDATE writer SET active = 1; UPDATE notes SET rev = 2; UPDATE writer SET active = 0;`)
	got, err := s.Notes.Revert(t.Context(), "a", repo.RevName{Rev: 1})
	if err != nil || got.Content != "before" || got.Extra != `{"gone_since":"kept"}` || got.Timestamp != "" {
		t.Errorf("reverted to %+v, %v", got, err)
	}
}

func TestPurgeEnds(t *testing.T) {
	s := testdb.Open(t)
	shared := "data:image/png;base64,AAAA"
	a, b := note("a", "x"), note("b", "x")
	a.Attachments = []schema.InlineAttachment{{Item: schema.Item{ID: "1"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: shared}}},
		{Item: schema.Item{ID: "2"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: "data:image/png;base64,BBBBBBBB"}}}}
	b.Attachments = []schema.InlineAttachment{{Item: schema.Item{ID: "1"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: shared}}}}
	b.Links = []schema.Link{{Kind: "note", ID: "a"}}
	fatal(t, s.Notes.Save(t.Context(), a, b))
	a.Content = "y"
	fatal(t, s.Notes.Save(t.Context(), a))
	e, err := s.History.PurgeEnds(t.Context(), "note", "a")
	if err != nil || e != (history.Ends{Entities: 1, States: 1, Contents: 1, Bytes: 6, Referring: 1}) {
		t.Errorf("it would end %+v, %v", e, err)
	}
	if _, err := s.History.PurgeEnds(t.Context(), "note", "none"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("a note that is not there: %v", err)
	}
}
