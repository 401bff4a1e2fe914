package repo

import (
	"context"
	"fmt"
	"testing"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// timeStore has n live notes and n in the trash, all of the first moment of one day.
func timeStore(t *testing.T, n int) *Store {
	t.Helper()
	s := openInternal(t)
	list := make([]*schema.Note, 2*n)
	for i := range list {
		list[i] = &schema.Note{Head: schema.Head{ID: fmt.Sprint("n", i)}, Title: fmt.Sprint("title ", i), Timestamp: "2024-01-01T00:00:00.000Z", Tags: []string{"all"}}
		if i >= n {
			list[i].TrashedAt, list[i].TrashReason = "2025-02-01T00:00:00.000Z", schema.TrashDeleted
		}
	}
	if err := s.Notes.Save(DeferIndex(WithOrigin(t.Context(), OriginImport)), list...); err != nil {
		t.Fatal(err)
	}
	return s
}

func execute(t *testing.T, s *Store, text string) {
	t.Helper()
	err := s.db.Do(t.Context(), func(ctx context.Context, q *sqlitedb.Tx) error {
		_, err := q.Exec(ctx, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCountOfHours: a time that begins or ends with an hour is counted by what is kept of
// hours, and no row of those is looked at; what is not of the time is not counted.
func TestCountOfHours(t *testing.T) {
	const n = 30
	s := timeStore(t, n)
	counts := func(what string, kept int) {
		t.Helper()
		for _, x := range []struct {
			from, to schema.Time
			want     int
		}{
			{"2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z", kept},
			{"2024-01-01T00:00:00.000Z", "", kept},
			{"", "2024-01-01T01:00:00.000Z", kept},
			{"", "2024-01-01T00:00:00.000Z", 0},
			{"", "2024-01-01T00:00:00.001Z", n},
			{"2024-01-01T00:00:00.001Z", "2024-01-02T00:00:00.000Z", 0},
			{"2024-01-01T00:00:00.000Z", "2024-01-01T00:30:00.000Z", n},
			{"2023-12-31T23:30:00.000Z", "2024-01-01T00:30:00.000Z", n},
			{"2023-12-31T23:30:00.000Z", "2024-01-01T01:30:00.000Z", kept},
			{"2024-01-01T01:00:00.000Z", "2024-01-01T00:00:00.000Z", 0},
		} {
			for _, trash := range []bool{false, true} {
				got, err := s.Notes.Count(t.Context(), Query{From: x.from, To: x.to, Trash: trash})
				if err != nil || got != x.want {
					t.Errorf("%s: from %q to %q (trash %v): %d, %v, want %d", what, x.from, x.to, trash, got, err, x.want)
				}
			}
		}
	}
	counts("as it is", n)
	execute(t, s, "UPDATE facets SET records = 1000 WHERE field = 'hour'")
	counts("with another number kept", 1000)
}

// TestCountOfOddDates: a date that another program wrote in another form is counted where
// its text is.
func TestCountOfOddDates(t *testing.T) {
	const n = 30
	s := timeStore(t, n)
	execute(t, s, "UPDATE notes SET timestamp = '2024-01-01T00:00' WHERE id IN ('n3', 'n40')")
	execute(t, s, "UPDATE facet_rows SET date = '2024-01-01T00:00' WHERE owner_pk IN (SELECT pk FROM notes WHERE timestamp = '2024-01-01T00:00') AND title IS NOT NULL")
	for _, trash := range []bool{false, true} {
		got, err := s.Notes.Count(t.Context(), Query{From: "2024-01-01T00:00:00.000Z", To: "2024-01-02T00:00:00.000Z", Trash: trash})
		if err != nil || got != n-1 {
			t.Errorf("trash %v: %d, %v", trash, got, err)
		}
	}
}

// TestPageOfTimeVisits: a page in the order of titles goes through that order where nearly
// all records are of the time asked for, and through the records of the time where few are,
// whether or not the time begins and ends with an hour.
func TestPageOfTimeVisits(t *testing.T) {
	const n, limit = 2000, 20
	s := timeStore(t, n)
	for _, trash := range []bool{false, true} {
		for _, tags := range [][]string{nil, {"all"}} {
			for _, from := range []schema.Time{"2024-01-01T00:00:00.000Z", "2023-12-31T23:59:00.000Z", ""} {
				for _, to := range []schema.Time{"2024-01-02T00:00:00.000Z", "2024-01-01T00:00:01.000Z", ""} {
					q := Query{From: from, To: to, Sort: SortTitle, Trash: trash, Tags: tags, Limit: limit}
					if list, steps := placed(t, s, q, listing.At{}, false, limit); len(list) != limit || steps > limit+1 {
						t.Errorf("%+v: %d rows, %d steps", q, len(list), steps)
					}
				}
			}
			for _, from := range []schema.Time{"2024-01-01T00:00:01.000Z", "2024-01-01T01:00:00.000Z"} {
				q := Query{From: from, Sort: SortTitle, Trash: trash, Tags: tags, Limit: limit}
				if list, steps := placed(t, s, q, listing.At{}, false, limit); len(list) != 0 || steps > 0 {
					t.Errorf("%+v: %d rows, %d steps", q, len(list), steps)
				}
			}
		}
	}
}
