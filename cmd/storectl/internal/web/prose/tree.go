package prose

import (
	"encoding/json"
	"strings"
)

// Node is a part of a JSON value, as a person reads it.
type Node struct {
	Name  string
	Text  string
	Items []Node
	List  bool // the items have no names
	Cut   int  // items that are not shown
}

// mostNodes is how many parts of a value are shown.
const mostNodes = 1500

// Tree takes JSON apart, in the order in which it is written.
func Tree(name string, text []byte) Node {
	left := mostNodes
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	return readNode(d, name, &left, 0)
}

func readNode(d *json.Decoder, name string, left *int, depth int) Node {
	n := Node{Name: name}
	t, err := d.Token()
	if err != nil {
		return n
	}
	*left--
	open, ok := t.(json.Delim)
	if !ok {
		n.Text = scalarText(t)
		return n
	}
	n.List = open == '['
	for d.More() {
		key := ""
		if !n.List {
			t, err := d.Token()
			if err != nil {
				return n
			}
			key, _ = t.(string)
		}
		if *left <= 0 || depth > 12 {
			if n.Cut++; skipValue(d) != nil {
				return n
			}
			continue
		}
		n.Items = append(n.Items, readNode(d, key, left, depth+1))
	}
	_, _ = d.Token()
	return n
}

func skipValue(d *json.Decoder) error {
	var skipped json.RawMessage
	return d.Decode(&skipped)
}

func scalarText(t json.Token) string {
	switch t := t.(type) {
	case string:
		return Cut(20_000, t)
	case json.Number:
		return t.String()
	case bool:
		if t {
			return "yes"
		}
		return "no"
	}
	return "—"
}
