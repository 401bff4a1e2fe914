package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// moved are the kinds of a topic that became collections of their own.
var moved = map[string]string{"company": "companies", "person": "contacts"}

// identify gives a record its place: a typed topic goes to the collection of its
// kind, with the same id and text; a record whose id is a number gets it as text.
// An entity that is left without an id needs synthesize. list is its members.
func identify(c *record.Candidate, list []rawjson.Member) (kind string, found []record.Warning) {
	if !record.Entities[c.Collection] || len(c.Raw) == 0 {
		return "", nil
	}
	id := rawjson.Last(list, "id")
	if c.ID == "" {
		c.ID = rawjson.IDText(id)
		if c.ID != "" && id[0] != '"' {
			found = append(found, record.Warning{Code: "type-coerced", ID: c.ID, Detail: c.Pointer + "/id is a number, kept as text"})
		}
	}
	read, given := c.Collection, rawjson.IDText(id)
	if to := moved[rawjson.TextOf(rawjson.Last(list, "type"))]; c.Collection == "topics" && to != "" {
		c.Collection, kind = to, rawjson.TextOf(rawjson.Last(list, "type"))
	}
	if c.ID == given || c.ID == record.KeptID(read, given) { // an id that is no text is another one in each collection
		c.ID = record.KeptID(c.Collection, given)
	}
	if kind != "" {
		to := c.Collection
		found = append(found, record.Warning{Code: "typed-topic", ID: c.ID, Detail: c.Pointer + " is of type " + kind + ", kept in " + to})
	}
	return kind, found
}

// synthesize returns the id for a record that has none: it follows from the
// record's content alone, so that every import finds the same one.
func synthesize(c record.Candidate) (string, error) {
	text := c.Raw.Clone()
	err := text.Canonicalize(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		if text, err = rawjson.Canonical(c.Raw); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256(text)
	return "legacy-" + c.Collection + "-" + hex.EncodeToString(sum[:8]), nil
}

// twin returns the id of the nth equal record without an id in one list.
func twin(id string, n int) string {
	if n < 2 {
		return id
	}
	return fmt.Sprintf("%s-%d", id, n)
}

// listOf names the list that a record stands in: its file and the pointer's parent.
func listOf(c record.Candidate) string {
	i := strings.LastIndexByte(c.Pointer, '/')
	return c.File + "#" + c.Pointer[:max(i, 0)]
}
