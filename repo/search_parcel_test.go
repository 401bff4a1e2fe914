package repo_test

import (
	"context"
	"fmt"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// sameMinute gives notes of one minute.
func sameMinute(from, n int) []*schema.Note {
	list := make([]*schema.Note, n)
	for i := range list {
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", from+i)}, Content: fmt.Sprintf("every w%d, größer", from+i), Timestamp: "2025-01-02T03:04:05.000Z"}
	}
	return list
}

// wantMinute asks for the notes of a minute in every way that looks at keys; cleanup checks the index.
func wantMinute(t *testing.T, s *repo.Store, live, trashed int) {
	t.Helper()
	for _, q := range []repo.Query{
		{Text: "every"}, {Text: "grosser", To: "2025-01-02T03:05:00.000Z"}, {Text: "every", From: "2025-01-02T03:04:00.000Z", To: "2025-01-02T03:04:06.000Z"},
	} {
		n, err := s.Notes.Count(t.Context(), q)
		if fatal(t, err); n != live {
			t.Errorf("%+v counts %d notes, not %d", q, n, live)
		}
	}
	n, err := s.Notes.Count(t.Context(), repo.Query{Text: "every", Trash: true})
	if fatal(t, err); n != trashed {
		t.Errorf("%d notes in the trash are found, not %d", n, trashed)
	}
	n, err = s.Notes.Count(t.Context(), repo.Query{Text: "every", To: "2025-01-02T03:04:00.000Z"})
	if fatal(t, err); n != 0 {
		t.Errorf("%d notes are found before their time", n)
	}
}

// TestBulkOfOneMinute: more texts of a minute than it has keys for, in several batches that
// are made ready at once, live and in the trash.
func TestBulkOfOneMinute(t *testing.T) {
	s := testdb.Open(t)
	later := repo.DeferIndex(t.Context())
	fatal(t, s.Notes.Save(t.Context(), sameMinute(0, 3)...))
	fatal(t, s.Notes.Save(later, sameMinute(3, 2000)...))
	for i := range 200 {
		fatal(t, s.Notes.Delete(later, fmt.Sprint("n", 10+i)))
	}
	fatal(t, s.Index.Flush(t.Context(), nil))
	wantSegments(t, s, 1, 2)
	wantMinute(t, s, 1803, 200)
	fatal(t, s.Notes.Save(t.Context(), sameMinute(3000, 70)...))
	wantMinute(t, s, 1873, 200)
}

// TestBulkOfOneMinuteBesideWriter: what others write into that minute meanwhile takes keys
// that were allotted.
func TestBulkOfOneMinuteBesideWriter(t *testing.T) {
	s := testdb.Open(t)
	fatal(t, s.Notes.Save(repo.DeferIndex(t.Context()), sameMinute(0, 4000)...))
	saved := 0
	fatal(t, s.Index.Flush(t.Context(), func(int64, int64) {
		fatal(t, s.Notes.Save(context.WithoutCancel(t.Context()), sameMinute(5000+saved*3, 3)...))
		saved++
	}))
	if saved < 4 {
		t.Fatalf("%d batches are none that are made beside each other", saved)
	}
	wantMinute(t, s, 4000+3*saved, 0)
}
