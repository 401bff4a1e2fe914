package repo_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

func ids[E any](t testing.TB, all func(func(E, error) bool), id func(E) string) (list []string) {
	t.Helper()
	for e, err := range all {
		fatal(t, err)
		list = append(list, id(e))
	}
	return list
}

func shotIDs(t testing.TB, s *repo.Store, session string) []string {
	t.Helper()
	return ids(t, s.Sessions.Screenshots.All(t.Context(), session), func(e schema.Screenshot) string { return e.ID })
}

func want(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func shot(id string) *schema.Screenshot {
	return &schema.Screenshot{Item: schema.Item{ID: id}, AnalysisStatus: "pending"}
}

// newSession saves a session with screenshots of these ids.
func newSession(t testing.TB, s *repo.Store, shots ...string) schema.Session {
	t.Helper()
	v := schema.Session{Head: schema.Head{ID: "s"}, Name: "work", Tags: []string{"a"}}
	for _, id := range shots {
		v.Screenshots = append(v.Screenshots, *shot(id))
	}
	fatal(t, s.Sessions.Save(t.Context(), &v))
	return v
}

func TestItems(t *testing.T) {
	s := testdb.Open(t)
	newSession(t, s, "1", "2")
	editor, err := s.Sessions.Get(t.Context(), "s")
	fatal(t, err)
	unnamed := shot("")
	unnamed.Base64.Text = "aGVsbG8="
	fatal(t, s.Sessions.Screenshots.Add(t.Context(), "s", shot("3"), unnamed))
	if unnamed.ID == "" || unnamed.SessionID != "s" || unnamed.PK == 0 || unnamed.Base64.Blob == "" {
		t.Errorf("added: %+v", unnamed)
	}
	want(t, "after Add", shotIDs(t, s, "s"), []string{"1", "2", "3", unnamed.ID})
	changed, err := s.Sessions.Screenshots.Update(t.Context(), "s", "2", func(v *schema.Screenshot) error { v.UserComment = "look"; return nil })
	if err != nil || changed.UserComment != "look" {
		t.Errorf("updated: %+v, %v", changed, err)
	}
	fatal(t, s.Sessions.Screenshots.Remove(t.Context(), "s", "1", unnamed.ID))
	want(t, "after Remove", shotIDs(t, s, "s"), []string{"2", "3"})

	editor.Name = "edited meanwhile"
	if err := s.Sessions.Save(t.Context(), &editor); err != nil || editor.Rev != 2 {
		t.Errorf("the editor lost its turn: revision %d, %v", editor.Rev, err)
	}
	got, err := s.Sessions.Get(t.Context(), "s", "screenshots")
	fatal(t, err)
	if len(got.Screenshots) != 2 || got.Screenshots[0].UserComment != "look" || got.Name != "edited meanwhile" {
		t.Errorf("after both: %+v", got)
	}
	wantParts(t, s, "session_screenshots update 2", "session_screenshots delete 1", "session_screenshots delete "+unnamed.ID)
	for what, err := range map[string]error{
		"add to none":    s.Sessions.Screenshots.Add(t.Context(), "none", shot("x")),
		"update none":    second(s.Sessions.Screenshots.Update(t.Context(), "s", "none", func(*schema.Screenshot) error { return nil })),
		"remove none":    s.Sessions.Screenshots.Remove(t.Context(), "s", "2", "none"),
		"another's item": s.Sessions.Screenshots.Remove(t.Context(), "none", "2"),
	} {
		if !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	want(t, "after what failed", shotIDs(t, s, "s"), []string{"2", "3"})
	for _, err := range s.Sessions.Screenshots.All(t.Context(), "none") {
		if !errors.Is(err, repo.ErrNotFound) {
			t.Errorf("items of none: %v", err)
		}
	}
}

// wantParts holds the kept items of session s against "table change id".
func wantParts(t *testing.T, s *repo.Store, wanted ...string) {
	t.Helper()
	list, err := s.Sessions.History(t.Context(), "s")
	fatal(t, err)
	found := map[string]bool{}
	for _, r := range list {
		if r.Part == "" {
			continue
		}
		var v schema.Screenshot
		if _, err := schema.Decode([]byte(r.State), &v); err != nil {
			t.Fatal(err)
		}
		found[r.Part+" "+r.Change+" "+v.ID] = true
	}
	for _, w := range wanted {
		if !found[w] {
			t.Errorf("not in the history: %s (%v)", w, found)
		}
		delete(found, w)
	}
	if len(found) > 0 {
		t.Errorf("more in the history: %v", found)
	}
}

// TestLongListSaved: a list that was loaded and saved again says what the list
// is, unless it was changed since.
func TestLongListSaved(t *testing.T) {
	s := testdb.Open(t)
	newSession(t, s, "1", "2", "3")
	v, err := s.Sessions.Get(t.Context(), "s", "screenshots")
	fatal(t, err)
	stale := v
	stale.Screenshots = append([]schema.Screenshot{}, v.Screenshots...)
	v.Screenshots = []schema.Screenshot{v.Screenshots[2], *shot("new"), v.Screenshots[1]}
	v.Screenshots[2].UserComment = "moved not, changed"
	v.Screenshots[0].UserComment = "moved and changed"
	fatal(t, s.Sessions.Save(t.Context(), &v))
	want(t, "after the save", shotIDs(t, s, "s"), []string{"3", "new", "2"})
	wantParts(t, s, "session_screenshots delete 1", "session_screenshots update 2", "session_screenshots update 3")
	again, err := s.Sessions.Get(t.Context(), "s", "screenshots")
	fatal(t, err)
	fatal(t, s.Sessions.Screenshots.Add(t.Context(), "s", shot("late")))
	again.Screenshots = again.Screenshots[:1]
	if err := s.Sessions.Save(t.Context(), &again); !errors.Is(err, repo.ErrConflict) {
		t.Errorf("a list that grew meanwhile was overwritten: %v", err)
	}
	want(t, "after the conflict", shotIDs(t, s, "s"), []string{"3", "new", "2", "late"})
	again.Screenshots = nil
	again.Name = "without the list"
	fatal(t, s.Sessions.Save(t.Context(), &again))
	want(t, "a list that is not loaded stays", shotIDs(t, s, "s"), []string{"3", "new", "2", "late"})
	full, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	full.Screenshots = full.Screenshots[:0]
	fatal(t, s.Sessions.Save(t.Context(), &full))
	want(t, "an empty list that is loaded empties", len(shotIDs(t, s, "s")), 0)
}

// TestVideoGone: a video that is taken away takes its chapters and chunks along.
func TestVideoGone(t *testing.T) {
	s := testdb.Open(t)
	v := newSession(t, s)
	v.Video = &schema.Video{Item: schema.Item{ID: "v"}, Chapters: []schema.VideoChapter{{Title: "one"}}, Chunks: []schema.VideoChunk{{Topic: "a"}, {Topic: "b"}}}
	fatal(t, s.Sessions.Save(t.Context(), &v))
	v, err := s.Sessions.Get(t.Context(), "s")
	fatal(t, err)
	v.Video = nil
	fatal(t, s.Sessions.Save(t.Context(), &v))
	v.Video = &schema.Video{Item: schema.Item{ID: "another"}}
	fatal(t, s.Sessions.Save(t.Context(), &v))
	got, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	if got.Video == nil || len(got.Video.Chapters) != 0 || len(got.Video.Chunks) != 0 {
		t.Errorf("another video has the chapters or chunks of the one before: %+v", got.Video)
	}
}

func TestDocuments(t *testing.T) {
	s := testdb.Open(t)
	v := newSession(t, s)
	v.Summary, v.CanvasSpec = schema.Document(`{"narrative":"one"}`), schema.Document(`{"x":1}`)
	fatal(t, s.Sessions.Save(t.Context(), &v))
	got, err := s.Sessions.Get(t.Context(), "s")
	fatal(t, err)
	if got.Summary != nil || got.CanvasSpec != nil {
		t.Error("documents that nobody asked for were read")
	}
	got.Name = "changed"
	fatal(t, s.Sessions.Save(t.Context(), &got))
	got, err = s.Sessions.Get(t.Context(), "s", "summary", "transcript")
	fatal(t, err)
	if string(got.Summary) != `{"narrative":"one"}` || got.CanvasSpec != nil || got.Transcript == nil || len(got.Transcript) != 0 {
		t.Errorf("one document and one that is absent: %q, %q, %q", got.Summary, got.CanvasSpec, got.Transcript)
	}
	got.Summary = schema.Absent
	fatal(t, s.Sessions.Save(t.Context(), &got))
	got, err = s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	if len(got.Summary) != 0 || string(got.CanvasSpec) != `{"x":1}` {
		t.Errorf("after one was removed: %q, %q", got.Summary, got.CanvasSpec)
	}
	past, err := s.Sessions.History(t.Context(), "s")
	fatal(t, err)
	var old schema.Session
	if _, err := schema.Decode([]byte(past[0].State), &old); err != nil || string(old.Summary) != `{"narrative":"one"}` || old.CanvasSpec != nil {
		t.Errorf("the history holds %s (%v)", past[0].State, err)
	}
}

// TestInvalidJSON: text that is no JSON is refused where JSON belongs.
func TestInvalidJSON(t *testing.T) {
	s := testdb.Open(t)
	var invalid *schema.InvalidError
	n := schema.Note{Head: schema.Head{ID: "n"}, Metadata: `{"a":`}
	if err := s.Notes.Save(t.Context(), &n); !errors.As(err, &invalid) || invalid.Field != "metadata" {
		t.Errorf("a member that is no JSON: %v", err)
	}
	v := newSession(t, s)
	v.Summary = schema.Document(`oops`)
	if err := s.Sessions.Save(t.Context(), &v); !errors.As(err, &invalid) || invalid.Field != "summary" {
		t.Errorf("a document that is no JSON: %v", err)
	}
	bad := shot("x")
	bad.AIAnalysis = `]`
	if err := s.Sessions.Screenshots.Add(t.Context(), "s", bad); !errors.As(err, &invalid) {
		t.Errorf("an item's member that is no JSON: %v", err)
	}
}

func TestLocks(t *testing.T) {
	now := time.Date(2025, 5, 6, 7, 0, 0, 0, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { return now } })
	newSession(t, s)
	l, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute)
	if err != nil || l.By != "worker" || l.Expires != "2025-05-06T07:01:00.000Z" {
		t.Errorf("lock: %+v, %v", l, err)
	}
	if _, err := s.Sessions.Lock(t.Context(), "s", "other", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("a second holder: %v", err)
	}
	now = now.Add(59 * time.Second)
	if _, err := s.Sessions.Lock(t.Context(), "s", "other", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("just before the end: %v", err)
	}
	if _, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute); err != nil {
		t.Errorf("extended: %v", err)
	}
	now = now.Add(60 * time.Second)
	if l, err = s.Sessions.Lock(t.Context(), "s", "other", time.Minute); err != nil || l.By != "other" {
		t.Errorf("after the end: %+v, %v", l, err)
	}
	fatal(t, s.Sessions.Unlock(t.Context(), "s", "worker"))
	if _, err := s.Sessions.Lock(t.Context(), "s", "worker", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("one who does not hold it gave it back: %v", err)
	}
	fatal(t, s.Sessions.Unlock(t.Context(), "s", "other"))
	_, err = s.Sessions.Lock(t.Context(), "s", "worker", time.Minute)
	fatal(t, err)
	var invalid *schema.InvalidError
	if _, err := s.Sessions.Lock(t.Context(), "s", "", time.Minute); !errors.As(err, &invalid) {
		t.Errorf("nobody locks: %v", err)
	}
	v := schema.Session{Head: schema.Head{ID: "chunked"}, EnrichmentLock: `{"locked":true,"lockedBy":"old","lockedAt":"2025-05-06T06:30:00.000Z"}`}
	fatal(t, s.Sessions.Save(t.Context(), &v))
	if _, err := s.Sessions.Lock(t.Context(), "chunked", "worker", time.Minute); !errors.Is(err, repo.ErrLocked) {
		t.Errorf("a lock without an end holds for an hour: %v", err)
	}
	now = now.Add(time.Hour)
	if _, err := s.Sessions.Lock(t.Context(), "chunked", "worker", time.Minute); err != nil {
		t.Errorf("a lock without an end, after an hour: %v", err)
	}
}

