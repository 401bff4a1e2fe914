package history

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// RevName names a state of an entity.
type RevName struct {
	Rev int64 // the state that it had as this revision
	Key int64 // or a kept state by its key, such as the version of an import
}

// ParseRev reads the name of a state: the number of a revision, or v and the key
// that Change gives.
func ParseRev(text string) (name RevName, err error) {
	digits, isKey := strings.CutPrefix(strings.ToLower(text), "v")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 {
		return name, &schema.InvalidError{Kind: "revision", Field: text, Problem: "is no revision: give its number, or v and the key of a kept version"}
	}
	if isKey {
		return RevName{Key: n}, nil
	}
	return RevName{Rev: n}, nil
}

func (n RevName) String() string {
	if n.Key > 0 {
		return "v" + strconv.FormatInt(n.Key, 10)
	}
	return strconv.FormatInt(n.Rev, 10)
}

// StateAt gives an entity as it was, or a version of it that an import has kept.
func StateAt(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, name RevName) (any, error) {
	past, err := newPast(ctx, q, r, id, map[string]bool{rows.EveryPart: true})
	if err != nil {
		return nil, err
	}
	if v, err := past.direct(ctx, q, id, name.Rev); err != nil || v != nil {
		return v, err
	}
	revs, err := revisions(ctx, q, r.Kind, id)
	if err != nil {
		return nil, err
	}
	if past.v == nil && len(revs) == 0 {
		return nil, gone(ctx, q, r.Kind, id)
	}
	if name.Key > 0 {
		return past.key(ctx, q, revs, name.Key)
	}
	if past.v != nil && r.Head(past.v).Rev == name.Rev {
		return past.v, nil
	}
	last := lastOf(revs, name.Rev)
	if last < 0 {
		return nil, &notKept{name, kept(past, revs)}
	}
	if err := past.undoAll(ctx, q, revs[:last+1]); err != nil {
		return nil, err
	}
	if past.v == nil {
		return nil, &notKept{name, kept(past, revs)}
	}
	r.Head(past.v).Rev = name.Rev
	return past.v, nil
}

// SQLRevision lists what was kept of an entity as one revision, the latest first.
const SQLRevision = `SELECT pk, kind, coalesce(id, '') AS id, rev, part, change, origin, at, source, sha256, encoding = 'row' AS is_row
FROM revisions
WHERE kind = ? AND id = ? AND rev = ?
ORDER BY pk DESC`

// direct gives a state that one revision holds whole, without going back through all that came after it; nil where it
// does not: where the entity has documents or lists that are read on demand, or another tool had written.
func (p *past) direct(ctx context.Context, q *sqlitedb.Tx, id string, rev int64) (any, error) {
	if p.v == nil || rev == 0 || p.r.Head(p.v).Rev == rev || slices.ContainsFunc(p.r.Children, inParts) {
		return nil, nil
	}
	var revs []Revision
	if err := q.Select(ctx, &revs, SQLRevision, p.r.Kind, id, rev); err != nil {
		return nil, err
	}
	last := lastOf(revs, rev)
	if last < 0 || revs[last].Row || revs[last].Part != "" {
		return nil, nil
	}
	if err := p.undoAll(ctx, q, revs[last:last+1]); err != nil {
		return nil, err
	}
	return p.v, nil
}

// inParts tells whether a state may lack what is in a child because it did not change.
func inParts(c *rows.Child) bool {
	return c.Form == schema.FormDocument || c.Form == schema.FormLong
}

// lastOf is the place of the oldest state of revision rev, or -1. The list has
// the latest first.
func lastOf(revs []Revision, rev int64) int {
	last := -1
	for i := range revs {
		if revs[i].Rev == rev && revs[i].ends() {
			last = i
		}
	}
	return last
}

// key gives the state with this key.
func (p *past) key(ctx context.Context, q *sqlitedb.Tx, revs []Revision, key int64) (any, error) {
	i := slices.IndexFunc(revs, func(r Revision) bool { return r.PK == key })
	if i < 0 {
		return nil, &notKept{RevName{Key: key}, kept(p, revs)}
	}
	if revs[i].Change == ChangeMerge {
		return p.version(ctx, q, key)
	}
	if !revs[i].ends() { // an item: the entity as it is, with this item as it was
		revs, i = revs[i:], 0
	}
	err := p.undoAll(ctx, q, revs[:i+1])
	return p.v, err
}

// version gives a version that an import has kept.
func (p *past) version(ctx context.Context, q *sqlitedb.Tx, key int64) (any, error) {
	rev, err := readRevision(ctx, q, key)
	if err != nil {
		return nil, err
	}
	if rev.Damaged {
		return nil, rev.damage()
	}
	v, err := decodeState(p.r, rev)
	if err == nil && p.v != nil {
		carry(p.r, p.v, v)
	}
	return v, err
}

// undoAll undoes changes, the latest first. Of damaged states it passes over those that
// the last one takes the place of: whole entities.
func (p *past) undoAll(ctx context.Context, q *sqlitedb.Tx, revs []Revision) error {
	for i := range revs {
		rev, err := readRevision(ctx, q, revs[i].PK)
		if err != nil {
			return err
		}
		if rev.Damaged && rev.Change != ChangeMerge {
			if i == len(revs)-1 || rev.Part != "" || rev.Row {
				return rev.damage()
			}
			continue
		}
		if err := p.undo(rev); err != nil {
			return err
		}
	}
	return p.settle()
}

func (r *Revision) damage() error {
	return fmt.Errorf("%w: v%d of %s %q, kept as revision %d, differs from its checksum", sqlitedb.ErrCorrupt, r.PK, r.Kind, r.ID, r.Rev)
}

// notKept is the error for a state that nobody kept.
type notKept struct {
	name RevName
	kept []string
}

func (e *notKept) Error() string {
	if len(e.kept) == 0 {
		return fmt.Sprintf("revision %v is not kept, nor is any other", e.name)
	}
	return fmt.Sprintf("revision %v is not kept; there are %s", e.name, strings.Join(e.kept, ", "))
}

func (e *notKept) Is(target error) bool { return target == rows.ErrNotFound }

// kept names the states that there are, the latest first.
func kept(p *past, revs []Revision) []string {
	var list []string
	add := func(name RevName) {
		if s := name.String(); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if p.v != nil && len(p.items) == 0 {
		add(RevName{Rev: p.r.Head(p.v).Rev})
	}
	for _, r := range revs {
		switch {
		case r.ends():
			add(RevName{Rev: r.Rev})
		case r.Change == ChangeMerge:
			add(RevName{Key: r.PK})
		}
	}
	return list
}

// RevNames names the states of an entity that stateAt can give, the latest first.
func RevNames(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string) (names []string, err error) {
	err = q.Select(ctx, &names, "SELECT CAST(rev AS TEXT) FROM "+r.Name+" WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	var older []string
	err = q.Select(ctx, &older, `SELECT CASE WHEN change = 'merge' THEN 'v' || pk ELSE CAST(rev AS TEXT) END
FROM revisions
WHERE kind = ? AND id = ? AND (change = 'merge' OR rev > 0 AND (part = '' OR encoding = 'row'))
GROUP BY 1
ORDER BY max(pk) DESC`, r.Kind, id)
	return append(names, older...), err
}
