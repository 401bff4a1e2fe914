package listing

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Cursor is a place between two entities in the answer to a query, as text. It
// holds for the query that it came from, and stays true when entities come and
// go.
type Cursor string

// At is a Cursor taken apart.
type At struct {
	Query string // hash of the query
	Key   string // sort key of the entity before
	PK    int64
	Null  bool // among those without a sort key
}

// sign is what binds a cursor to its query: everything but the page's size.
func signOf(r *rows.Relation, q Query) string {
	q.Limit, q.After, q.Before = 0, "", ""
	text, _ := json.Marshal(q) // a Query can always be marshalled
	sum := sha256.Sum256(append([]byte(r.Kind+"\n"), text...))
	return string(sum[:signSize])
}

// signSize is how many bytes of the hash of its query a cursor has.
const signSize = 6

// What a sort key is in a cursor: people copy cursors, and a time has a short form.
const (
	keyNone = iota
	keyText
	keyTime // milliseconds since 1970
)

func (c At) text() Cursor {
	b := append([]byte(nil), c.Query...)
	b = binary.AppendVarint(b, c.PK)
	at, isTime := schema.ParseTime(c.Key)
	switch {
	case c.Null:
		b = append(b, keyNone)
	case isTime && string(at) == c.Key:
		moment, _ := at.Time() // it was parsed
		b = binary.AppendVarint(append(b, keyTime), moment.UnixMilli())
	default:
		b = append(append(b, keyText), c.Key...)
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// readAt reads what text has written.
func readAt(text Cursor) (c At, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil || len(b) < signSize {
		return c, false
	}
	c.Query, b = string(b[:signSize]), b[signSize:]
	var n int
	if c.PK, n = binary.Varint(b); n <= 0 || n == len(b) {
		return c, false
	}
	kind, rest := b[n], b[n+1:]
	switch kind {
	case keyNone:
		c.Null = true
		return c, len(rest) == 0
	case keyText:
		c.Key = string(rest)
		return c, true
	case keyTime:
		milli, n := binary.Varint(rest)
		c.Key = string(schema.TimeOf(time.UnixMilli(milli)))
		return c, n > 0 && n == len(rest)
	}
	return c, false
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
	c, ok := readAt(text)
	switch {
	case !ok:
		return c, &schema.InvalidError{Kind: r.Kind, Field: "cursor", Problem: fmt.Sprintf("%q is none that a page has given", text)}
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
