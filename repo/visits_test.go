package repo

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/repo/listing"
	"taskstore/schema"

	"modernc.org/sqlite"
)

// visits counts the rows that a walk steps over: SQLite calls visited for each of them.
var visits atomic.Int64

func init() {
	sqlite.MustRegisterScalarFunction("visited", 1, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		visits.Add(1)
		return int64(1), nil
	})
}

// visitStore has n live notes and n in the trash, all with the tag all and most with the
// same title and the same date; every seventh has a tag, and every fifth a status.
func visitStore(t *testing.T, n int) *Store {
	t.Helper()
	s := openInternal(t)
	list := make([]*schema.Note, 2*n)
	for i := range list {
		v := &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Status: "approved", Title: "same", Timestamp: "2025-01-01T00:00:00.000Z", Tags: []string{"all"},
			Links: []schema.Link{{Kind: "topic", ID: "t"}}}
		switch i % 10 {
		case 0:
			v.Title, v.Timestamp = fmt.Sprint("title ", i), schema.Time(fmt.Sprintf("2024-01-01T00:%02d:%02d.000Z", i/60, i%60))
		case 1, 2, 3:
			v.Timestamp = ""
		}
		if i%7 == 0 {
			v.Tags = append(v.Tags, "seventh")
		}
		if i%5 == 0 {
			v.Status = "draft"
		}
		v.LastUpdated = v.Timestamp
		if i >= n {
			v.TrashedAt, v.TrashReason = "2025-02-01T00:00:00.000Z", schema.TrashDeleted
		}
		list[i] = v
	}
	if err := s.Notes.Save(DeferIndex(WithOrigin(t.Context(), OriginImport)), list...); err != nil {
		t.Fatal(err)
	}
	return s
}

// placed are the rows after a place or before it, as places, and how many rows the walks
// for them stepped over.
func placed(t *testing.T, s *Store, q Query, at listing.At, back bool, limit int) (list []listing.At, steps int) {
	t.Helper()
	page, err := selected(t, s, rows.Notes, planQuery{Query: q}).PageSQL(at, back, limit)
	if err != nil {
		t.Fatal(err)
	}
	visits.Store(0)
	err = s.read(t.Context(), func(x *sqlitedb.Tx) error {
		for _, one := range page {
			text := strings.Replace(one.SQL, "WHERE f.facet_pk = ", "WHERE visited(f.owner_pk) AND f.facet_pk = ", 1)
			if text = strings.Replace(text, "WHERE e.trashed_at IS ", "WHERE visited(e.pk) AND e.trashed_at IS ", 1); text == one.SQL {
				t.Fatalf("nothing is counted in %s", text)
			}
			result, err := x.Query(t.Context(), text, one.Args...)
			if err != nil {
				return err
			}
			for result.Next() && len(list) < limit {
				var pk int64
				var key [4]sql.NullString // title, date, updated, saved
				if err := result.Scan(&pk, new(any), &key[0], new(any), &key[1], &key[2], &key[3], new(any), new(any), new(any)); err != nil {
					return err
				}
				k := key[map[Sort]int{SortTitle: 0, SortUpdated: 2, SortSaved: 3}[Sort(strings.TrimPrefix(string(q.Sort), "-"))]]
				if s := strings.TrimPrefix(string(q.Sort), "-"); s == string(SortDate) {
					k = key[1]
				}
				list = append(list, listing.At{Key: k.String, PK: pk, Null: !k.Valid})
			}
			if err := result.Close(); err != nil || len(list) >= limit {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, int(visits.Load())
}

// TestPageVisits: a page of a filter steps over the rows that it gives and no others,
// wherever it is, in each order, in both directions, though most dates and titles are the
// same and many records have no date.
func TestPageVisits(t *testing.T) {
	const n, limit = 400, 20
	s := visitStore(t, n)
	for name, q := range map[string]Query{
		"everything": {}, "status": {Status: []string{"draft"}}, "tag": {Tags: []string{"seventh"}}, "tag of all": {Tags: []string{"all"}},
		"link": {Links: []schema.Link{{Kind: "topic", ID: "t"}}}, "no tag of none": {Tags: []string{"all"}, NotTags: []string{"none"}},
	} {
		for _, q.Trash = range []bool{false, true} {
			for _, sort := range Sorts() {
				for _, q.Sort = range []Sort{sort, "-" + sort} {
					all, _ := placed(t, s, q, listing.At{}, false, 2*n)
					if len(all) < n/8 {
						t.Fatalf("%s: %d of %d", name, len(all), n)
					}
					for _, i := range []int{0, len(all) / 4, len(all) / 2, 3 * len(all) / 4, len(all) - limit - 1} {
						for _, back := range []bool{false, true} {
							list, steps := placed(t, s, q, all[i], back, limit)
							if want := min(limit, map[bool]int{false: len(all) - 1 - i, true: i}[back]); len(list) != want || steps > want+2 {
								t.Errorf("%s (trash %v) by %s after row %d, back %v: %d rows, %d steps, want %d", name, q.Trash, q.Sort, i, back, len(list), steps, want)
							}
						}
					}
				}
			}
		}
	}
}

// TestPageOfTwoVisits: a page of several filters goes through the rarest one, whichever is
// named first.
func TestPageOfTwoVisits(t *testing.T) {
	const n = 700
	s := visitStore(t, n)
	for _, tags := range [][]string{{"all", "seventh"}, {"seventh", "all"}} {
		for _, sort := range Sorts() {
			q := Query{Tags: tags, Status: []string{"draft"}, Sort: sort}
			if list, steps := placed(t, s, q, listing.At{}, false, n); len(list) != n/35 || steps != n/7 {
				t.Errorf("%v by %s: %d rows, %d steps, want %d and %d", tags, sort, len(list), steps, n/35, n/7)
			}
		}
	}
}
