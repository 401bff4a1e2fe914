package rows

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"math"
	"strings"

	"taskstore/internal/sqlitedb"
)

// facetPage is how many records are read at once to fill the facets.
const facetPage = 2000

// facetsSum names the definition of the facets: a checksum over it, so that the start of
// every program need not write it. It is made with the golden files, and a test
// holds it to be true.
//
//go:embed facets.sum
var facetsSum string

func facetStamp() string { return strings.TrimSpace(facetsSum) }

// SumFacets makes that checksum.
func SumFacets() string {
	h := sha256.New()
	for _, r := range Relations {
		h.Write([]byte(r.facetsOf("") + ";\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

const sqlFacetStamp = "SELECT coalesce((SELECT value FROM store WHERE key = 'facets'), '')"

// FacetsFilled tells whether the facets were filled by the definition of this program;
// every write has kept them in step since.
func FacetsFilled(ctx context.Context, c *sql.Conn) (bool, error) {
	var found string
	err := c.QueryRowContext(ctx, sqlFacetStamp).Scan(&found)
	return found == facetStamp(), err
}

// SettleFacets fills the facets if they are not those of this program.
func SettleFacets(ctx context.Context, q *sqlitedb.Tx) error {
	var found string
	if err := q.Get(ctx, &found, sqlFacetStamp); err != nil || found == facetStamp() {
		return err
	}
	return FillFacets(ctx, q)
}

// FillFacets makes the facets of all records anew, a page of records at a time. The
// indexes are made afterwards, from sorted rows.
func FillFacets(ctx context.Context, q *sqlitedb.Tx) error {
	var indexes []struct{ Name, SQL string }
	err := q.Select(ctx, &indexes, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'facet_rows' AND sql IS NOT NULL")
	if err != nil {
		return err
	}
	texts := []string{"DELETE FROM facet_rows", "DELETE FROM facets"}
	for _, x := range indexes {
		texts = append(texts, "DROP INDEX "+x.Name)
	}
	if err := execAll(ctx, q, texts); err != nil {
		return err
	}
	for _, r := range Relations {
		if err := r.fill(ctx, q); err != nil {
			return err
		}
	}
	texts = nil
	for _, x := range indexes {
		texts = append(texts, x.SQL)
	}
	if err := execAll(ctx, q, texts); err != nil {
		return err
	}
	_, err = q.Exec(ctx, "INSERT INTO store (key, value)\nVALUES ('facets', ?)\nON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = NULL", facetStamp())
	return err
}

func execAll(ctx context.Context, q *sqlitedb.Tx, texts []string) error {
	for _, text := range texts {
		if _, err := q.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relation) fill(ctx context.Context, q *sqlitedb.Tx) error {
	return r.eachRange(ctx, q, func(first, last int64) error {
		if _, err := q.Exec(ctx, r.facets().fill, first, last); err != nil {
			return err
		}
		_, err := q.Exec(ctx, r.facets().fillAll, first, last)
		return err
	})
}

// eachRange divides all keys that a record can have into ranges of a page of records each.
func (r *Relation) eachRange(ctx context.Context, q *sqlitedb.Tx, fn func(first, last int64) error) error {
	return sqlitedb.Keyset(ctx, "table "+r.Name, math.MinInt64, cmp.Compare, func(first int64) (next int64, more bool, err error) {
		var page struct {
			Last sql.NullInt64
			N    int
		}
		if err := q.Get(ctx, &page, r.facets().page, first, facetPage); err != nil {
			return 0, false, err
		}
		last := page.Last.Int64
		if page.N < facetPage {
			last = math.MaxInt64
		}
		return last + 1, last != math.MaxInt64, fn(first, last)
	})
}
