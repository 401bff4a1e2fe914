package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// errNoFront says that a file does not begin with front matter.
var errNoFront = errors.New("no front matter")

// Parse takes a page apart: the members of its front matter, with those of Exact in their
// places, and its body. The front matter may be any YAML, as an editor has written it.
func Parse(text []byte) (members []Member, body []byte, err error) {
	front, body, ok := split(text)
	if !ok {
		return nil, nil, errNoFront
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(front, &doc); err != nil {
		return nil, nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil, body, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, nil, errors.New("the front matter is no list of members with their values")
	}
	seen := map[string]bool{}
	var exact string
	for i := 0; i+1 < len(top.Content); i += 2 {
		name, value := top.Content[i].Value, top.Content[i+1]
		if seen[name] {
			return nil, nil, fmt.Errorf("line %d: the member %q a second time", top.Content[i].Line, name)
		}
		if seen[name] = true; name == Exact {
			exact = value.Value
			continue
		}
		text, err := jsonOf(nil, value)
		if err != nil {
			return nil, nil, err
		}
		members = append(members, Member{Name: name, Value: text})
	}
	more, err := exactMembers(exact)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", Exact, err)
	}
	for _, m := range more {
		if !seen[m.Name] || !m.plain() { // one that stands in the open too was put there since
			members = append(members, m)
		}
	}
	return members, body, nil
}

// split finds the lines between which the front matter stands.
func split(text []byte) (front, body []byte, ok bool) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if strings.TrimRight(string(first), " \t\r") != "---" {
		return nil, nil, false
	}
	for at := 0; at < len(rest); {
		line, _, more := bytes.Cut(rest[at:], []byte("\n"))
		end := at + len(line)
		if more {
			end++
		}
		if strings.TrimRight(string(line), " \t\r") == "---" {
			return rest[:at], rest[end:], true
		}
		at = end
	}
	return nil, nil, false
}

// exactMembers reads the member Exact.
func exactMembers(text string) ([]Member, error) {
	if text == "" {
		return nil, nil
	}
	object := []byte(text)
	if coded, ok := strings.CutPrefix(text, "base64:"); ok {
		var err error
		if object, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, err
		}
	}
	return membersOf(object)
}

// Object is members as the text of a JSON object, without those of some names.
func Object(members []Member, without ...string) []byte {
	out := []byte{'{'}
next:
	for _, m := range members {
		for _, name := range without {
			if m.Name == name {
				continue next
			}
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if m.quoted != nil {
			out = append(out, m.quoted...)
		} else {
			out = quote(out, m.Name)
		}
		out = append(append(out, ':'), m.Value...)
	}
	return append(out, '}')
}

// Find gives the text of a member, "" if it is not there or no string.
func Find(members []Member, name string) (text string) {
	for _, m := range members {
		if m.Name == name {
			_ = json.Unmarshal(m.Value, &text) // another value is none
		}
	}
	return text
}

// Has tells whether there is a member of a name.
func Has(members []Member, name string) bool {
	for _, m := range members {
		if m.Name == name {
			return true
		}
	}
	return false
}

// jsonOf writes a value of YAML as JSON. Numbers keep their digits.
func jsonOf(dst []byte, n *yaml.Node) (_ []byte, err error) {
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(quote(dst, n.Content[i].Value), ':')
			if dst, err = jsonOf(dst, n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = jsonOf(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case yaml.ScalarNode:
		return scalar(dst, n)
	}
	return nil, fmt.Errorf("line %d: an alias, which is not read", n.Line)
}

func scalar(dst []byte, n *yaml.Node) ([]byte, error) {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 {
		return quote(dst, n.Value), nil
	}
	if v := jsontext.Value(n.Value); v.IsValid() && v.Kind() != '"' {
		return append(dst, strings.TrimSpace(n.Value)...), nil
	}
	switch n.ShortTag() {
	case "!!null":
		return append(dst, "null"...), nil
	case "!!bool", "!!int", "!!float":
		var v any
		if n.Decode(&v) == nil {
			if text, err := json.Marshal(v); err == nil {
				return append(dst, text...), nil
			}
		}
	}
	return quote(dst, n.Value), nil
}
