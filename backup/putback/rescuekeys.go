package putback

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// knownKeys gives the keys that the indexes tell of, and those of the backup. told says
// that one index could be read from beginning to end: it tells of every row.
func (r *rescue) knownKeys(ctx context.Context) (known map[string][]any, told bool, err error) {
	known = map[string][]any{}
	for _, index := range r.t.indexes {
		for _, order := range []string{"", " DESC"} {
			whole, err := r.keys(ctx, r.s.from, &index, order, known)
			if err != nil {
				return nil, false, err
			}
			if told = told || whole; whole {
				break
			}
		}
	}
	if r.s.old != nil && !told {
		_, err = r.keys(ctx, r.s.old, nil, "", known)
	}
	return known, told, err
}

// keys reads keys, of an index in its order.
func (r *rescue) keys(ctx context.Context, from *sql.DB, by *indexOf, order string, known map[string][]any) (whole bool, err error) {
	wanted, end := r.t.key, ""
	if by != nil {
		end = " INDEXED BY " + by.name + " ORDER BY " + strings.Join(by.columns, order+", ") + order
		if by.columns[0] == quote("id") || by.columns[0] == quote("key") {
			wanted = append(slices.Clone(wanted), by.columns[0])
		}
	}
	text := "SELECT " + strings.Join(wanted, ", ") + " FROM " + r.t.name + end
	result, err := from.QueryContext(ctx, text)
	if err != nil {
		return false, r.unlessDamage(ctx, err)
	}
	defer result.Close()
	for n := 0; result.Next(); n++ {
		key, err := scanRow(result, len(wanted))
		if err != nil {
			return false, r.unlessDamage(ctx, err)
		}
		if len(key) > len(r.t.key) {
			id := fmt.Sprint(key[len(r.t.key)])
			key = key[:len(r.t.key)]
			r.ids[keyText(key)] = id
		}
		known[keyText(key)] = key
		if n > 1<<28 {
			return false, nil // a loop
		}
	}
	if err := result.Err(); err != nil {
		return false, r.unlessDamage(ctx, err)
	}
	return true, nil
}

// sortedKeys gives the names of keys in the order of the keys.
func sortedKeys(known map[string][]any) []string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case follows(known[a], known[b], false):
			return -1
		}
		return 1
	})
	return names
}

// fromBackup takes rows that could not be read from the backup, and notes those that it
// does not have. Where an index tells which rows there are, no other comes back.
func (r *rescue) fromBackup(ctx context.Context, known map[string][]any) error {
	for _, name := range sortedKeys(known) {
		if r.has(known[name]) {
			continue
		}
		came, err := r.bring(ctx, known[name])
		if err != nil {
			return err
		}
		r.done.Unread = append(r.done.Unread, Row{Key: name, ID: r.ids[name], OfBackup: came})
	}
	return nil
}

func (r *rescue) bring(ctx context.Context, key []any) (came bool, err error) {
	if r.s.old == nil {
		return false, nil
	}
	text := "SELECT " + strings.Join(r.t.columns, ", ") + " FROM " + r.t.name + " WHERE " + r.t.where
	result, err := r.s.old.QueryContext(ctx, text, key...)
	if err != nil {
		return false, r.unlessDamage(ctx, err) // an earlier version of the table
	}
	defer result.Close()
	if !result.Next() {
		return false, result.Err()
	}
	values, err := scanRow(result, len(r.t.columns))
	if err != nil {
		return false, err
	}
	return r.insert(ctx, values)
}
