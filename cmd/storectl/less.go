package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
)

// less names what old holds and new does not: members and elements that would go if new took the place of old, as
// paths such as tags/2 or subtasks/ID/title. Both are JSON objects. A changed value is not less, an emptied one is;
// what was empty before does not count. Members of our own, which begin with _, are left out.
func less(old, new []byte) ([]string, error) {
	before, err := looseJSON(old)
	if err != nil {
		return nil, err
	}
	after, err := looseJSON(new)
	if err != nil {
		return nil, err
	}
	var gone []string
	lessValue("", before, after, &gone)
	sort.Strings(gone)
	return gone, nil
}

func looseJSON(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func lessValue(path string, before, after any, gone *[]string) {
	if isEmptyJSON(before) && path != "" {
		return
	}
	if isEmptyJSON(after) && path != "" {
		*gone = append(*gone, path)
		return
	}
	switch old := before.(type) {
	case map[string]any:
		if _, stored := old["_blob"]; stored { // a content: whatever is there takes its place
			return
		}
		new, ok := after.(map[string]any)
		if !ok {
			*gone = append(*gone, path)
			return
		}
		for name, value := range old {
			if name[:min(1, len(name))] != "_" {
				lessValue(below(path, name), value, new[name], gone)
			}
		}
	case []any:
		new, ok := after.([]any)
		if !ok {
			*gone = append(*gone, path)
			return
		}
		lessList(path, old, new, gone)
	}
}

// element is how an element of a list is found in another one.
type element struct {
	by   string // id, text or place
	name string
	nth  int // of those with this id
}

// lessList matches elements with an id by that, strings by their text, and the rest by their place.
func lessList(path string, old, new []any, gone *[]string) {
	found := map[element]any{}
	for i, e := range elements(new) {
		found[e] = new[i]
	}
	for i, e := range elements(old) {
		lessValue(below(path, e.name), old[i], found[e], gone)
	}
}

func elements(list []any) []element {
	out, times := make([]element, len(list)), map[string]int{}
	for i, value := range list {
		out[i] = element{by: "place", name: fmt.Sprint(i)}
		switch v := value.(type) {
		case map[string]any:
			if id, ok := v["id"].(string); ok && id != "" {
				out[i] = element{"id", id, times[id]}
				times[id]++
			}
		case string:
			out[i] = element{by: "text", name: v}
		}
	}
	return out
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

func isEmptyJSON(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
