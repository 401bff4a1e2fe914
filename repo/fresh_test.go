package repo_test

import (
	"context"
	"errors"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestFreshEntries: the index has what a transaction left of its new records, whatever
// it did to them after they were saved. testdb compares the index with the records.
func TestFreshEntries(t *testing.T) {
	s := testdb.Open(t)
	id := func(id string) schema.Head { return schema.Head{ID: id} }
	notes := []*schema.Note{
		{Head: id("kept"), Content: "first alpha", Tags: []string{"red"}},
		{Head: id("changed"), Content: "first beta", Tags: []string{"red"}},
		{Head: id("gone"), Content: "first gamma"},
		{Head: id("purged"), Content: "first delta"},
	}
	err := s.Update(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		if err := tx.Notes.Save(ctx, notes...); err != nil {
			return err
		}
		_, changed := tx.Notes.Modify(ctx, "changed", func(n *schema.Note) error { n.Content, n.Tags = "second beta", []string{"blue"}; return nil })
		failed := tx.Notes.Save(ctx, &schema.Note{Head: id("undone"), Content: "first epsilon"}, &schema.Note{Head: id("kept")})
		if !errors.Is(failed, repo.ErrExists) {
			t.Errorf("a second record of an id: %v", failed)
		}
		return errors.Join(changed, tx.Notes.Delete(ctx, "gone"), tx.Notes.Purge(ctx, "purged"))
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"first": 1, "second": 1, "alpha": 1, "beta": 1, "gamma": 0, "delta": 0, "epsilon": 0, "tag:red first": 1, "tag:blue second": 1} {
		if n, err := s.Notes.Count(t.Context(), repo.Query{Text: text}); err != nil || n != want {
			t.Errorf("%q: %d notes, want %d (%v)", text, n, want, err)
		}
	}
}
