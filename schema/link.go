package schema

import (
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// Link says that two entities belong together. The app wrote links in several
// ways: ids in members of their own (noteId, topicIds, ...), and relationship
// objects; Member says in which one this link stands.
//
// A caller that adds a link sets Kind and ID, and Type where the usual one does
// not do; the save fills in the rest and writes a relationship.
type Link struct {
	Member string `db:"member"` // JSON member; "" becomes "relationships"
	Type   string `db:"type"`   // such as "task-note", lower case with hyphens
	Kind   string `db:"kind"`   // kind of the other end
	ID     string `db:"id"`     // id of the other end; it may be gone
	// Incoming says that the other end is the source and this entity the target.
	Incoming bool `db:"incoming"`

	// The relationship object as the app wrote it; empty for an id in a member of its own.
	RelID      string `db:"rel_id" json:"id"`
	RelType    string `db:"rel_type" json:"type"`
	SourceType string `db:"source_type" json:"sourceType"`
	SourceID   string `db:"source_id" json:"sourceId"`
	TargetType string `db:"target_type" json:"targetType"`
	TargetID   string `db:"target_id" json:"targetId"`
	Metadata   JSON   `db:"metadata" json:"metadata,omitempty"`
	Canonical  bool   `db:"canonical" json:"canonical"`
	Rest
}

const relationships = "relationships"

// normal writes a type as the later app did: TASK_NOTE becomes task-note.
func normal(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// read sets the normalised fields from the relationship as it was written, seen
// from the entity that holds it.
func (l *Link) read(kind, id string) {
	source, target := normal(l.SourceType), normal(l.TargetType)
	sourceID, targetID := l.end("sourceId", source, l.SourceID), l.end("targetId", target, l.TargetID)
	if sourceID == "" && targetID == "" {
		source, sourceID, target, targetID = l.early()
	}
	l.Type, l.Kind, l.ID, l.Incoming = normal(l.RelType), target, targetID, false
	if target == kind && targetID == id && !(source == kind && sourceID == id) {
		l.Kind, l.ID, l.Incoming = source, sourceID, true
	}
}

// early reads the names that the app's documents used before its code did.
func (l *Link) early() (source, sourceID, target, targetID string) {
	var from, to []byte
	eachMember(objectText(l.Extra), func(name string, _, value []byte) {
		s, _ := textOf(value)
		switch name {
		case "fromId":
			from = value
		case "fromType":
			source = normal(s)
		case "toId":
			to = value
		case "toType":
			target = normal(s)
		}
	})
	if from != nil {
		sourceID, _ = nameOf(collectionOf(source), from)
	}
	if to != nil {
		targetID, _ = nameOf(collectionOf(target), to)
	}
	return
}

// end gives the id of a kind that stands in a member of the relationship, whose text
// may be kept because the field cannot say it.
func (l *Link) end(member, kind, text string) string {
	if l.Odd == "" {
		return text
	}
	raws := parseOdd(l.Odd)[member]
	if len(raws) == 0 || raws[len(raws)-1][0] != '"' {
		return text
	}
	raw := []byte(raws[len(raws)-1])
	if was, exact := textOf(raw); exact || was != text {
		return text
	}
	id, _ := nameOf(collectionOf(kind), raw)
	return id
}

// Complete fills in what the caller of a save left out, and rewrites the
// relationship where its normalised fields were changed.
func (l *Link) Complete(kind, id string) {
	if l.Member == "" {
		l.Member = relationships
	}
	if l.Member == relationships && l.asWritten(kind, id) {
		return
	}
	if l.Type == "" && l.Kind != "" {
		l.Type = kind + "-" + l.Kind
	}
	if l.Member != relationships {
		return
	}
	l.dropEarly()
	l.RelType = l.Type
	l.SourceType, l.SourceID, l.TargetType, l.TargetID = kind, id, l.Kind, l.ID
	if l.Incoming {
		l.SourceType, l.SourceID, l.TargetType, l.TargetID = l.Kind, l.ID, kind, id
	}
	if l.RelID == "" {
		l.RelID, l.Canonical = uuid.NewString(), true
	}
}

// dropEarly takes the early names away from a relationship that is rewritten.
func (l *Link) dropEarly() {
	var kept []byte
	eachMember(objectText(l.Extra), func(name string, quoted, value []byte) {
		switch name {
		case "fromId", "fromType", "toId", "toType":
		default:
			kept = appendMember(kept, quoted, value)
		}
	})
	l.Extra = ""
	if kept != nil {
		l.Extra = JSON(append(kept, '}'))
	}
}

// asWritten tells whether the normalised fields are those of the relationship.
func (l *Link) asWritten(kind, id string) bool {
	was := *l
	was.read(kind, id)
	return was.Type == l.Type && was.Kind == l.Kind && was.ID == l.ID && was.Incoming == l.Incoming
}

// kinder is an entity that names its kind.
type kinder interface{ kind() string }

// completeLinks sets the normalised fields of the links that were just read.
func completeLinks(rv reflect.Value) {
	k, ok := rv.Addr().Interface().(kinder)
	if !ok {
		return
	}
	id := rv.FieldByName("ID").String()
	for _, m := range objectOf(rv.Type()).members {
		if m.name != relationships || m.shape != shapeLinks {
			continue
		}
		links := rv.FieldByIndex(m.index).Interface().([]Link)
		for i := range links {
			if l := &links[i]; l.Member == relationships {
				l.read(k.kind(), id)
			} else {
				l.Type = k.kind() + "-" + l.Kind
			}
		}
	}
}

// links reads one of the members that links stand in and appends them to f.
func (d *decoder) links(m *member, raw []byte, f reflect.Value, path string) (exact bool) {
	all := f.Interface().([]Link)
	kept := all[:0:0]
	for _, l := range all { // a duplicate name: the last one counts
		if l.Member != m.name {
			kept = append(kept, l)
		}
	}
	found, exact := d.readLinks(m, raw, path)
	f.Set(reflect.ValueOf(append(kept, found...)))
	return exact && len(found) > 0
}

func (d *decoder) readLinks(m *member, raw []byte, path string) (found []Link, exact bool) {
	switch {
	case string(raw) == "null":
		return nil, false
	case m.one != "":
		return d.oneLink(m, raw, path)
	case raw[0] != '[':
		d.warn(WarnTypeCoerced, path, kindOf(raw)+" where a list is wanted")
		return nil, false
	}
	exact = true
	eachElement(raw, func(e []byte) {
		if m.many == "" {
			l := Link{}
			d.object(objectOf(reflect.TypeFor[Link]()), e, reflect.ValueOf(&l).Elem(), path)
			l.Member = m.name
			found = append(found, l)
			return
		}
		id, fits := d.linked(m.many, e)
		exact = exact && fits
		found = append(found, Link{Member: m.name, Kind: m.many, ID: id})
	})
	if !exact {
		d.warn(WarnTypeCoerced, path, "an id that is no string")
	}
	return found, exact
}

func (d *decoder) oneLink(m *member, raw []byte, path string) ([]Link, bool) {
	id, exact := d.linked(m.one, raw)
	if !exact {
		d.warn(WarnTypeCoerced, path, kindOf(raw)+" where an id is wanted")
	}
	if id == "" || raw[0] == '{' || raw[0] == '[' {
		return nil, false
	}
	return []Link{{Member: m.name, Kind: m.one, ID: id}}, exact
}

// linked reads the id of a record of a kind.
func (d *decoder) linked(kind string, raw []byte) (id string, exact bool) {
	if d.replaced {
		return textOf(raw)
	}
	return nameOf(collectionOf(kind), raw)
}

// linksIn gives the links that stand in member m. A second link in a member
// that has room for one is written as a relationship.
func linksIn(m *member, all []Link) []Link {
	var in []Link
	for _, l := range all {
		if l.Member == m.name || l.Member == "" && m.name == relationships {
			in = append(in, l)
		}
	}
	return in
}

// sameLinks tells whether the links in member m are those that raws decode to.
func sameLinks(m *member, raws []string, f reflect.Value, replaced bool) bool {
	var was []Link
	for _, raw := range raws {
		d := decoder{quiet: true, replaced: replaced}
		was, _ = d.readLinks(m, []byte(raw), "")
	}
	is := linksIn(m, f.Interface().([]Link))
	if len(was) != len(is) {
		return false
	}
	for i := range was {
		if m.name == relationships {
			var x, y encoder
			o := objectOf(reflect.TypeFor[Link]())
			if string(x.object(nil, o, reflect.ValueOf(was[i]), false)) != string(y.object(nil, o, reflect.ValueOf(is[i]), false)) {
				return false
			}
		} else if was[i].ID != is[i].ID {
			return false
		}
	}
	return true
}
