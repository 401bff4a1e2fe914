package listing

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Cursor is a place between two entities in the answer to a query, as text. It
// holds for the query that it came from, and stays true when entities come and
// go.
type Cursor string

// At is a Cursor taken apart.
type At struct {
	Query string `json:"q"`           // hash of the query
	Key   string `json:"k,omitempty"` // sort key of the entity before
	PK    int64  `json:"p"`
	Null  bool   `json:"n,omitempty"` // among those without a sort key
}

// sign is what binds a cursor to its query: everything but the page's size.
func signOf(r *rows.Relation, q Query) string {
	q.Limit, q.After, q.Before = 0, "", ""
	text, _ := json.Marshal(q) // a Query can always be marshalled
	sum := sha256.Sum256(append([]byte(r.Kind+"\n"), text...))
	return hex.EncodeToString(sum[:6])
}

func (c At) text() Cursor {
	b, _ := json.Marshal(c)
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

func cursorOf(r *rows.Relation, q Query) (c At, err error) {
	text := q.After
	switch {
	case q.After != "" && q.Before != "":
		return c, &schema.InvalidError{Kind: r.Kind, Field: "cursor", Problem: "is there twice: give After or Before"}
	case q.Before != "":
		text = q.Before
	case q.After == "":
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	switch {
	case err != nil:
		return c, &schema.InvalidError{Kind: r.Kind, Field: "cursor", Problem: fmt.Sprintf("%q is none", text)}
	case c.Query != signOf(r, q):
		return c, &schema.InvalidError{Kind: r.Kind, Field: "cursor", Problem: "belongs to another query; start again without it"}
	}
	return c, nil
}

// sortKey is what rows are sorted by. Another tool may have written an empty
// text, which is not the same as none.
type sortKey struct {
	text string
	null bool
}

// CompareAt compares places in the order of a query. The zero At is before all.
func (s *Selection) CompareAt() (func(a, b At) int, error) {
	o, err := orderOf(s.r, s.q)
	return o.comparePlaces, err
}

func (o order) comparePlaces(a, b At) int {
	if rank := cmp.Compare(a.rank(), b.rank()); rank != 0 {
		return rank
	}
	by := cmp.Compare(a.Key, b.Key)
	if o.by == SortTitle {
		by = cmp.Compare(withoutCase(a.Key), withoutCase(b.Key))
	}
	if by = cmp.Or(by, cmp.Compare(a.PK, b.PK)); o.desc {
		by = -by
	}
	return by
}

// rank puts the beginning before all rows, and those without a key after those with one.
func (c At) rank() int {
	switch {
	case c.PK == 0:
		return 0
	case c.Null:
		return 2
	}
	return 1
}

// withoutCase gives a text as SQLite compares it in NOCASE.
func withoutCase(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
