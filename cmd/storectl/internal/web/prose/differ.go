package prose

import (
	"encoding/json"
	"strings"
	"unicode"

	"taskstore/schema"
)

// Piece is a part of a text that stayed, went or came.
type Piece struct {
	Kind string // "same", "del" or "ins"
	Text string
}

// Difference is one member of a record that changed.
type Difference struct {
	Name   string
	Pieces []Piece
}

// How much of a change is compared word by word; beyond that the old and the new text stand one after the other. What
// stayed is cut where it is long.
const (
	mostWords  = 1500
	mostSame   = 240
	mostFields = 40
)

// Differences shows changes of members, and tells how many are not shown.
func Differences(fields []schema.FieldChange) (list []Difference, more int) {
	for _, f := range fields {
		if len(list) == mostFields {
			return list, len(fields) - mostFields
		}
		list = append(list, Difference{Name: f.Path, Pieces: compareTexts(readable(f.Old), readable(f.New))})
	}
	return list, 0
}

// readable is a JSON value as a text: a text as itself, a content by the beginning of its hash.
func readable(value schema.JSON) string {
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	var content struct {
		Blob string `json:"_blob"`
	}
	if json.Unmarshal([]byte(value), &content) == nil && content.Blob != "" {
		return "content " + content.Blob[:min(12, len(content.Blob))]
	}
	return string(value)
}

func compareTexts(old, new string) []Piece {
	a, b := splitWords(Cut(100_000, old)), splitWords(Cut(100_000, new))
	before := 0
	for before < len(a) && before < len(b) && a[before] == b[before] {
		before++
	}
	after := 0
	for after < len(a)-before && after < len(b)-before && a[len(a)-1-after] == b[len(b)-1-after] {
		after++
	}
	var p pieces
	p.add("same", a[:before]...)
	p.compare(a[before:len(a)-after], b[before:len(b)-after])
	p.add("same", a[len(a)-after:]...)
	return p.cut()
}

// splitWords cuts a text into words, and what is between them.
func splitWords(s string) (list []string) {
	kind := func(r rune) int {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return 1
		case unicode.IsSpace(r):
			return 2
		}
		return 3
	}
	begin, last := 0, 0
	for i, r := range s {
		if k := kind(r); k != last || k == 3 {
			if i > begin {
				list = append(list, s[begin:i])
			}
			begin, last = i, k
		}
	}
	if begin < len(s) {
		list = append(list, s[begin:])
	}
	return list
}

type pieces []Piece

func (p *pieces) add(kind string, words ...string) {
	text := strings.Join(words, "")
	if text == "" {
		return
	}
	if n := len(*p); n > 0 && (*p)[n-1].Kind == kind {
		(*p)[n-1].Text += text
		return
	}
	*p = append(*p, Piece{kind, text})
}

// compare finds the longest list of words that two texts have in common, by the table of the lengths of such lists from
// each place on.
func (p *pieces) compare(a, b []string) {
	if len(a) > mostWords || len(b) > mostWords {
		p.add("del", a...)
		p.add("ins", b...)
		return
	}
	width := len(b) + 1
	length := make([]uint16, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			p.add("same", a[i])
			i, j = i+1, j+1
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			p.add("del", a[i])
			i++
		default:
			p.add("ins", b[j])
			j++
		}
	}
	p.add("del", a[i:]...)
	p.add("ins", b[j:]...)
}

// cut leaves of long texts that stayed what is beside a change.
func (p pieces) cut() []Piece {
	for i := range p {
		r := []rune(p[i].Text)
		switch {
		case p[i].Kind != "same" || len(r) <= mostSame:
		case i == 0:
			p[i].Text = "… " + string(r[len(r)-mostSame/2:])
		case i == len(p)-1:
			p[i].Text = string(r[:mostSame/2]) + " …"
		default:
			p[i].Text = string(r[:mostSame/2]) + " … " + string(r[len(r)-mostSame/2:])
		}
	}
	return p
}
