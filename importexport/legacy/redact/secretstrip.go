package redact

import (
	"bytes"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// Stripper takes secrets out of a value, and notes the JSON pointers to them.
type Stripper struct {
	// record says that the value is a record, whose texts a person wrote: only members
	// count that are named like a secret and hold one word, or a flat list of such.
	record bool
	found  []string
}

// WithoutSecrets returns a value of the settings without its secrets, at any depth and in
// texts that are JSON or compressed, and the pointers to them.
func WithoutSecrets(raw jsontext.Value) (jsontext.Value, []string) {
	s := Stripper{}
	return s.strip(raw, "", 0), s.found
}

// RecordWithoutSecrets returns a record without its secrets, and the pointers to them.
func RecordWithoutSecrets(raw jsontext.Value) (jsontext.Value, []string) {
	if !namesSecret(raw) {
		return raw, nil
	}
	s := Stripper{record: true}
	return s.strip(raw, "", 0), s.found
}

// namesSecret says whether any member, or a text with a colon behind it, is named like a secret.
func namesSecret(raw []byte) bool {
	for {
		end := bytes.Index(raw, []byte(`":`))
		if end < 0 {
			return false
		}
		from := bytes.LastIndexByte(raw[max(0, end-names.MaxSecretName):end], '"') + 1 + max(0, end-names.MaxSecretName)
		if name := raw[from:end]; names.SecretName(string(name)) || bytes.IndexByte(name, '\\') >= 0 && names.SecretName(rawjson.Unquote(raw[max(0, from-1):end+1])) {
			return true
		}
		raw = raw[end+2:]
	}
}

// maxStrip is how deep a value is looked through.
const maxStrip = 100

func (s *Stripper) strip(raw jsontext.Value, at string, depth int) jsontext.Value {
	if depth > maxStrip || len(raw) == 0 {
		return raw
	}
	before := len(s.found)
	switch raw[0] {
	case '{':
		list, _ := rawjson.Members(raw)
		kept := s.members(list, at, depth)
		if len(s.found) > before {
			return rawjson.JoinMembers(kept)
		}
	case '[':
		list, _ := rawjson.Elements(raw)
		kept := s.elements(list, at, depth)
		if len(s.found) > before {
			return rawjson.JoinElements(kept)
		}
	case '"':
		if !s.record {
			return s.text(raw, at, depth)
		}
	}
	return raw
}

// members returns the members that are no secrets. What stands beside the name of one, as
// {"key": "openai-api-key", "value": ...}, is that secret.
func (s *Stripper) members(list []rawjson.Member, at string, depth int) []rawjson.Member {
	pair := !s.record && len(list) > 1 && (names.SecretName(rawjson.TextOf(rawjson.Last(list, "key"))) || names.SecretName(rawjson.TextOf(rawjson.Last(list, "name"))))
	kept := list[:0]
	for _, m := range list {
		place := at + "/" + record.PointerPart(m.Name)
		switch {
		case !s.record && names.SecretText(m.Name):
			s.found = append(s.found, at+"/*") // the name is the secret
		case s.Secret(m.Value, names.SecretName(m.Name) || pair && (m.Name == "value" || m.Name == "data")):
			s.found = append(s.found, place)
		default:
			m.Value = s.strip(m.Value, place, depth+1)
			kept = append(kept, m)
		}
	}
	return kept
}

// elements returns the elements that are no secrets; the second of a pair may be one.
func (s *Stripper) elements(list []jsontext.Value, at string, depth int) []jsontext.Value {
	pair := !s.record && len(list) == 2 && names.SecretName(rawjson.TextOf(list[0]))
	kept := list[:0]
	for i, v := range list {
		place := at + "/" + strconv.Itoa(i)
		if s.Secret(v, pair && i == 1) {
			s.found = append(s.found, place)
			continue
		}
		kept = append(kept, s.strip(v, place, depth+1))
	}
	return kept
}

// Secret says whether a value is a secret; named says that its name is that of one.
func (s *Stripper) Secret(v jsontext.Value, named bool) bool {
	switch {
	case s.record:
		return named && oneWord(v)
	case named:
		return holdsText(v, 0)
	}
	return len(v) > 0 && v[0] == '"' && names.SecretText(rawjson.TextOf(v))
}

// text looks into a text that is JSON or compressed JSON.
func (s *Stripper) text(raw jsontext.Value, at string, depth int) jsontext.Value {
	text, before := rawjson.TextOf(raw), len(s.found)
	switch {
	case strings.HasPrefix(text, rawjson.GzipPrefix):
		if plain, hit, err := Blanked(raw); err == nil && hit {
			s.found = append(s.found, at)
			return plain
		}
	case (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && rawjson.Valid([]byte(text)) == nil:
		if text := s.strip(jsontext.Value(text), at, depth+1); len(s.found) > before {
			return rawjson.QuoteText(string(text))
		}
	}
	return raw
}

// holdsText says whether there is a text in a value that is not empty.
func holdsText(v jsontext.Value, depth int) bool {
	if len(v) == 0 || depth > maxStrip {
		return depth > maxStrip
	}
	switch v[0] {
	case '"':
		return len(v) > 2
	case '{':
		list, _ := rawjson.Members(v)
		for _, m := range list {
			if holdsText(m.Value, depth+1) {
				return true
			}
		}
	case '[':
		list, _ := rawjson.Elements(v)
		for _, e := range list {
			if holdsText(e, depth+1) {
				return true
			}
		}
	}
	return false
}

// oneWord says whether a value is a text without white space, or an object or list of these.
func oneWord(v jsontext.Value) bool {
	word := func(v jsontext.Value) bool {
		text := rawjson.TextOf(v)
		return text != "" && len(strings.Fields(text)) == 1 || names.PrivateKey.MatchString(text)
	}
	if fields, ok := rawjson.Members(v); ok {
		for _, m := range fields {
			if !word(m.Value) {
				return false
			}
		}
		return len(fields) > 0
	}
	if list, ok := rawjson.Elements(v); ok {
		for _, e := range list {
			if !word(e) {
				return false
			}
		}
		return len(list) > 0
	}
	return word(v)
}

// Blanked blanks out the secrets in a text, which need not be JSON; hit says whether
// there are any.
func Blanked(raw []byte) (_ jsontext.Value, hit bool, err error) {
	plan, err := LookFor(bytes.NewReader(raw))
	if err != nil || !plan.Hit() {
		return raw, false, err
	}
	var b bytes.Buffer
	err = plan.Write(&b, bytes.NewReader(raw))
	return b.Bytes(), true, err
}
