package history

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Change is one line of the history of an entity: who changed what when.
type Change struct {
	// Rev is the revision that the change made; 0 for what made none: an item
	// of a long list, a version that an import kept.
	Rev int64 `json:"rev"`
	// Key names the kept state that the change ended, or the version; see
	// ParseRev. 0 is the first change, which ended nothing.
	Key int64 `json:"key"`
	// At is when, "" where nobody noted it.
	At     schema.Time `json:"at"`
	Origin string      `json:"origin"` // who: program, import, foreign, ...; "" unknown
	Change string      `json:"change"` // create, update, delete, restore, replace, merge, revert, ...
	Part   string      `json:"part"`   // table of the item, "" the entity
	Item   string      `json:"item"`   // id of the item
	Source string      `json:"source"` // of an import: file and place
	SHA256 string      `json:"sha256"`
	// Fields are what it changed; of a version, in what it differs from the
	// entity as it is now. Where a kept state is damaged, the change before it has
	// the differences of both.
	Fields []schema.FieldChange `json:"fields"`
	// Damaged is that the state it ended, or the version, differs from its checksum.
	Damaged bool `json:"damaged,omitempty"`
}

// Changes of an entity beyond those that end a kept state.
const (
	ChangeCreate = "create" // the first state
	ChangeOldest = "oldest" // the oldest state that is kept; older ones are not
)

// historian makes the history of one entity.
type historian struct {
	r    *rows.Relation
	past *past
	rev  int64  // of the state that past is at
	text []byte // its JSON
	now  []byte // that of the entity as it is
	list []Change
}

func Changes(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string) ([]Change, error) {
	revs, err := revisions(ctx, q, r.Kind, id)
	if err != nil {
		return nil, err
	}
	past, err := newPast(ctx, q, r, id, partsIn(r, revs))
	if err != nil {
		return nil, err
	}
	if past.v == nil && len(revs) == 0 {
		return nil, gone(ctx, q, r.Kind, id)
	}
	h := &historian{r: r, past: past}
	if past.v != nil {
		h.rev = r.Head(past.v).Rev
	}
	if h.now, err = h.json(); err != nil {
		return nil, err
	}
	h.text = h.now
	for len(revs) > 0 {
		n := oneChange(revs)
		if err := h.back(ctx, q, revs[:n]); err != nil {
			return nil, err
		}
		revs = revs[n:]
	}
	if err := h.first(); err != nil {
		return nil, err
	}
	return h.list, nameSources(ctx, q, r, id, h.list)
}

// partsIn are the long lists and documents that a history is about.
func partsIn(r *rows.Relation, revs []Revision) map[string]bool {
	want := map[string]bool{}
	for _, c := range r.Children {
		for _, d := range c.Docs {
			want[d.Part] = true
		}
		if c.Form == schema.FormLong && slices.ContainsFunc(revs, func(rev Revision) bool { return rev.Part == c.Table }) {
			want[c.Part] = true
		}
	}
	return want
}

// oneChange counts the revisions that one change has kept, of a list that begins with
// the latest: rows that another tool wrote together, or the items that a save has
// changed and the state of the entity, which it keeps first. An item that was changed
// by itself, within the same millisecond perhaps, is a change of its own.
func oneChange(revs []Revision) int {
	first := &revs[0]
	if first.Rev == 0 || first.Change == ChangeMerge || first.Part == "" && !first.Row {
		return 1
	}
	n := 1
	for ; n < len(revs) && revs[n].Change != ChangeMerge && revs[n].Rev == first.Rev && revs[n].At == first.At; n++ {
		if revs[n].Part == "" && !revs[n].Row {
			return n + 1
		}
	}
	if !first.Row {
		return 1
	}
	return n
}

// json is the entity at this point, its long lists included only where the
// history is about them.
func (h *historian) json() ([]byte, error) {
	if h.past.v == nil {
		return nil, nil
	}
	return schema.Encode(h.past.v, schema.EncodeOptions{Refs: true})
}

