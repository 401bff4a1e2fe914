package repo

import (
	"context"
	"errors"

	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

var documentColumns = []schema.Column{{Name: "name"}, {Name: "body"}}

func documentSum(name string, body []byte) int64 {
	return sumOf(documentColumns, []any{name, body}, -1)
}

// documentSums gives the checksums of the documents that are stored.
func (c *child) documentSums(ctx context.Context, q *sqlitedb.Tx, owner int64) (map[string]int64, error) {
	rows, err := q.Query(ctx, c.sql.state, owner)
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

// docChange is one document that a save writes or removes.
type docChange struct {
	name string
	body schema.Document
	sum  int64
	had  bool // there is a stored one
}

// docChanges compares the documents that v holds with those that are stored.
func (c *child) docChanges(v any, stored map[string]int64) (changes []docChange, state listState) {
	for _, sum := range stored {
		state.add(sum)
	}
	for _, d := range c.docs {
		body := *d.at(v)
		if body == nil {
			continue
		}
		was, had := stored[d.part]
		sum := documentSum(d.part, body)
		if len(body) == 0 {
			sum = 0
		}
		if had == (len(body) > 0) && (!had || was == sum) {
			continue
		}
		changes = append(changes, docChange{d.part, body, sum, had})
		if had {
			state.remove(was)
		}
		if len(body) > 0 {
			state.add(sum)
		}
	}
	return changes, state
}

func (c *child) writeDocuments(ctx context.Context, q *sqlitedb.Tx, owner int64, changes []docChange) error {
	for _, d := range changes {
		var err error
		switch {
		case len(d.body) == 0:
			err = deleting(ctx, q, c.sql.delete, owner, d.name)
		case d.had:
			_, err = q.Exec(ctx, c.sql.update, string(d.body), d.sum, owner, d.name)
		default:
			_, err = q.Exec(ctx, c.sql.insert, owner, d.name, string(d.body), d.sum)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
