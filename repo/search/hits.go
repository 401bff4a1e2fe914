package search

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"taskstore/fts"
	"taskstore/fts/index"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// hitCursor is the Cursor of a Search taken apart. Relevance is no place in an
// index: a page is found by looking again and leaving out what was before.
type hitCursor struct {
	Query string
	Skip  int         // entities on the pages before
	Top   int64       // the newest key that the first page saw
	Now   schema.Time // when that was, for what newer means
}

func (c hitCursor) text() listing.Cursor {
	now, _ := c.Now.Time() // of our own making
	b := append([]byte(nil), c.Query...)
	for _, n := range []int64{int64(c.Skip), c.Top, now.UnixMilli()} {
		b = binary.AppendVarint(b, n)
	}
	return listing.Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// read reads what text has written.
func (c *hitCursor) read(text listing.Cursor) bool {
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil || len(b) < signSize {
		return false
	}
	c.Query, b = string(b[:signSize]), b[signSize:]
	var numbers [3]int64
	for i := range numbers {
		n := 0
		if numbers[i], n = binary.Varint(b); n <= 0 {
			return false
		}
		b = b[n:]
	}
	c.Skip, c.Top, c.Now = int(numbers[0]), numbers[1], schema.TimeOf(time.UnixMilli(numbers[2]))
	return len(b) == 0
}

// signSize is how many bytes of the hash of its search a cursor has.
const signSize = 6

// signSearch is what binds a cursor to its search.
func signSearch(q Search) string {
	q.Limit, q.After = 0, ""
	text, _ := json.Marshal(q)
	sum := sha256.Sum256(text)
	return string(sum[:signSize])
}

func readHitCursor(q Search) (c hitCursor, err error) {
	if q.After == "" {
		return c, nil
	}
	ok := c.read(q.After)
	switch {
	case !ok || c.Skip < 0:
		return c, &schema.InvalidError{Kind: "search", Field: "cursor", Problem: fmt.Sprintf("%q is none", q.After)}
	case c.Query != signSearch(q):
		return c, &schema.InvalidError{Kind: "search", Field: "cursor", Problem: "belongs to another search; start again without it"}
	}
	return c, nil
}

// hits reads what a page shows, and no more.
func (f *finder) hits(ctx context.Context, groups []*group) ([]Hit, error) {
	titles, err := f.titles(ctx, groups)
	if err != nil {
		return nil, err
	}
	moments, err := f.moments(ctx, groups)
	if err != nil {
		return nil, err
	}
	list := make([]Hit, len(groups))
	for i, g := range groups {
		best, brief := moments[g.rows[0].PK], titles[g.owner]
		list[i] = Hit{Kind: g.kind, PK: g.pk, ID: brief.ID, Title: brief.Title, Part: best.Part, At: best.At, Snippet: best.Snippet, Score: best.Score,
			Matches: len(g.rows), Moments: []Moment{}}
		for _, r := range g.shown()[1:] {
			list[i].Moments = append(list[i].Moments, moments[r.PK])
		}
	}
	return list, nil
}

// titles reads what the entities are called, with one statement for each kind.
func (f *finder) titles(ctx context.Context, groups []*group) (map[owner]schema.Brief, error) {
	titles := map[owner]schema.Brief{}
	for _, r := range f.kinds {
		var pks []int64
		for _, g := range groups {
			if g.kind == r.Kind {
				pks = append(pks, g.pk)
			}
		}
		if len(pks) == 0 {
			continue
		}
		list, err := listing.BriefsOf(ctx, f.x, r, pks)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			b.Title = fts.PlainTitle(r.Kind, b.Title)
			titles[owner{r.Kind, b.PK}] = b
		}
	}
	return titles, nil
}

// shown are the texts of an entity that a page shows.
func (g *group) shown() []index.Found { return g.rows[:min(1+momentsMax, len(g.rows))] }

// moments reads the texts that a page shows, by their keys, and marks in them what was looked for.
func (f *finder) moments(ctx context.Context, groups []*group) (map[int64]Moment, error) {
	result := map[int64]index.Found{}
	var pks []int64
	for _, g := range groups {
		for _, r := range g.shown() {
			result[r.PK] = r
			pks = append(pks, r.PK)
		}
	}
	moments := make(map[int64]Moment, len(result))
	err := index.Show(ctx, f.x, pks, func(s index.Shown) {
		r := result[s.PK]
		part := s.Part
		if s.List != "" {
			part = "" // of a moment: it is one field
		}
		snippet, at := f.marker.Snippet(s.Title, s.Body, part)
		moments[s.PK] = Moment{Part: fts.PartAt(s.Part, s.List, at, titleMember(r.Kind)), At: r.At, Snippet: snippet, Score: r.Score}
	})
	return moments, err
}

// titleMember is the member that names an entity of this kind.
func titleMember(kind string) string {
	switch kind {
	case "note", "task":
		return "title"
	}
	return "name"
}
