package history

import (
	"bytes"
	"context"
	"strings"

	"taskstore/internal/sqlitedb"

	"github.com/go-json-experiment/json/jsontext"
)

// Who needs a content follows from the rows (v_blob_refs), with one exception: what
// a kept state needs stands inside the state, which may be compressed, and is
// written down beside it in revision_blobs. That table can be made from the states.

// LostRefs are contents that a revision needs without that being noted.
type LostRefs struct {
	Revision int64
	Sums     []string
}

const sqlNoted = "SELECT EXISTS (SELECT 1 FROM revision_blobs WHERE revision_pk = ? AND sha256 = ?)"

// EachLost reads all revisions and gives fn what each of them has lost, which may be nothing.
func EachLost(ctx context.Context, q *sqlitedb.Tx, fn func(lost LostRefs, done, total int64) error) error {
	var total, done int64
	if err := q.Get(ctx, &total, "SELECT count(*) FROM revisions"); err != nil {
		return err
	}
	return EachRevision(ctx, q, "", func(row *StoredRevision) error {
		lost := LostRefs{Revision: row.PK}
		for _, sha := range row.Contents() {
			var noted bool
			if err := q.Get(ctx, &noted, sqlNoted, row.PK, sha); err != nil {
				return err
			}
			if !noted {
				lost.Sums = append(lost.Sums, sha)
			}
		}
		done++
		return fn(lost, done, total)
	})
}

// Contents are those that the state names. A damaged state names none; a check of the
// rows says that it is.
func (row *StoredRevision) Contents() []string {
	if row.Kind == "setting" {
		return nil
	}
	text, err := unpack(row.Encoding, row.Body)
	if err != nil {
		return nil
	}
	return contentsInState(text, row.Row)
}

// contentsInState finds the contents that a state refers to: as {"_blob", "_form"}
// in JSON, and in what is marked as the state's own file; in a row, in the columns
// named *_blob and *_form.
func contentsInState(state []byte, row bool) []string {
	if !bytes.Contains(state, []byte(`blob"`)) && !bytes.Contains(state, []byte(`"verbatim:`)) {
		return nil
	}
	found := map[string]bool{}
	var list []string
	add := func(sha string) {
		if isSHA256(sha) && !found[sha] {
			found[sha] = true
			list = append(list, sha)
		}
	}
	d := jsontext.NewDecoder(bytes.NewReader(state), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return list // at its end, or where it is damaged
		}
		if t.Kind() != '"' {
			continue
		}
		text := t.String()
		switch at := memberAt(d); {
		case namesContent(at, "blob", row):
			add(text)
		case namesContent(at, "form", row):
			if sha, ok := strings.CutPrefix(text, "verbatim:"); ok {
				add(sha)
			}
		}
	}
}

// namesContent tells whether the place of a value is one where a state names a content.
func namesContent(at, what string, row bool) bool {
	if row {
		return strings.HasSuffix(at, "_"+what)
	}
	return strings.HasSuffix(at, "/_"+what) || strings.HasSuffix(at, "/_state/file/"+what)
}

// memberAt is the place of the object's member whose value was just read, "" where
// that was a name itself, or an element.
func memberAt(d *jsontext.Decoder) string {
	if kind, n := d.StackIndex(d.StackDepth()); kind != '{' || n%2 != 0 {
		return ""
	}
	return string(d.StackPointer())
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
