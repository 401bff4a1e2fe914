package putback

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// rescue carries the rows of one table over.
type rescue struct {
	t    tableOf
	s    *salvage
	tx   *sql.Tx
	done *Salvaged
	low  []any            // the last key from the beginning
	high []any            // and from the end
	have map[string]bool  // rows that were read behind low
	bad  map[string][]any // rows that were read and that the table does not take
	ids  map[string]string
}

// mostProbes bounds how often one table is asked for what lies between what cannot be read.
const mostProbes = 20_000

func (r *rescue) run(ctx context.Context) error {
	whole, err := r.scan(ctx, "", nil, false, &r.low)
	if err != nil || whole && len(r.bad) == 0 {
		return err
	}
	r.done.Damaged = true
	if whole {
		return r.fromBackup(ctx, r.bad)
	}
	r.have = map[string]bool{}
	if _, err := r.scan(ctx, "", nil, true, &r.high); err != nil {
		return err
	}
	known, told, err := r.knownKeys(ctx)
	if err != nil {
		return err
	}
	if err := r.between(ctx, known); err != nil {
		return err
	}
	r.done.Unknown = !told && r.s.old == nil
	maps.Copy(known, r.bad)
	return r.fromBackup(ctx, known)
}

// scan reads rows in the order of the key, or against it, until one cannot be read or the
// order is not kept, which a loop of pages does not, and stores them. It
// tells whether it came to the end.
func (r *rescue) scan(ctx context.Context, where string, args []any, down bool, last *[]any) (whole bool, err error) {
	way := ""
	if down {
		way = " DESC"
	}
	text := "SELECT " + strings.Join(append(slices.Clone(r.t.key), r.t.columns...), ", ") + " FROM " + r.t.name + where +
		" ORDER BY " + strings.Join(r.t.key, way+", ") + way
	result, err := r.s.from.QueryContext(ctx, text, args...)
	if err != nil {
		return false, r.unlessDamage(ctx, err)
	}
	defer result.Close()
	for result.Next() {
		values, err := scanRow(result, len(r.t.key)+len(r.t.columns))
		if err != nil {
			return false, r.unlessDamage(ctx, err)
		}
		key := values[:len(r.t.key)]
		if last != nil {
			if *last != nil && !follows(*last, key, down) {
				return false, nil
			}
			*last = key
		}
		if err := r.store(ctx, key, values[len(r.t.key):]); err != nil {
			return false, err
		}
	}
	if err := result.Err(); err != nil {
		return false, r.unlessDamage(ctx, err)
	}
	return true, nil
}

// scanRow reads a row of any types.
func scanRow(result *sql.Rows, n int) ([]any, error) {
	values, at := make([]any, n), make([]any, n)
	for i := range values {
		at[i] = &values[i]
	}
	return values, result.Scan(at...)
}

// follows tells whether the key b comes behind a. Texts are compared as SQLite does, by
// their bytes; what cannot be compared counts as in order.
func follows(a, b []any, down bool) bool {
	for i := range a {
		var c int
		switch x := a[i].(type) {
		case int64:
			y, ok := b[i].(int64)
			if !ok {
				return true
			}
			c = cmp.Compare(x, y)
		case string:
			y, ok := b[i].(string)
			if !ok {
				return true
			}
			c = strings.Compare(x, y)
		default:
			return true
		}
		if c != 0 {
			return (c < 0) != down
		}
	}
	return false
}

// store writes a row that was read, once. One that its table does not take is damaged.
func (r *rescue) store(ctx context.Context, key, values []any) error {
	if r.has(key) {
		return nil
	}
	stored, err := r.insert(ctx, values)
	if err != nil {
		return err
	}
	if !stored {
		r.bad[keyText(key)] = key
		return nil
	}
	if r.done.Rows++; r.have != nil {
		r.have[keyText(key)] = true
	}
	return nil
}

