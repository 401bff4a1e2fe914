package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/schema"
)

// longValue is how much of a value a difference shows.
const longValue = 60

// fieldText shows one difference: title: "a" → "b", or tags +x −y.
func fieldText(f schema.FieldChange) string {
	path := f.Path
	if path == "" {
		path = "all of it"
	}
	if added, removed, ok := textLists(f); ok {
		return path + " " + strings.Join(slices.Concat(marked("+", added), marked("−", removed)), " ")
	}
	switch {
	case f.Old == "":
		return "+" + path + " " + valueText(f.New)
	case f.New == "":
		return "−" + path + " " + valueText(f.Old)
	}
	old, new := around(f.Old, f.New)
	return path + ": " + old + " → " + new
}

func marked(mark string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = mark + s
	}
	return out
}

// textLists compares two lists of texts; ok is false for anything else, and for
// lists that differ in their order only.
func textLists(f schema.FieldChange) (added, removed []string, ok bool) {
	var old, new []string
	if f.Old != "" && json.Unmarshal([]byte(f.Old), &old) != nil || f.New != "" && json.Unmarshal([]byte(f.New), &new) != nil {
		return nil, nil, false
	}
	for _, s := range new {
		if !slices.Contains(old, s) {
			added = append(added, s)
		}
	}
	for _, s := range old {
		if !slices.Contains(new, s) {
			removed = append(removed, s)
		}
	}
	return added, removed, len(added)+len(removed) > 0
}

// valueText is a value cut short; a content is named by its hash.
func valueText(value schema.JSON) string {
	var content struct {
		Blob string `json:"_blob"`
	}
	if strings.HasPrefix(string(value), `{"_blob"`) && json.Unmarshal([]byte(value), &content) == nil && content.Blob != "" {
		return "content " + content.Blob[:min(12, len(content.Blob))]
	}
	return term.Cut(string(value), longValue)
}

// around shows two values where they begin to differ, if they are long texts.
func around(old, new schema.JSON) (string, string) {
	var a, b string
	if term.TextWidth(string(old)) <= longValue && term.TextWidth(string(new)) <= longValue ||
		json.Unmarshal([]byte(old), &a) != nil || json.Unmarshal([]byte(new), &b) != nil {
		return valueText(old), valueText(new)
	}
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	from := max(0, same-12)
	return part(x, from), part(y, from)
}

// part is a piece of a long text, in quotes.
func part(text []rune, from int) string {
	shown := string(text[from:])
	if from > 0 {
		shown = "…" + shown
	}
	return fmt.Sprintf("%q", term.Cut(shown, longValue))
}
