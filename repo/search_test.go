package repo_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// found searches and gives the ids of the hits.
func found(t *testing.T, s *repo.Store, text string) []string {
	t.Helper()
	p, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: text, Limit: 1000}})
	fatal(t, err)
	ids := []string{}
	for _, h := range p.Hits {
		if !p.Loose {
			ids = append(ids, h.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func wantFound(t *testing.T, s *repo.Store, text string, ids ...string) {
	t.Helper()
	if got := found(t, s, text); !slices.Equal(got, ids) {
		t.Errorf("%q finds %v, want %v", text, got, ids)
	}
}

func TestSearchFollowsWrites(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	n := &schema.Note{Head: schema.Head{ID: "n1"}, Title: "Plan", Content: "the quick brown fox", Timestamp: "2025-01-01T10:00:00.000Z", Tags: []string{"animals"}}
	fatal(t, s.Notes.Save(ctx, n))
	wantFound(t, s, "quick fox", "n1")
	wantFound(t, s, "animals", "n1")
	n.Content = "the slow brown bear"
	fatal(t, s.Notes.Save(ctx, n))
	wantFound(t, s, "quick")
	wantFound(t, s, "bear", "n1")
	fatal(t, s.Notes.Delete(ctx, "n1"))
	wantFound(t, s, "bear")
	wantFound(t, s, "bear is:trash", "n1")
	fatal(t, s.Notes.Restore(ctx, "n1"))
	wantFound(t, s, "bear", "n1")

	err := s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error {
		fatal(t, tx.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n2"}, Content: "a bear too"}))
		p, err := tx.Search(ctx, repo.Search{Query: repo.Query{Text: "bear"}})
		fatal(t, err)
		if len(p.Hits) != 2 {
			t.Errorf("within the transaction: %d hits, want 2", len(p.Hits))
		}
		return context.Canceled
	})
	if err == nil {
		t.Fatal("the transaction was to be undone")
	}
	wantFound(t, s, "bear", "n1")
	fatal(t, s.Notes.Purge(ctx, "n1"))
	wantFound(t, s, "bear")
}

func TestSearchFindsTheMoment(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	fatal(t, s.Sessions.Save(ctx, &schema.Session{Head: schema.Head{ID: "s1"}, Name: "Call with Acme", StartTime: "2025-03-01T10:00:00.000Z",
		EndTime: "2025-03-01T12:00:00.000Z",
		Screenshots: []schema.Screenshot{{Item: schema.Item{ID: "p1"}, Timestamp: "2025-03-01T10:32:00.000Z",
			AIAnalysis: `{"summary":"a budget table","extractedText":"Umsatz 2025","keyElements":["chart"],"relatedScreenshotIds":["zebra"]}`}},
		AudioSegments: []schema.AudioSegment{{Item: schema.Item{ID: "a1"}, Timestamp: "2025-03-01T10:40:00.000Z", Transcription: "we talk of the budget"}},
		Transcription: schema.Document(`"` + strings.Repeat("nothing to say. ", 200) + `the walrus spoke."`),
		Summary:       schema.Document(`{"narrative":"It went well","achievements":["won the contract"]}`)}))
	p, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: "umsatz"}})
	fatal(t, err)
	if len(p.Hits) != 1 || p.Hits[0].Part != "screenshots/p1" || p.Hits[0].At != "2025-03-01T10:32:00.000Z" || p.Hits[0].ID != "s1" ||
		!strings.Contains(p.Hits[0].Snippet, "<mark>Umsatz</mark>") || p.Total != 1 || p.About {
		t.Errorf("umsatz: %+v", p)
	}
	p, err = s.Search(ctx, repo.Search{Query: repo.Query{Text: "budget"}, Rank: repo.RankNewest})
	fatal(t, err)
	if len(p.Hits) != 1 || p.Hits[0].Part != "audioSegments/a1" || len(p.Hits[0].Moments) != 1 || p.Hits[0].Moments[0].Part != "screenshots/p1" {
		t.Errorf("budget: %+v", p)
	}
	p, err = s.Search(ctx, repo.Search{Query: repo.Query{Text: "walrus"}})
	fatal(t, err)
	if len(p.Hits) != 1 || p.Hits[0].Part != "fullTranscription" || p.Hits[0].At < "2025-03-01T11:20" {
		t.Errorf("walrus: %+v", p)
	}
	wantFound(t, s, "contract", "s1")
	wantFound(t, s, "zebra")
	fatal(t, s.Sessions.Screenshots.Add(ctx, "s1", &schema.Screenshot{Item: schema.Item{ID: "p2"}, UserComment: "giraffe"}))
	wantFound(t, s, "giraffe", "s1")
	_, err = s.Sessions.Screenshots.Update(ctx, "s1", "p2", func(x *schema.Screenshot) error { x.UserComment = "okapi"; return nil })
	fatal(t, err)
	wantFound(t, s, "giraffe")
	wantFound(t, s, "okapi", "s1")
	fatal(t, s.Sessions.Screenshots.Remove(ctx, "s1", "p2"))
	wantFound(t, s, "okapi")
}

func TestSearchFollowsForeignTools(t *testing.T) {
	s := testdb.Open(t)
	ctx := t.Context()
	fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n1"}, Content: "one lion"}))
	testdb.Shell(t, s, `UPDATE notes SET content = 'one tiger' WHERE id = 'n1';
INSERT INTO notes (id, content) VALUES ('n2', 'two tigers');
INSERT INTO note_tags (note_pk, pos, tag) SELECT pk, 0, 'striped' FROM notes WHERE id = 'n2';`)
	wantFound(t, s, "tiger*", "n1", "n2")
	wantFound(t, s, "striped", "n2")
	testdb.Shell(t, s, `REPLACE INTO notes (id, content) VALUES ('n1', 'a puma'); DELETE FROM notes WHERE id = 'n2';`)
	wantFound(t, s, "tiger*")
	wantFound(t, s, "puma", "n1")
}

func TestDeferredIndex(t *testing.T) {
	s := testdb.Open(t)
	ctx := repo.DeferIndex(t.Context())
	for _, id := range []string{"n1", "n2", "n3"} {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: id}, Content: "a heron"}))
	}
	ro := testdb.Reopen(t, s.Dir(), func(o *repo.Options) { o.ReadOnly = true })
	wantFound(t, ro, "heron")
	var last int64
	fatal(t, s.Index.Flush(t.Context(), func(done, total int64) { last = done }))
	if last != 3 {
		t.Errorf("flushed %d, want 3", last)
	}
	wantFound(t, ro, "heron", "n1", "n2", "n3")
	wantFound(t, s, "heron", "n1", "n2", "n3")
}
