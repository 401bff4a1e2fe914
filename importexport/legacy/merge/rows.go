package merge

import (
	"context"
	"database/sql"
	"slices"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// row is a staged candidate. Raw is nil until it is asked for, unless the record
// is small; so is the text of an inline content.
type row struct {
	record.Candidate
	age
	pk        int64
	Container int64
	kind      string
	sum       rawjson.Sum
	size      int64
	hasInline bool
}

// PageRows is how many candidates are read at once, and smallRow the size up to
// which their texts come along; noText reads none.
const (
	PageRows = 128
	smallRow = 64 << 10
	noText   = -1
)

const selectRows = `
	SELECT pk, collection, id, file, pointer, seq, rank, time, container, at, version, damaged, doubtful, whole, spread,
		composed, part, code, kind, sum, size, packed, CASE WHEN size <= ? THEN raw END, form, path, member, inline IS NOT NULL
	FROM candidates
	WHERE collection = ? `

// page returns the candidates of the ids after an id, in id order: whole ids
// only, at least one of them unless there is none left.
func (s *Stage) page(ctx context.Context, text int, collection, after string) ([]*row, error) {
	rows, err := s.rows(ctx, text, `AND id > ? ORDER BY id, pk LIMIT ?`, collection, after, PageRows)
	if err != nil || len(rows) < PageRows {
		return rows, err
	}
	last := rows[len(rows)-1].ID
	cut := slices.IndexFunc(rows, func(r *row) bool { return r.ID == last })
	if cut > 0 {
		return rows[:cut], nil
	}
	return s.of(ctx, text, collection, last)
}

// of returns the candidates of one id.
func (s *Stage) of(ctx context.Context, text int, collection, id string) ([]*row, error) {
	return s.rows(ctx, text, `AND id = ?`, collection, id)
}

// rows reads candidates, with their texts up to a size.
func (s *Stage) rows(ctx context.Context, text int, where, collection string, args ...any) (list []*row, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A context that can be cancelled costs the driver a goroutine for each row.
	found, err := s.DB.QueryContext(context.WithoutCancel(ctx), selectRows+where, append([]any{text, collection}, args...)...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		r, err := s.scan(found)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, found.Err()
}

func (s *Stage) scan(found *sql.Rows) (*row, error) {
	r := new(row)
	var sum, raw []byte
	var packed bool
	var form, path, member string
	err := found.Scan(&r.pk, &r.Collection, &r.ID, &r.File, &r.Pointer, &r.Seq, &r.Rank, &r.Time, &r.Container, &r.At, &r.age.Version,
		&r.Damaged, &r.Doubtful, &r.Whole, &r.Spread, &r.Composed, &r.Part, &r.Code, &r.kind, &sum, &r.size, &packed, &raw, &form, &path, &member, &r.hasInline)
	if err != nil {
		return nil, err
	}
	copy(r.sum[:], sum)
	if form != "" || path != "" || r.hasInline {
		r.Content = &record.Content{Form: form, Path: path, Member: member}
	}
	if raw != nil {
		r.Raw, err = s.unpack(raw, packed)
	}
	return r, err
}

// text returns the record's text; a big one is read from the stage each time.
func (s *Stage) text(ctx context.Context, r *row) (jsontext.Value, error) {
	if r.Raw != nil || r.size == 0 {
		return r.Raw, nil
	}
	return s.read(context.WithoutCancel(ctx), `SELECT packed, raw FROM candidates WHERE pk = ?`, r.pk)
}

// contentOf returns where the bytes of an attachment are, the inline text included.
func (s *Stage) contentOf(ctx context.Context, r *row) (*record.Content, error) {
	if r.Content == nil || !r.hasInline {
		return r.Content, nil
	}
	inline, err := s.read(ctx, `SELECT 1, inline FROM candidates WHERE pk = ?`, r.pk)
	return &record.Content{Form: r.Content.Form, Path: r.Content.Path, Inline: string(inline)}, err
}

func (s *Stage) read(ctx context.Context, text string, pk int64) ([]byte, error) {
	var packed bool
	var stored []byte
	if err := s.DB.QueryRowContext(ctx, text, pk).Scan(&packed, &stored); err != nil {
		return nil, err
	}
	return s.unpack(stored, packed)
}

// groups cuts rows, which are in id order, by id.
func groups(rows []*row) [][]*row {
	var out [][]*row
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].ID == rows[from].ID {
			to++
		}
		out = append(out, rows[from:to])
		from = to
	}
	return out
}

// hintsBetween returns what indexes and logs say about the ids of a page, and under
// "" what they say about all of them.
func (s *Stage) hintsBetween(ctx context.Context, collection, from, to string) (map[string][]record.Hint, error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT collection, id, rank, file, time, deleted, raw
		FROM hints
		WHERE collection = ?1 AND (id BETWEEN ?2 AND ?3 OR id = '')
		ORDER BY id, rank, file`, collection, from, to)
	if err != nil {
		return nil, err
	}
	list, err := scanHints(found)
	byID := map[string][]record.Hint{}
	for _, h := range list {
		byID[h.ID] = append(byID[h.ID], h)
	}
	return byID, err
}

// orphanHints returns the ids after an id that should exist and have no candidate.
func (s *Stage) orphanHints(ctx context.Context, collection, after string) (list []record.Hint, err error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT collection, id, rank, file, time, deleted, raw
		FROM hints AS h
		WHERE collection = ?1 AND id > ?2 AND NOT deleted AND NOT EXISTS (
			SELECT 1 FROM candidates AS c WHERE c.id = h.id AND (c.collection = h.collection
				OR h.collection = 'topics' AND c.collection IN ('companies', 'contacts')))
		ORDER BY id, rank DESC, file
		LIMIT ?3`, collection, after, PageRows)
	if err != nil {
		return nil, err
	}
	return scanHints(found)
}

func scanHints(found *sql.Rows) (list []record.Hint, err error) {
	defer found.Close()
	for found.Next() {
		var h record.Hint
		var raw []byte
		if err := found.Scan(&h.Collection, &h.ID, &h.Rank, &h.File, &h.Time, &h.Deleted, &raw); err != nil {
			return nil, err
		}
		if len(raw) > 0 {
			h.Raw = raw
		}
		list = append(list, h)
	}
	return list, found.Err()
}
