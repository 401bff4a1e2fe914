package testdb

import (
	"bytes"
	"encoding/json"
	"time"
)

// Cut gives the entities from..to of each collection that is named, and nothing
// else: another state of a part of a content.
func (c LegacyContent) Cut(from, to int, collections ...string) LegacyContent {
	o := LegacyContent{Counts: map[string]int{}, Entity: func(kind string, i int) []byte { return c.Entity(kind, from+i) }}
	for _, kind := range collections {
		o.Counts[kind] = max(0, min(to, c.Counts[kind])-from)
	}
	return o
}

// Edited gives the content as it was saved at a time: each entity says when, and
// has that title.
func (c LegacyContent) Edited(title string, at time.Time) LegacyContent {
	o := c
	o.Entity = func(kind string, i int) []byte { return edited(kind, c.Entity(kind, i), title, at) }
	return o
}

// Older gives what the app may have saved a while before: everything but the last
// entity of each collection, the first with another title, settings with a key
// more. The entities say so in the time that they carry.
func (c LegacyContent) Older() LegacyContent {
	o := LegacyContent{Counts: map[string]int{}, Values: map[string][]byte{}}
	for kind, n := range c.Counts {
		o.Counts[kind] = max(0, n-1)
	}
	o.Entity = func(kind string, i int) []byte {
		raw := c.Entity(kind, i)
		if i == 0 {
			raw = aged(kind, raw)
		}
		return raw
	}
	for key, raw := range c.Values {
		o.Values[key] = raw
	}
	return o
}

// aged gives an entity as it was before its last change.
func aged(kind string, raw []byte) []byte {
	if kind == "sessions" {
		return edited(kind, raw, "as it was before", time.Time{})
	}
	return edited(kind, raw, "as it was before", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
}

// edited gives an entity with a title and, unless at is zero, the time of its last
// change.
func edited(kind string, raw []byte, title string, at time.Time) []byte {
	member := map[string]string{"tasks": "title", "notes": "summary"}[kind]
	if member == "" {
		member = "name"
	}
	text := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &text); err != nil {
		return raw
	}
	quoted, err := json.Marshal(title)
	if err != nil {
		return raw
	}
	text[member] = quoted
	when := json.RawMessage(at.UTC().Format(`"2006-01-02T15:04:05.000Z"`))
	switch _, updated := text["updatedAt"]; {
	case at.IsZero():
	case kind == "sessions":
		text["endTime"] = when
	default:
		text["lastUpdated"] = when
		if updated {
			text["updatedAt"] = when
		}
	}
	out, err := json.Marshal(text)
	if err != nil {
		return raw
	}
	return out
}

// LegacyOf gives the content described by a JSON object: a member for each
// collection, "values" by key, and "attachments" of {meta, data}.
func LegacyOf(text []byte) (LegacyContent, error) {
	var in struct {
		Values      map[string]json.RawMessage
		Attachments []struct {
			Meta json.RawMessage
			Data string
		}
	}
	lists := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &in); err != nil {
		return LegacyContent{}, err
	}
	if err := json.Unmarshal(text, &lists); err != nil {
		return LegacyContent{}, err
	}
	entities := map[string][]json.RawMessage{}
	c := LegacyContent{Counts: map[string]int{}, Values: map[string][]byte{}}
	for _, kind := range LegacyKinds {
		raw, ok := lists[kind]
		if !ok {
			continue
		}
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return c, err
		}
		entities[kind], c.Counts[kind] = list, len(list)
	}
	c.Entity = func(kind string, i int) []byte { return entities[kind][i] }
	for key, raw := range in.Values {
		c.Values[key] = raw
	}
	for _, a := range in.Attachments {
		var meta bytes.Buffer
		if err := json.Compact(&meta, a.Meta); err != nil {
			return c, err
		}
		c.Attachments = append(c.Attachments, newLegacyAttachment(meta.Bytes(), a.Data))
	}
	return c, nil
}