// has tells whether a row was read already: before the first that could not, or since.
func (r *rescue) has(key []any) bool {
	if r.have == nil || r.bad[keyText(key)] != nil {
		return false
	}
	return r.low != nil && !follows(r.low, key, false) || r.have[keyText(key)]
}

func (r *rescue) insert(ctx context.Context, values []any) (stored bool, err error) {
	text := "INSERT INTO " + r.t.name + " (" + strings.Join(r.t.columns, ", ") + ")\nVALUES (?" + strings.Repeat(", ?", len(r.t.columns)-1) + ")"
	_, err = r.tx.ExecContext(ctx, text, values...)
	if code := codeOf(err); code == sqlite3.SQLITE_CONSTRAINT || code == sqlite3.SQLITE_MISMATCH {
		return false, nil
	}
	return err == nil, err
}

// keyText tells keys apart.
func keyText(key []any) string {
	parts := make([]string, len(key))
	for i, k := range key {
		parts[i] = fmt.Sprint(k)
	}
	return strings.Join(parts, " ")
}

// unlessDamage is an error that is not about what cannot be read.
func (r *rescue) unlessDamage(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch codeOf(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH:
		return nil
	}
	return err
}

// between reads what lies between what cannot be read: each row that is known to be there,
// and, where the key is a number, what else is found by looking in the middle.
func (r *rescue) between(ctx context.Context, known map[string][]any) error {
	for _, name := range sortedKeys(known) {
		if r.has(known[name]) {
			continue
		}
		if _, err := r.scan(ctx, " WHERE "+r.t.where, known[name], false, nil); err != nil {
			return err
		}
	}
	all, numbers := r.unread()
	if !numbers {
		return ctx.Err()
	}
	probes := 0
	for spans := []span{all}; len(spans) > 0 && probes < mostProbes; probes++ {
		at := spans[0]
		spans = spans[1:]
		if at.high-at.low < 2 {
			continue
		}
		low, high, err := r.probe(ctx, at)
		if err != nil {
			return err
		}
		spans = append(spans, span{at.low, low}, span{high, at.high})
	}
	return ctx.Err()
}

// span is between two numbers that a key begins with, without these.
type span struct{ low, high int64 }

// mostUnread is how many numbers are looked through where one end is not known.
const mostUnread = 1 << 20

// unread is where rows may be that were not read yet, if keys begin with numbers.
func (r *rescue) unread() (s span, ok bool) {
	low, lower := first(r.low)
	high, higher := first(r.high)
	switch {
	case lower && higher:
		return span{low, high}, true
	case lower && r.high == nil:
		return span{low, low + mostUnread}, true
	case higher && r.low == nil:
		return span{max(high-mostUnread, min(high-1, -1)), high}, true
	}
	return s, false
}

// probe reads from the middle of a span up and down, and tells between what it came to.
func (r *rescue) probe(ctx context.Context, at span) (low, high int64, err error) {
	middle := at.low + (at.high-at.low)/2
	up, down := []any{middle - 1}, []any{middle}
	key := " WHERE " + r.t.key[0]
	upper, err := r.scan(ctx, key+" >= ? AND "+r.t.key[0]+" <= ?", []any{middle, at.high}, false, &up)
	if err != nil {
		return 0, 0, err
	}
	lower, err := r.scan(ctx, key+" < ? AND "+r.t.key[0]+" >= ?", []any{middle, at.low}, true, &down)
	if err != nil {
		return 0, 0, err
	}
	low, high = middle, middle
	if n, ok := first(down); lower {
		low = at.low
	} else if ok {
		low = min(n, middle)
	}
	if n, ok := first(up); upper {
		high = at.high
	} else if ok {
		high = max(n, middle)
	}
	return low, high, nil
}

// first is the number that a key begins with.
func first(key []any) (int64, bool) {
	if len(key) == 0 {
		return 0, false
	}
	n, ok := key[0].(int64)
	return n, ok
}
