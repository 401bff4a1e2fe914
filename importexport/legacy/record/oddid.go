package record

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// While a source is read, ids and keys are whole: half of a surrogate pair is in
// them as schema.FullText gives it, and what was no UTF-8 is too. The sink gets the
// names that the store can hold.

// KeptID gives the id under which a record of a collection is kept.
func KeptID(collection, id string) string {
	if Entities[collection] {
		return schema.StandIn(collection, id)
	}
	return schema.Spelled(id)
}

// Plainly writes U+FFFD for bad bytes in all texts of a record but ids and tags.
func Plainly(raw jsontext.Value) jsontext.Value {
	if !bytes.Contains(raw, []byte(rawjson.BadByte)) {
		return raw
	}
	return plainValue(raw, false, 0)
}

// maxPlain is the depth to which plainly looks; half of a pair says the same to any
// reader that there is deeper down.
const maxPlain = 100

func plainValue(raw jsontext.Value, name bool, depth int) jsontext.Value {
	if len(raw) == 0 || depth > maxPlain {
		return raw
	}
	switch raw[0] {
	case '{':
		list, _ := rawjson.Members(raw)
		for i, m := range list {
			list[i].Raw, list[i].Value = PlainString(m.Raw), plainValue(m.Value, holdsNames(m.Name), depth+1)
		}
		return rawjson.JoinMembers(list)
	case '[':
		list, _ := rawjson.Elements(raw)
		for i, v := range list {
			list[i] = plainValue(v, name, depth+1)
		}
		return rawjson.JoinElements(list)
	case '"':
		if !name {
			return PlainString(raw)
		}
	}
	return raw
}

// holdsNames says whether the texts in a member name something.
func holdsNames(member string) bool {
	return member == "id" || member == "tags" || strings.HasSuffix(member, "Id") || strings.HasSuffix(member, "Ids")
}

func PlainString(raw []byte) jsontext.Value {
	if !bytes.Contains(raw, []byte(rawjson.BadByte)) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] != '\\' || i+1 == len(raw):
			out = append(out, raw[i])
		case bytes.HasPrefix(raw[i:], []byte(rawjson.BadByte)) && i+6 <= len(raw):
			out = utf8.AppendRune(out, utf8.RuneError)
			i += 5
		default:
			out = append(out, raw[i], raw[i+1])
			i++
		}
	}
	return out
}

// PointerPart escapes a name for a JSON pointer.
func PointerPart(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(schema.Spelled(name))
}
