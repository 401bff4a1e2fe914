package schema

import (
	"bytes"
	"encoding/json"
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
	old, err := anyJSON(before)
	if err != nil {
		return nil, fmt.Errorf("the state before: %w", err)
	}
	new, err := anyJSON(after)
	if err != nil {
		return nil, fmt.Errorf("the state after: %w", err)
	}
	var d differ
	d.value("", old, new, true, true)
	slices.SortStableFunc(d.found, func(a, b FieldChange) int { return strings.Compare(a.Path, b.Path) })
	return d.found, nil
}

// anyJSON decodes JSON with its numbers as they are written; no text is null.
func anyJSON(text []byte) (value any, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

type differ struct{ found []FieldChange }

func (d *differ) value(path string, old, new any, had, has bool) {
	if a, ok := old.(map[string]any); ok {
		if b, ok := new.(map[string]any); ok && !isContent(a) && !isContent(b) {
			d.object(path, a, b)
			return
		}
	}
	if a, ok := old.([]any); ok {
		if b, ok := new.([]any); ok && d.list(path, a, b) {
			return
		}
	}
	was, is := jsonOf(old, had), jsonOf(new, has)
	if was != is {
		d.found = append(d.found, FieldChange{Path: path, Old: was, New: is})
	}
}

func (d *differ) object(path string, old, new map[string]any) {
	for name, value := range old {
		other, has := new[name]
		d.value(under(path, name), value, other, true, has)
	}
	for name, value := range new {
		if _, had := old[name]; !had {
			d.value(under(path, name), nil, value, false, true)
		}
	}
}

// list compares lists of objects by their ids, and says whether both are such.
func (d *differ) list(path string, old, new []any) bool {
	a, ids, ok := byID(old)
	if !ok {
		return false
	}
	b, others, ok := byID(new)
	if !ok {
		return false
	}
	for _, id := range ids {
		other, has := b[id]
		d.value(under(path, id), a[id], other, true, has)
	}
	for _, id := range others {
		if _, had := a[id]; !had {
			d.value(under(path, id), nil, b[id], false, true)
		}
	}
	if kept, stay := common(ids, b), common(others, a); !slices.Equal(kept, stay) {
		d.found = append(d.found, FieldChange{Path: under(path, "order"), Old: jsonOf(kept, true), New: jsonOf(stay, true)})
	}
	return true
}

func common(ids []string, in map[string]any) []string {
	kept := []string{}
	for _, id := range ids {
		if _, ok := in[id]; ok {
			kept = append(kept, id)
		}
	}
	return kept
}

// byID takes a list of objects apart whose ids are all there and all different.
func byID(list []any) (byID map[string]any, ids []string, ok bool) {
	byID = make(map[string]any, len(list))
	for _, e := range list {
		object, _ := e.(map[string]any)
		id, _ := object["id"].(string)
		if _, twice := byID[id]; id == "" || twice {
			return nil, nil, false
		}
		byID[id], ids = e, append(ids, id)
	}
	return byID, ids, true
}

// isContent tells whether an object stands for a saved content.
func isContent(object map[string]any) bool {
	_, ok := object[refBlob].(string)
	return ok
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

func jsonOf(value any, there bool) JSON {
	if !there {
		return ""
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return JSON(fmt.Sprintf("%q", err)) // cannot be: it was decoded from JSON
	}
	return JSON(bytes.TrimRight(out.Bytes(), "\n"))
}
