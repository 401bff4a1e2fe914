package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FieldChange is one difference between two states of an entity.
type FieldChange struct {
	// Path names the member: title, or subtasks/ID/done for a member of an
	// element that has an id.
	Path string `json:"path"`
	// Old and New are its JSON; "" is absent.
	Old JSON `json:"-"`
	New JSON `json:"-"`
}

// MarshalJSON writes the change as {"path", "old", "new"}, without the side on
// which the member is absent.
func (c FieldChange) MarshalJSON() ([]byte, error) {
	var raw struct {
		Path string          `json:"path"`
		Old  json.RawMessage `json:"old,omitempty"`
		New  json.RawMessage `json:"new,omitempty"`
	}
	raw.Path, raw.Old, raw.New = c.Path, json.RawMessage(c.Old), json.RawMessage(c.New)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(raw)
	return out.Bytes(), err
}

// Diff compares two JSON objects member by member, in the order of the paths.
// Numbers are compared as they are written; the order of members does not count,
// that of elements does. Elements of a list that have an id are compared by it.
// An absent member and an empty list, text or null are told apart.
func Diff(before, after []byte) ([]FieldChange, error) {
	old, err := compactOrNull(before)
	if err != nil {
		return nil, fmt.Errorf("the state before: %w", err)
	}
	new, err := compactOrNull(after)
	if err != nil {
		return nil, fmt.Errorf("the state after: %w", err)
	}
	var d differ
	if err := d.value("", old, new); err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.found, func(a, b FieldChange) int { return strings.Compare(a.Path, b.Path) })
	return d.found, nil
}

func compactOrNull(text []byte) ([]byte, error) {
	if len(text) == 0 {
		return []byte("null"), nil
	}
	return compact(text)
}

// differ compares values as they are written, and decodes only what differs: states are
// large, and what changes in them is small. An absent value is nil.
type differ struct{ found []FieldChange }

func (d *differ) value(path string, old, new []byte) error {
	if bytes.Equal(old, new) {
		return nil
	}
	if a, b := asObject(old), asObject(new); a != nil && b != nil {
		return d.members(path, a, b)
	}
	if done, err := d.list(path, old, new); done || err != nil {
		return err
	}
	was, err := canonical(old)
	if err != nil {
		return err
	}
	is, err := canonical(new)
	if was != is {
		d.found = append(d.found, FieldChange{Path: path, Old: was, New: is})
	}
	return err
}

// members compares members of objects, or elements of lists, by their names.
func (d *differ) members(path string, old, new map[string][]byte) error {
	for name, value := range old {
		if err := d.value(under(path, name), value, new[name]); err != nil {
			return err
		}
	}
	for name, value := range new {
		if _, had := old[name]; had {
			continue
		}
		if err := d.value(under(path, name), nil, value); err != nil {
			return err
		}
	}
	return nil
}

// list compares lists of objects by their ids, and says whether both are such.
func (d *differ) list(path string, old, new []byte) (is bool, err error) {
	a, ids := byID(old)
	b, others := byID(new)
	if a == nil || b == nil {
		return false, nil
	}
	kept, stay := common(ids, b), common(others, a)
	if slices.Equal(kept, stay) {
		return true, d.members(path, a, b)
	}
	was, err := jsonOf(kept)
	if err != nil {
		return false, err
	}
	now, err := jsonOf(stay)
	d.found = append(d.found, FieldChange{Path: under(path, "order"), Old: was, New: now})
	return true, errors.Join(err, d.members(path, a, b))
}

func common(ids []string, in map[string][]byte) []string {
	kept := []string{}
	for _, id := range ids {
		if _, ok := in[id]; ok {
			kept = append(kept, id)
		}
	}
	return kept
}

// asObject takes an object apart by its members; nil for what is none, or stands for a
// saved content, which is one thing.
func asObject(raw []byte) map[string][]byte {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	members := map[string][]byte{}
	eachMember(raw, func(name string, _, value []byte) { members[name] = value })
	if blob := members[refBlob]; len(blob) > 0 && blob[0] == '"' {
		return nil
	}
	return members
}

// byID takes a list of objects apart whose ids are all there and all different; nil for
// what is none.
func byID(raw []byte) (elements map[string][]byte, ids []string) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil, nil
	}
	elements = map[string][]byte{}
	eachElement(raw, func(element []byte) {
		var id string
		if element[0] == '{' {
			eachMember(element, func(name string, _, value []byte) {
				if name == "id" && value[0] == '"' {
					id, _ = nameOf("items", value)
				}
			})
		}
		elements[id], ids = element, append(ids, id)
	})
	if _, without := elements[""]; without || len(elements) < len(ids) {
		return nil, nil
	}
	return elements, ids
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// canonical writes a value so that equal ones are equal texts, with numbers as they are;
// "" is an absent one.
func canonical(raw []byte) (JSON, error) {
	if raw == nil {
		return "", nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	return jsonOf(value)
}

func jsonOf(value any) (JSON, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return JSON(bytes.TrimRight(out.Bytes(), "\n")), err
}
