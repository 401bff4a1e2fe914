package rows

import (
	"context"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

var documentColumns = []schema.Column{{Name: "name"}, {Name: "body"}}

func documentSum(name string, body []byte) int64 {
	return Sum(documentColumns, []any{name, body}, -1)
}

// DocumentSums gives the checksums of the documents that are stored.
func (c *Child) DocumentSums(ctx context.Context, q *sqlitedb.Tx, owner int64) (map[string]int64, error) {
	rows, err := q.Query(ctx, c.SQL.State, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	m := map[string]int64{}
	for rows.Next() {
		var name string
		var sum *int64
		if err := rows.Scan(&name, &sum); err != nil {
			return nil, err
		}
		m[name] = 0 // written by another tool
		if sum != nil {
			m[name] = *sum
		}
	}
	return m, errors.Join(rows.Err(), rows.Close())
}

// DocChange is one document that a save writes or removes.
type DocChange struct {
	Name string
	body schema.Document
	sum  int64
	had  bool // there is a stored one
}

// DocChanges compares the documents that v holds with those that are stored.
func (c *Child) DocChanges(v any, stored map[string]int64) (changes []DocChange, state ListState) {
	for _, sum := range stored {
		state.Add(sum)
	}
	for _, d := range c.Docs {
		body := *d.At(v)
		if body == nil {
			continue
		}
		was, had := stored[d.Part]
		sum := documentSum(d.Part, body)
		if len(body) == 0 {
			sum = 0
		}
		if had == (len(body) > 0) && (!had || was == sum) {
			continue
		}
		changes = append(changes, DocChange{d.Part, body, sum, had})
		if had {
			state.Remove(was)
		}
		if len(body) > 0 {
			state.Add(sum)
		}
	}
	return changes, state
}

func (c *Child) WriteDocuments(ctx context.Context, q *sqlitedb.Tx, owner int64, changes []DocChange) error {
	for _, d := range changes {
		var err error
		switch {
		case len(d.body) == 0:
			err = Delete(ctx, q, c.SQL.Delete, owner, d.Name)
		case d.had:
			_, err = q.Exec(ctx, c.SQL.Update, string(d.body), d.sum, owner, d.Name)
		default:
			_, err = q.Exec(ctx, c.SQL.insert, owner, d.Name, string(d.body), d.sum)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
