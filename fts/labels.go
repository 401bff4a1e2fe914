package fts

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"taskstore/schema"
)

// The column kind holds, beside the kind, the status and the tags of the entity that a
// text is from, and what it is called: words with one status and one tag are then found by FTS5 alone,
// without a list of all texts that have the words.

// kindMark is what the terms of the column begin with: no word that somebody types
// does, so that a search for words need not name columns, which would cost FTS5 as
// much again as the search.
const (
	kindMark = "\ue001"
	ownTerm  = kindMark + "own"
)

func kindTerm(kind string) string { return kindMark + kind }

// Labels are what texts are filtered by within the index: one of the statuses, all of
// the tags, and one of each list of AnyTags.
type Labels struct {
	Status, Tags []string
	AnyTags      []string
}

// labelTerm is the term for a status or a tag, which may be any text. Those that a filter takes for the
// same have the same term.
func labelTerm(field, value string) string { return hashTerm(field, schema.FoldTag(value)) }

// hashTerm is a term for a text of a field.
func hashTerm(field, text string) string {
	sum := sha256.Sum256([]byte(field + "\x00" + text))
	return kindMark + field + hex.EncodeToString(sum[:8])
}

const (
	statusLabel = "s"
	tagLabel    = "t"
	nameLabel   = "n" // of an entity's own text only
)

// LabelsOf gives the terms of an entity's status and tags.
func LabelsOf(v any) string {
	var status string
	var tags []string
	switch v := v.(type) {
	case *schema.Note:
		status, tags = string(v.Status), v.Tags
	case *schema.Task:
		status, tags = string(v.Status), v.Tags
	case *schema.Session:
		status, tags = string(v.Status), v.Tags
	default:
		return ""
	}
	terms := []string{labelTerm(statusLabel, status)}
	for _, t := range tags {
		terms = append(terms, labelTerm(tagLabel, t))
	}
	slices.Sort(terms)
	return strings.Join(slices.Compact(terms), " ")
}

// kindColumn is what the index says of a text besides its words.
func kindColumn(kind, labels string, r Row) string {
	list := kindTerm(kind)
	if r.List == "" && r.ItemPK == 0 {
		list += " " + ownTerm
		if name := foldName(nameOf(&r)); name != "" {
			list += " " + hashTerm(nameLabel, name)
		}
	}
	if labels != "" {
		list += " " + labels
	}
	return list
}

// match writes the labels for FTS5; "" is no condition.
func (l Labels) match() string {
	var all []string
	any := func(field string, values []string) {
		arms := make([]string, len(values))
		for i, v := range values {
			arms[i] = Quote(labelTerm(field, v))
		}
		if len(arms) > 0 {
			all = append(all, "("+strings.Join(arms, " OR ")+")")
		}
	}
	any(statusLabel, l.Status)
	for _, t := range l.Tags {
		any(tagLabel, []string{t})
	}
	any(tagLabel, l.AnyTags)
	return strings.Join(all, " AND ")
}
