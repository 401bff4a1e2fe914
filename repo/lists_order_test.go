package repo

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// TestListsInOrder: what reads the lists of a page goes through the index of their places, so
// that nothing has to be sorted.
func TestListsInOrder(t *testing.T) {
	s := openInternal(t)
	uses := regexp.MustCompile(`^SEARCH c USING (INDEX (\S+)|PRIMARY KEY) `)
	for _, r := range rows.Relations {
		for _, c := range r.Children {
			if c.Form == schema.FormDocument {
				continue
			}
			lines := plan(t, s, c.SQL.ListMany, []any{"[]"})
			m := uses.FindStringSubmatch(lines[len(lines)-1])
			if m == nil {
				t.Errorf("%s: %s", c.Table, strings.Join(lines, "; "))
				continue
			}
			index, cols := m[2], []string(nil)
			if index == "" {
				index = "sqlite_autoindex_" + c.Table + "_1"
			}
			err := s.db.View(t.Context(), func(ctx context.Context, q *sqlitedb.Tx) error {
				return q.Select(ctx, &cols, "SELECT name\nFROM pragma_index_info(?)\nORDER BY seqno", index)
			})
			if err != nil || len(cols) < 2 || cols[0] != c.Owner || cols[1] != "pos" {
				t.Errorf("%s: %s is over %v: %v", c.Table, index, cols, err)
			}
		}
	}
}

// TestListsOutOfOrder: where SQLite gives the rows of lists in another order than theirs, the
// lists are read all the same.
func TestListsOutOfOrder(t *testing.T) {
	s := openInternal(t)
	var ids []string
	for i := range 5 {
		n := &schema.Note{Head: schema.Head{ID: fmt.Sprintf("n%d", i)}, Content: "text", Status: "draft", Tags: []string{"c", "a", "b"}[:i%4]}
		for k := range i {
			n.Updates = append(n.Updates, schema.NoteUpdate{Item: schema.Item{ID: fmt.Sprintf("u%d-%d", i, k)}, Content: "more"})
		}
		if err := s.Notes.Save(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	want, err := s.Notes.GetMany(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rows.Notes.Children {
		was := c.SQL.ListMany
		defer func() { c.SQL.ListMany = was }()
		c.SQL.ListMany += "\nORDER BY c.pos DESC"
	}
	got, err := s.Notes.GetMany(t.Context(), ids)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(got) != len(ids) || len(got[4].Updates) != 4 || len(got[3].Tags) != 3 {
		t.Errorf("in another order: %v (-want +got):\n%s", err, diff)
	}
}
