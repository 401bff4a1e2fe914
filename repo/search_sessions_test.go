package repo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestBulkOfSessions: a page of sessions is many texts, however few records that are: a
// bulk leaves them unmerged, and merges all at its end.
func TestBulkOfSessions(t *testing.T) {
	s := testdb.Open(t)
	list := make([]*schema.Session, 400)
	for i := range list {
		list[i] = &schema.Session{Head: schema.Head{ID: fmt.Sprint("s", i)}, Name: fmt.Sprint("every w", i), StartTime: "2025-01-02T03:04:05.000Z"}
		for k := range 5 {
			list[i].Screenshots = append(list[i].Screenshots, schema.Screenshot{
				Item: schema.Item{ID: fmt.Sprint(i, "-", k)}, Timestamp: "2025-01-02T03:04:05.000Z", UserComment: strings.Repeat("shown ", 400)})
		}
	}
	fatal(t, s.Sessions.Save(repo.DeferIndex(t.Context()), list...))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Index.Flush(ctx, func(done, _ int64) {
		if done > 250 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	wantSegments(t, s, 4, 8)
	fatal(t, s.Index.Flush(t.Context(), nil))
	wantSegments(t, s, 1, 1)
	n, err := s.Sessions.Count(t.Context(), repo.Query{Text: "shown"})
	if fatal(t, err); n != 400 {
		t.Errorf("%d sessions are found, not 400", n)
	}
}
