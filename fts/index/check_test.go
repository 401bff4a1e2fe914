package index

import (
	"strings"
	"testing"

	"taskstore/fts"
)

// TestDiffering: entities are compared with the index a page at a time, by one statement
// that goes through the index of owners.
func TestDiffering(t *testing.T) {
	c := open(t)
	var entries []fts.Entry
	for pk := int64(1); pk <= 4; pk++ {
		rows := []fts.Row{{At: "2025-01-01T10:00:00.000Z", Title: "same", Body: "marten"}, {At: "2025-01-01T10:00:00.000Z", Title: "same", Body: "marten"}}
		put(t, c, pk, rows...)
		entries = append(entries, fts.Entry{Mark: fts.Mark{Kind: "note", PK: pk, List: fts.All}, Rows: rows})
	}
	entries[1].Rows = entries[1].Rows[:1]
	entries[2].Rows[1].Body = "otter"
	found, err := Differing(t.Context(), c, "note", entries, nil)
	if err != nil || len(found) != 2 || found[0].PK != 2 || found[1].PK != 3 {
		t.Errorf("found %+v, %v", found, err)
	}
	if !strings.Contains(found[0].Detail, "lacks 0 of its texts and has 1") || !strings.Contains(found[1].Detail, "lacks 1 of its texts and has 1") {
		t.Errorf("found %+v", found)
	}
	plan, err := column4(t, c, "EXPLAIN QUERY PLAN "+sqlOldMany)
	if err != nil || !strings.Contains(plan, "search_rows_by_owner (kind=? AND owner_pk=?)") || strings.Contains(plan, "SCAN r") {
		t.Errorf("the plan is %s, %v", plan, err)
	}
}

// column4 joins the fourth column of all rows: the detail of a plan.
func column4(t *testing.T, c Conn, text string) (string, error) {
	rows, err := c.Query(t.Context(), text, "note", "[]")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err != nil {
			return "", err
		}
		b.WriteString(vals[3].(string) + "; ")
	}
	return b.String(), rows.Err()
}
