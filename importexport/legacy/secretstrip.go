package legacy

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// stripper takes secrets out of a value, and notes the JSON pointers to them.
type stripper struct {
	// record says that the value is a record, whose texts a person wrote: only members
	// count that are named like a secret and hold one word, or a flat list of such.
	record bool
	found  []string
}

// withoutSecrets returns a value of the settings without its secrets, at any depth and in
// texts that are JSON or compressed, and the pointers to them.
func withoutSecrets(raw jsontext.Value) (jsontext.Value, []string) {
	s := stripper{}
	return s.strip(raw, "", 0), s.found
}

// recordWithoutSecrets returns a record without its secrets, and the pointers to them.
func recordWithoutSecrets(raw jsontext.Value) (jsontext.Value, []string) {
	if !namesSecret(raw) {
		return raw, nil
	}
	s := stripper{record: true}
	return s.strip(raw, "", 0), s.found
}

// namesSecret says whether any member, or a text with a colon behind it, is named like a secret.
func namesSecret(raw []byte) bool {
	for {
		end := bytes.Index(raw, []byte(`":`))
		if end < 0 {
			return false
		}
		from := bytes.LastIndexByte(raw[max(0, end-maxSecretName):end], '"') + 1 + max(0, end-maxSecretName)
		if name := raw[from:end]; secretName(string(name)) || bytes.IndexByte(name, '\\') >= 0 && secretName(unquote(raw[max(0, from-1):end+1])) {
			return true
		}
		raw = raw[end+2:]
	}
}

// maxStrip is how deep a value is looked through.
const maxStrip = 100

func (s *stripper) strip(raw jsontext.Value, at string, depth int) jsontext.Value {
	if depth > maxStrip || len(raw) == 0 {
		return raw
	}
	before := len(s.found)
	switch raw[0] {
	case '{':
		list, _ := members(raw)
		kept := s.members(list, at, depth)
		if len(s.found) > before {
			return joinMembers(kept)
		}
	case '[':
		list, _ := elements(raw)
		kept := s.elements(list, at, depth)
		if len(s.found) > before {
			return joinElements(kept)
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
func (s *stripper) members(list []member, at string, depth int) []member {
	pair := !s.record && len(list) > 1 && (secretName(textOf(last(list, "key"))) || secretName(textOf(last(list, "name"))))
	kept := list[:0]
	for _, m := range list {
		place := at + "/" + pointerPart(m.name)
		switch {
		case !s.record && secretText(m.name):
			s.found = append(s.found, at+"/*") // the name is the secret
		case s.secret(m.value, secretName(m.name) || pair && (m.name == "value" || m.name == "data")):
			s.found = append(s.found, place)
		default:
			m.value = s.strip(m.value, place, depth+1)
			kept = append(kept, m)
		}
	}
	return kept
}

// elements returns the elements that are no secrets; the second of a pair may be one.
func (s *stripper) elements(list []jsontext.Value, at string, depth int) []jsontext.Value {
	pair := !s.record && len(list) == 2 && secretName(textOf(list[0]))
	kept := list[:0]
	for i, v := range list {
		place := at + "/" + strconv.Itoa(i)
		if s.secret(v, pair && i == 1) {
			s.found = append(s.found, place)
			continue
		}
		kept = append(kept, s.strip(v, place, depth+1))
	}
	return kept
}

// secret says whether a value is a secret; named says that its name is that of one.
func (s *stripper) secret(v jsontext.Value, named bool) bool {
	switch {
	case s.record:
		return named && oneWord(v)
	case named:
		return holdsText(v, 0)
	}
	return len(v) > 0 && v[0] == '"' && secretText(textOf(v))
}

// text looks into a text that is JSON or compressed JSON.
func (s *stripper) text(raw jsontext.Value, at string, depth int) jsontext.Value {
	text, before := textOf(raw), len(s.found)
	switch {
	case strings.HasPrefix(text, gzipPrefix):
		if plain, hit, err := blanked(raw); err == nil && hit {
			s.found = append(s.found, at)
			return plain
		}
	case (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && valid([]byte(text)) == nil:
		if text := s.strip(jsontext.Value(text), at, depth+1); len(s.found) > before {
			return quoteText(string(text))
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
		list, _ := members(v)
		for _, m := range list {
			if holdsText(m.value, depth+1) {
				return true
			}
		}
	case '[':
		list, _ := elements(v)
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
		text := textOf(v)
		return text != "" && len(strings.Fields(text)) == 1 || privateKey.MatchString(text)
	}
	if fields, ok := members(v); ok {
		for _, m := range fields {
			if !word(m.value) {
				return false
			}
		}
		return len(fields) > 0
	}
	if list, ok := elements(v); ok {
		for _, e := range list {
			if !word(e) {
				return false
			}
		}
		return len(list) > 0
	}
	return word(v)
}

// blanked blanks out the secrets in a text, which need not be JSON; hit says whether
// there are any.
func blanked(raw []byte) (_ jsontext.Value, hit bool, err error) {
	plan, err := lookFor(bytes.NewReader(raw))
	if err != nil || !plan.hit() {
		return raw, false, err
	}
	var b bytes.Buffer
	err = plan.write(&b, bytes.NewReader(raw))
	return b.Bytes(), true, err
}
