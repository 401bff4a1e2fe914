package repo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"taskstore/fts"
	"taskstore/schema"
)

// hitCursor is the Cursor of a Search taken apart. Relevance is no place in an
// index: a page is found by looking again and leaving out what was before.
type hitCursor struct {
	Query string      `json:"q"`
	Skip  int         `json:"s"` // entities on the pages before
	Top   int64       `json:"t"` // the newest key that the first page saw
	Now   schema.Time `json:"n"` // when that was, for what newer means
}

func (c hitCursor) text() Cursor {
	b, _ := json.Marshal(c) // numbers and texts
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// signSearch is what binds a cursor to its search.
func signSearch(q Search) string {
	q.Limit, q.After = 0, ""
	text, _ := json.Marshal(q)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

func readHitCursor(q Search) (c hitCursor, err error) {
	if q.After == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(string(q.After))
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	switch {
	case err != nil || c.Skip < 0:
		return c, &schema.InvalidError{Kind: "search", Field: "cursor", Problem: fmt.Sprintf("%q is none", q.After)}
	case c.Query != signSearch(q):
		return c, &schema.InvalidError{Kind: "search", Field: "cursor", Problem: "belongs to another search; start again without it"}
	}
	return c, nil
}

// hits reads what a page shows: one statement for the entities of each kind, and
// the texts of the page only.
func (f *finder) hits(ctx context.Context, groups []*group) ([]Hit, error) {
	titles := map[owner]schema.Brief{}
	for _, r := range f.kinds {
		var page []schema.Brief
		for _, g := range groups {
			if g.kind == r.kind {
				page = append(page, schema.Brief{PK: g.pk})
			}
		}
		if len(page) == 0 {
			continue
		}
		var found briefs
		if err := r.scanBriefs(ctx, f.x, &found, "", len(page), r.sql.briefPKs, []any{pkList(page)}); err != nil {
			return nil, err
		}
		for _, b := range found.rows {
			titles[owner{r.kind, b.PK}] = b
		}
	}
	list := make([]Hit, 0, len(groups))
	for _, g := range groups {
		h, err := f.hit(ctx, g)
		if err != nil {
			return nil, err
		}
		brief := titles[g.owner]
		h.ID, h.Title = brief.ID, brief.Title
		list = append(list, h)
	}
	return list, nil
}

func (f *finder) hit(ctx context.Context, g *group) (Hit, error) {
	best, err := f.moment(ctx, g.rows[0])
	if err != nil {
		return Hit{}, err
	}
	h := Hit{Kind: g.kind, PK: g.pk, Part: best.Part, At: best.At, Snippet: best.Snippet, Score: best.Score, Matches: len(g.rows), Moments: []Moment{}}
	for _, r := range g.rows[1:min(1+momentsMax, len(g.rows))] {
		m, err := f.moment(ctx, r)
		if err != nil {
			return h, err
		}
		h.Moments = append(h.Moments, m)
	}
	return h, nil
}

func (f *finder) moment(ctx context.Context, r row1) (Moment, error) {
	x := f.x
	if r.over {
		x = f.o.x
	}
	title, body, err := fts.Text(ctx, indexConn{x}, r.PK)
	if err != nil {
		return Moment{}, err
	}
	snippet, at := f.marker.Snippet(title, body)
	return Moment{Part: fts.PartAt(r.Part, r.List, at, titleMember(r)), At: r.At, Snippet: snippet, Score: r.Score}, nil
}

// titleMember is the member that names an entity of this kind.
func titleMember(r row1) string {
	switch r.Kind {
	case "note", "task":
		return "title"
	}
	return "name"
}
