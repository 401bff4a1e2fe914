package history

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// past goes back through the kept states of one entity, from what it is now: it
// undoes one after the other, the latest first. What a state does not hold (long
// lists, documents that did not change) is taken from what came after.
type past struct {
	r       *rows.Relation
	v       any             // the entity as it was at this point; nil where there was none
	items   []*fullRevision // of a transaction whose root comes next
	waiting []*fullRevision // rows of a list whose holder is not back yet
}

// newPast gives the entity as it is now, whole but for the long lists that are
// not wanted, or an empty past for one that is gone.
func newPast(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, want map[string]bool) (*past, error) {
	p := &past{r: r}
	l, err := r.Get(ctx, q, id, want)
	if errors.Is(err, rows.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.v = l.V
	return p, nil
}

// list is the field of a list; not valid where nothing holds it.
func (p *past) list(c *rows.Child) reflect.Value {
	if p.v == nil || c.Form == schema.FormDocument || c.Form == schema.FormOne {
		return reflect.Value{}
	}
	at := c.At(p.v)
	if at == nil {
		return reflect.Value{}
	}
	return reflect.ValueOf(at).Elem()
}

// undo takes back the change that ended rev. Items that a save changed are kept
// after the state of their entity: they wait for it.
func (p *past) undo(rev *fullRevision) error {
	if rev.Change == ChangeMerge {
		return nil
	}
	if rev.Part != "" && !rev.Row {
		p.items = append(p.items, rev)
		return nil
	}
	items := p.items
	together := rev.Part == "" && len(items) > 0 && items[0].At == rev.At && items[0].Rev == rev.Rev
	if !together {
		if err := p.settle(); err != nil {
			return err
		}
	}
	if err := p.undoOne(rev); err != nil {
		return err
	}
	return p.settle()
}

// settle undoes what waits.
func (p *past) settle() error {
	list := append(p.waiting, p.items...)
	p.items, p.waiting = nil, nil
	for _, rev := range list {
		if err := p.undoOne(rev); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) undoOne(rev *fullRevision) (err error) {
	defer sqlitedb.Wrap(&err, "state %d of %s %q (%s by %s)", rev.PK, rev.Kind, rev.ID, rev.Change, rev.Origin)
	switch {
	case rev.Part == "" && rev.Row:
		return p.rootRow(rev)
	case rev.Part == "":
		return p.root(rev)
	case rev.Row:
		return p.childRow(rev)
	}
	return p.item(rev)
}

// decodeState reads a kept state in the app's shape.
func decodeState(r *rows.Relation, rev *fullRevision) (any, error) {
	v := r.New()
	if _, err := schema.Decode(rev.text, v); err != nil {
		return nil, errors.Join(sqlitedb.ErrCorrupt, err)
	}
	rev.mark.apply(r, v)
	h := r.Head(v)
	h.ID, h.Rev = rev.ID, rev.Rev
	return v, nil
}

// root takes the state of an entity that this program kept.
func (p *past) root(rev *fullRevision) error {
	was, err := decodeState(p.r, rev)
	if err != nil {
		return err
	}
	if p.v != nil {
		carry(p.r, p.v, was)
	}
	p.v = was
	return nil
}

// carry gives an older state what it does not hold itself, and the keys of rows
// that are the same by their ids.
func carry(r *rows.Relation, from, to any) {
	r.Head(to).PK = r.Head(from).PK
	for _, c := range r.Children {
		if c.Form == schema.FormLong || c.Form == schema.FormDocument {
			carryOdd(r, c, from, to)
		}
		for _, d := range c.Docs {
			if *d.At(to) == nil {
				*d.At(to) = *d.At(from)
			}
		}
		if !c.HasPK() {
			continue
		}
		a, b := c.At(from), c.At(to)
		if a == nil || b == nil {
			continue
		}
		old, new := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
		switch {
		case c.Form == schema.FormOne && !old.IsNil() && !new.IsNil():
			new.Elem().FieldByName("PK").Set(old.Elem().FieldByName("PK"))
		case c.Form == schema.FormLong && new.IsNil():
			new.Set(old)
		case c.Form == schema.FormMany, c.Form == schema.FormLong:
			carryKeys(old, new)
		}
	}
}

// carryOdd makes a member that is read on demand odd in the older state only if
// it is so in the later one: kept states are without it, which does not make it
// missing.
func carryOdd(r *rows.Relation, c *rows.Child, from, to any) {
	parts := []string{c.Part}
	for _, d := range c.Docs {
		parts = append(parts, d.Part)
	}
	for _, part := range parts {
		holder, name, nested := strings.Cut(part, ".")
		a, b := reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem()
		if nested {
			if a, b = objectAt(r, holder, from), objectAt(r, holder, to); !a.IsValid() || !b.IsValid() {
				continue
			}
		} else {
			name = holder
		}
		is, was := a.FieldByName("Odd"), b.FieldByName("Odd")
		if _, odd := oddOf(is.String())[name]; !odd {
			was.SetString(withoutOdd(was.String(), name))
		}
	}
}

// objectAt is the object inside an entity that holds a list; not valid where it is
// not there.
func objectAt(r *rows.Relation, part string, v any) reflect.Value {
	for _, c := range r.Children {
		if c.Form == schema.FormOne && c.Part == part {
			return reflect.ValueOf(c.At(v)).Elem().Elem()
		}
	}
	return reflect.Value{}
}

func oddOf(text string) (odd map[string]json.RawMessage) {
	_ = json.Unmarshal([]byte(text), &odd) // what is no object says nothing
	return odd
}

func withoutOdd(text, name string) string {
	odd := oddOf(text)
	if _, ok := odd[name]; !ok {
		return text
	}
	if delete(odd, name); len(odd) == 0 {
		return ""
	}
	rest, err := json.Marshal(odd)
	if err != nil {
		return text
	}
	return string(rest)
}

func carryKeys(old, new reflect.Value) {
	keys := map[string]reflect.Value{}
	for i := range old.Len() {
		keys[old.Index(i).FieldByName("ID").String()] = old.Index(i).FieldByName("PK")
	}
	for i := range new.Len() {
		id := new.Index(i).FieldByName("ID").String()
		if pk, ok := keys[id]; ok && id != "" {
			new.Index(i).FieldByName("PK").Set(pk)
			delete(keys, id)
		}
	}
}