// back undoes one change and notes what it was.
func (h *historian) back(ctx context.Context, q *sqlitedb.Tx, revs []Revision) error {
	states, err := readAll(ctx, q, revs)
	if err != nil {
		return err
	}
	head := states[0]
	if i := slices.IndexFunc(states, func(r *fullRevision) bool { return r.ends() }); i >= 0 {
		head = states[i]
	}
	c := Change{Key: head.PK, At: head.At, Origin: head.Origin, Change: head.Change, Source: head.Source, SHA256: head.SHA256,
		Damaged: slices.ContainsFunc(states, func(r *fullRevision) bool { return r.Damaged })}
	switch {
	case c.Damaged:
		c.Part = head.Part
	case head.Change == ChangeMerge:
		return h.version(c, head)
	default:
		if c.Fields, err = h.undo(states); err != nil {
			return err
		}
		c.Part, c.Item = partOf(head, revs)
	}
	if head.ends() {
		c.Rev, h.rev = h.rev, head.Rev
	}
	if c.Change == rows.ChangeInsert && !c.Damaged && head.ends() {
		c.Change = ChangeUpdate // a row was inserted, the entity updated
	}
	h.list = append(h.list, c)
	return nil
}

// undo goes back over one change, and gives what it changed.
func (h *historian) undo(states []*fullRevision) ([]schema.FieldChange, error) {
	for _, rev := range states {
		if err := h.past.undo(rev); err != nil {
			return nil, err
		}
	}
	if err := h.past.settle(); err != nil {
		return nil, err
	}
	after := h.text
	var err error
	if h.text, err = h.json(); err != nil {
		return nil, err
	}
	return schema.Diff(h.text, after)
}

// partOf is the list, and the item of it, that a change was about.
func partOf(head *fullRevision, revs []Revision) (part, item string) {
	if head.ends() {
		return foreignPart(revs), ""
	}
	return head.Part, itemID(head.text)
}

// foreignPart is the child table whose rows a change was about, if it is one.
func foreignPart(revs []Revision) string {
	part := revs[0].Part
	for _, r := range revs {
		if r.Part != part || !r.Row {
			return ""
		}
	}
	return part
}

func itemID(state []byte) string {
	var item struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(state, &item) // an odd item has none
	return item.ID
}

// version notes a version that an import has kept. Long lists, which were not
// all read, are not compared.
func (h *historian) version(c Change, rev *fullRevision) error {
	if h.now == nil {
		h.list = append(h.list, c)
		return nil
	}
	v, err := decodeState(h.r, rev)
	if err != nil {
		return err
	}
	text, err := schema.Encode(v, schema.EncodeOptions{Refs: true})
	if err != nil {
		return err
	}
	fields, err := schema.Diff(text, h.now)
	if err != nil {
		return err
	}
	for _, child := range h.r.Children {
		if child.Form == schema.FormLong {
			part := strings.ReplaceAll(child.Part, ".", "/")
			fields = slices.DeleteFunc(fields, func(f schema.FieldChange) bool { return f.Path == part || strings.HasPrefix(f.Path, part+"/") })
		}
	}
	c.Fields = fields
	h.list = append(h.list, c)
	return nil
}

// first notes the oldest state.
func (h *historian) first() error {
	if h.past.v == nil {
		return nil
	}
	c := Change{Rev: h.rev, At: h.r.Head(h.past.v).SavedAt, Change: ChangeCreate}
	if h.rev > 1 {
		c.Change = ChangeOldest
	}
	h.list = append(h.list, c)
	return nil
}

// nameSources says of each revision that an import made where it was read.
func nameSources(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, id string, list []Change) error {
	result, err := q.Query(ctx, `SELECT l.rev, l.file, l.pointer, l.sha256, r.source
FROM legacy_records AS l
JOIN legacy_runs AS r ON r.pk = l.run_pk
WHERE l.collection = ? AND l.id = ? AND l.rev > 0
ORDER BY l.run_pk DESC`, r.Name, id)
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		var rev int64
		var file, pointer, sum, source string
		if err := result.Scan(&rev, &file, &pointer, &sum, &source); err != nil {
			return err
		}
		for i := range list {
			if c := &list[i]; c.Rev == rev && c.Source == "" && (c.Origin == OriginImport || c.Origin == "") {
				c.Origin, c.Source, c.SHA256 = OriginImport, strings.TrimSuffix(source, "/")+"/"+file+pointer, sum
			}
		}
	}
	return result.Err()
}

// changeUpdate is the change of a save by a caller, who can correct what is
// wrong; the others only carry on what is stored.
const ChangeUpdate = "update"
