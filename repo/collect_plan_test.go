package repo

import (
	"regexp"
	"testing"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
)

// TestReferencedPlan: whether a content is needed is asked inside the transaction
// that moves it, for one content after the other, and reads no table or index from
// end to end.
func TestReferencedPlan(t *testing.T) {
	s := openInternal(t)
	whole := regexp.MustCompile(`^SCAN (c|b|r|quarantine|revisions|revision_blobs)\b`)
	err := s.read(t.Context(), func(q *sqlitedb.Tx) error {
		result, err := q.Query(t.Context(), "EXPLAIN QUERY PLAN "+contents.SQLReferenced, "x")
		if err != nil {
			return err
		}
		defer result.Close()
		lines := 0
		for result.Next() {
			var id, parent, unused int
			var detail string
			if err := result.Scan(&id, &parent, &unused, &detail); err != nil {
				return err
			}
			lines++
			if whole.MatchString(detail) {
				t.Errorf("reads everything: %s", detail)
			}
		}
		if lines < 20 {
			t.Errorf("a plan of %d lines", lines)
		}
		return result.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}