// TestItemsWithoutHolder: chunks of a video that is not there would never be seen.
func TestItemsWithoutHolder(t *testing.T) {
	s := testdb.Open(t)
	v := &schema.Session{Head: schema.Head{ID: "a"}, Name: "n"}
	fatal(t, s.Sessions.Save(t.Context(), v))
	err := s.Sessions.VideoChunks.Add(t.Context(), "a", &schema.VideoChunk{Topic: "t"})
	var invalid *schema.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("added to no video: %v", err)
	}
	_, err = s.Sessions.Modify(t.Context(), "a", func(v *schema.Session) error { v.Video = &schema.Video{}; return nil })
	fatal(t, err)
	fatal(t, s.Sessions.VideoChunks.Add(t.Context(), "a", &schema.VideoChunk{Topic: "t"}))
}

// TestRemovedInPlace: an item that was removed stands in an older state where it stood, from whichever end of the
// list its place was counted.
func TestRemovedInPlace(t *testing.T) {
	s := testdb.Open(t)
	for at := range 9 {
		v := &schema.Session{Head: schema.Head{ID: fmt.Sprint("s", at)}, Name: "x"}
		var want []string
		for i := range 9 {
			id := fmt.Sprint("i", i)
			want = append(want, id)
			v.Screenshots = append(v.Screenshots, schema.Screenshot{Item: schema.Item{ID: id}})
		}
		fatal(t, s.Sessions.Save(t.Context(), v))
		fatal(t, s.Sessions.Screenshots.Remove(t.Context(), v.ID, want[at]))
		list, err := s.Sessions.Changes(t.Context(), v.ID)
		fatal(t, err)
		was, err := s.Sessions.At(t.Context(), v.ID, repo.RevName{Key: list[0].Key})
		fatal(t, err)
		var got []string
		for _, shot := range was.Screenshots {
			got = append(got, shot.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("without %d: %v, want %v", at, got, want)
		}
	}
}
