package repo_test

import (
	"errors"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestForeignListThenSave: a long list that another tool has changed can be read and
// saved; a value that was read before is in conflict.
func TestForeignListThenSave(t *testing.T) {
	t.Parallel()
	s := testdb.Open(t)
	v := &schema.Session{Head: schema.Head{ID: "s"}, Name: "n", Screenshots: []schema.Screenshot{{Item: schema.Item{ID: "a"}}, {Item: schema.Item{ID: "b"}}}}
	fatal(t, s.Sessions.Save(t.Context(), v))
	before, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	testdb.Shell(t, s, "DELETE FROM session_screenshots WHERE id = 'a'; UPDATE session_screenshots SET user_comment = 'theirs' WHERE id = 'b';")
	now, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	now.Screenshots = append(now.Screenshots, schema.Screenshot{Item: schema.Item{ID: "c"}})
	fatal(t, s.Sessions.Save(t.Context(), &now))
	got, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	if n := len(got.Screenshots); n != 2 || got.Screenshots[0].UserComment != "theirs" || got.Screenshots[1].ID != "c" {
		t.Errorf("%d screenshots: %+v", n, got.Screenshots)
	}
	before.Name = "older"
	if err := s.Sessions.Save(t.Context(), &before); !errors.Is(err, repo.ErrConflict) {
		t.Errorf("what was read before the other tool wrote: %v", err)
	}
}
