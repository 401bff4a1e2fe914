package recovery_test

import (
	"fmt"
	"strings"
	"testing"

	"taskstore/backup/putback"
	"taskstore/backup/recovery"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestReviveLost: a record whose row cannot be read and that is in no backup is there again as the newest of its revisions,
// in the trash if it was there; one that was purged stays away, and one without a revision is lost, which is said.
func TestReviveLost(t *testing.T) {
	s := testdb.Unchecked(t)
	ctx := t.Context()
	manyNotes(t, s, "n", 300)
	changed := map[string]bool{}
	for i := 0; i < 300; i += 2 {
		n, err := s.Notes.Get(ctx, fmt.Sprintf("n%04d", i))
		fatal(t, err)
		changed[n.ID] = true
		n.Content = "the newest text"
		fatal(t, s.Notes.Save(ctx, &n))
	}
	fatal(t, s.Notes.Delete(ctx, "n0022", "n0040"))
	fatal(t, s.Notes.Purge(ctx, "n0040"))
	fatal(t, s.Close())
	smashPage(t, s.Path(), leafPages(t, s.Path(), "notes")[1])
	r, err := recovery.Rebuild(ctx, s.Dir(), recovery.RebuildOptions{})
	fatal(t, err)
	was := len(r.Damaged()[0].Unread)
	again := testdb.Reopen(t, s.Dir())
	_, err = again.RepairRows(ctx, false)
	fatal(t, err)
	reviveAll(t, again, &r)
	rows := r.Damaged()[0]
	if lost := rows.Lost(); len(rows.Unread) != was || was < 8 || lost == 0 || lost == was {
		t.Fatalf("%d rows could not be read, then %d, and %d are lost", was, len(rows.Unread), lost)
	}
	for _, row := range rows.Unread {
		n, err := again.Notes.Get(ctx, row.ID)
		if back := row.OfRevision != ""; (err == nil) != back || changed[row.ID] != back || back && (row.At == "" || row.OfRevision != "1" && row.ID != "n0022") {
			t.Errorf("%+v, changed %v: %v", row, changed[row.ID], err)
		}
		if err == nil && (n.Content == "the newest text") != (row.ID == "n0022") {
			t.Errorf("%+v: %q", row, n.Content)
		}
	}
	if n, err := again.Notes.Get(ctx, "n0022"); err != nil || n.TrashedAt == "" {
		t.Errorf("what was in the trash: %+v, %v", n.Head, err)
	}
	if _, err := again.Notes.Get(ctx, "n0040"); err == nil {
		t.Error("what was purged is there again")
	}
	fatal(t, again.Close())
	testdb.WantClean(t, s.Dir())
}

// reviveAll brings back what is gone, and has it noted.
func reviveAll(t *testing.T, s *repo.Store, r *recovery.Rebuilt) {
	t.Helper()
	for _, kind := range repo.Kinds() {
		if kind.IsEntity() {
			list, err := s.History.Revive(t.Context(), kind.Name, false)
			fatal(t, err)
			for _, v := range list {
				r.Note(v)
			}
		}
	}
}

// manySessions saves sessions of which every second one was changed once, with all that is kept apart.
func manySessions(t *testing.T, s *repo.Store, n int) (was map[string]*schema.Session) {
	t.Helper()
	var list, changed []*schema.Session
	for i := range n {
		id := fmt.Sprintf("s%04d", i)
		item := func(name string) schema.Item { return schema.Item{ID: id + name} }
		v := &schema.Session{Head: schema.Head{ID: id}, Name: "of " + id, Status: "completed", Description: strings.Repeat("what was done ", 30), Tags: []string{"old"}}
		v.Summary = schema.Document(`{"text":"summary of ` + id + `"}`)
		for j := range 5 {
			v.Screenshots = append(v.Screenshots, schema.Screenshot{Item: item(fmt.Sprint("-", j)), SessionID: id, UserComment: fmt.Sprint("screen ", j)})
		}
		v.AudioSegments = []schema.AudioSegment{{Item: item("-a"), SessionID: id, Transcription: "said in " + id}}
		v.Video = &schema.Video{Item: item("-v"), SessionID: id, Chunks: []schema.VideoChunk{{Item: item("-c"), SessionID: id, Topic: "of " + id}}}
		if list = append(list, v); i%2 == 0 {
			changed = append(changed, v)
		}
	}
	fatal(t, s.Sessions.Save(t.Context(), list...))
	for _, v := range changed {
		v.Tags = []string{"new"}
	}
	fatal(t, s.Sessions.Save(t.Context(), changed...))
	was = map[string]*schema.Session{}
	for _, v := range list {
		whole, err := s.Sessions.Get(t.Context(), v.ID, repo.Full)
		fatal(t, err)
		was[v.ID] = &whole
	}
	return was
}

// TestReviveLists: a session that is brought back from a revision has again what is kept apart of it and could be read, and
// it is said how much that is, and how many places of a list are empty of which rows were lost.
func TestReviveLists(t *testing.T) {
	s := testdb.Unchecked(t)
	ctx := t.Context()
	was := manySessions(t, s, 40)
	fatal(t, s.Sessions.Screenshots.Remove(ctx, "s0010", "s0010-1"))
	fatal(t, s.Sessions.Delete(ctx, "s0012"))
	fatal(t, s.Close())
	for _, page := range leafPages(t, s.Path(), "sessions")[2:5] {
		smashPage(t, s.Path(), page)
	}
	shots := leafPages(t, s.Path(), "session_screenshots")
	smashPage(t, s.Path(), shots[len(shots)*11/40])
	r, err := recovery.Rebuild(ctx, s.Dir(), recovery.RebuildOptions{})
	fatal(t, err)
	again := testdb.Reopen(t, s.Dir())
	_, err = again.RepairRows(ctx, false)
	fatal(t, err)
	reviveAll(t, again, &r)
	back, less := 0, 0
	for _, table := range r.Damaged() {
		for _, row := range table.Unread {
			if table.Table == "sessions" && row.OfRevision != "" {
				back++
				less += wantRevived(t, again, was[row.ID], row)
			}
		}
	}
	if back < 3 || less == 0 || less == back {
		t.Errorf("%d sessions came back, %d with fewer screenshots", back, less)
	}
	fatal(t, again.Close())
	testdb.WantClean(t, s.Dir())
}

// wantRevived wants a session to be what it was; it gives 1 if screenshots are missing.
func wantRevived(t *testing.T, s *repo.Store, was *schema.Session, row putback.Row) (less int) {
	t.Helper()
	is, err := s.Sessions.Get(t.Context(), was.ID, repo.Full)
	fatal(t, err)
	if len(is.AudioSegments) != 1 || is.Video == nil || len(is.Video.Chunks) != 1 || is.Video.Chunks[0].Topic != "of "+was.ID || string(is.Summary) != string(was.Summary) {
		t.Errorf("%s has %d segments, the video %+v and the summary %s", was.ID, len(is.AudioSegments), is.Video, is.Summary)
	}
	if (was.ID == "s0012") != (is.TrashedAt != "") {
		t.Errorf("%s is in the trash since %q", was.ID, is.TrashedAt)
	}
	if told := row.Lists["screenshots"]; told.Came != len(is.Screenshots) || told.Came > 0 && is.Screenshots[told.Came-1].ID == was.ID+"-4" && told.Empty != 5-told.Came || row.Lists["audioSegments"].Came != 1 {
		t.Errorf("%s has %d screenshots, and %+v is told", was.ID, len(is.Screenshots), row.Lists)
	}
	for i, one := range is.Screenshots {
		if i > 0 && one.ID <= is.Screenshots[i-1].ID || one.UserComment != "screen "+one.ID[len(one.ID)-1:] {
			t.Errorf("%s: %+v", was.ID, one)
		}
	}
	if len(is.Screenshots) < 4 {
		return 1
	}
	return 0
}
