package fts

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// What a snippet shows around the first match, in bytes of the text.
const (
	snippetBefore = 60
	snippetBytes  = 200
	snippetMost   = 1000 // where one match is that long
)

// Snippet gives the place in a text that matches, of one field of it, with <mark> and </mark> around
// what does, and where in the body it is: -1 for a match in the title only. part is that of the text's Row,
// or "" for what is one field.
//
// The text is escaped for HTML, so that the two marks are the only tags in it; html.UnescapeString of what
// stands between them is the text. It is cut between characters as people see them.
func (m *Marker) Snippet(title, body, part string) (text string, at int) {
	found := m.matches(body[:boundary(body, min(len(body), snippetScan))])
	if len(found) == 0 {
		if inTitle := m.matches(title); len(inTitle) > 0 || body == "" {
			return cutOut(title, span{to: len(title)}, inTitle), -1
		}
		return cutOut(body, fieldAt(part, 0, len(body)), nil), 0
	}
	best := found[densest(found, part, len(body))]
	field := fieldAt(part, best.from, len(body))
	var inside []span
	for _, x := range found {
		if x.from >= best.from && x.to <= field.to {
			inside = append(inside, x)
		}
	}
	for i := len(found) - 1; i >= 0; i-- { // those before it, the nearest first
		if x := found[i]; x.to <= best.from && x.from >= max(field.from, best.from-snippetBefore) {
			inside = append([]span{x}, inside...)
		}
	}
	return cutAround(body, field, inside, best), best.from
}

// fieldAt gives the field of an entity's own text in which a place is.
func fieldAt(part string, at, end int) span {
	field := span{to: end}
	for _, f := range strings.Fields(part) {
		from, ok := fieldStart(f, "")
		switch {
		case !ok:
		case from <= at:
			field.from = from
		case from-1 < field.to:
			field.to = max(from-1, at) // without the line end between them
		}
	}
	return field
}

// densest gives the match with the most others soon after it in its field. One with the signs that were
// typed counts more than any number of others.
func densest(found []span, part string, end int) int {
	best, most := 0, 0
	for i := range found {
		field := fieldAt(part, found[i].from, end)
		n := 0
		for k := i; k < len(found) && found[k].to-found[i].from < snippetBytes-snippetBefore && found[k].to <= field.to; k++ {
			if n++; found[k].signed {
				n += mostMatches
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

// cutOut gives the beginning of a field, or what is around the first match in it.
func cutOut(s string, field span, found []span) string {
	around := span{from: field.from, to: field.from}
	if len(found) > 0 {
		around = found[0]
	}
	return cutAround(s, field, found, around)
}

func cutAround(s string, field span, found []span, around span) string {
	from := field.from
	if at := around.from - snippetBefore; at > from {
		from = max(from, wordStart(s, at, around.from))
	}
	to := field.to
	if at := max(from+snippetBytes, min(around.to, from+snippetMost)); at < to {
		to = min(to, wordEnd(s, at, min(around.to, at)))
	}
	text := strings.ReplaceAll(marked(s, from, to, found), "\n", " ")
	if from > field.from {
		text = "… " + text
	}
	if to < field.to {
		text += " …"
	}
	return text
}

// marked escapes a part of a text, with marks around the matches in it.
func marked(s string, from, to int, found []span) string {
	var b strings.Builder
	for i := 0; i < len(found); i++ {
		x := span{from: clusterStart(s, found[i].from), to: clusterEnd(s, found[i].to)}
		for i+1 < len(found) && clusterStart(s, found[i+1].from) < x.to { // of one character
			i++
			x.to = clusterEnd(s, found[i].to)
		}
		if x.from < from || x.to > to {
			continue
		}
		b.WriteString(html.EscapeString(s[from:x.from]) + "<mark>" + html.EscapeString(s[x.from:x.to]) + "</mark>")
		from = x.to
	}
	b.WriteString(html.EscapeString(s[from:to]))
	return b.String()
}

// boundary moves i back to where a rune begins.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// farthest is how many bytes clusterStart looks back for a place that surely is between two characters.
const farthest = 4096

// clusterStart moves i back to where a character as people see it begins: a grapheme cluster, such as a letter
// with its marks, or a flag.
func clusterStart(s string, i int) int {
	start, _ := clusterAt(s, i)
	return start
}

// clusterEnd moves i forward to where one ends.
func clusterEnd(s string, i int) int {
	start, end := clusterAt(s, i)
	if start == i {
		return i
	}
	return end
}

// clusterAt gives the cluster that i is in or before.
func clusterAt(s string, i int) (start, end int) {
	if i <= 0 || i >= len(s) || s[i] < utf8.RuneSelf && s[i-1] < utf8.RuneSelf && s[i] != '\n' {
		return i, i
	}
	p := i
	for p > 0 && i-p < farthest && (s[p] >= utf8.RuneSelf || s[p-1] >= utf8.RuneSelf || s[p] == '\n') {
		p--
	}
	p = boundary(s, p)
	for state := -1; p < i; {
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(s[p:], state)
		if p+len(cluster) > i {
			return p, p + len(cluster)
		}
		p += len(cluster)
	}
	return i, i
}

// wordStart moves i forward to a word's beginning, if one is near and not after most.
func wordStart(s string, i, most int) int {
	i = clusterStart(s, boundary(s, i))
	if i == 0 {
		return 0
	}
	if k := strings.IndexAny(s[i:max(i, min(len(s), i+20, most))], " \n"); k >= 0 {
		return clusterStart(s, i+k+1)
	}
	return i
}

// wordEnd moves i back to a word's end, if one is near and not before least.
func wordEnd(s string, i, least int) int {
	if i = clusterStart(s, boundary(s, i)); i == len(s) {
		return i
	}
	if from := min(i, max(least, i-20)); from < i {
		if k := strings.LastIndexAny(s[from:i], " \n"); k >= 0 {
			return from + k
		}
	}
	return i
}

// PartAt gives the part of a row in which a place of its body is: the moment, or
// the field. titleName is the field of the title, for a place of -1.
func PartAt(part, list string, at int, titleName string) string {
	if at < 0 {
		return titleName
	}
	if list != "" || !strings.Contains(part, "@") {
		return part
	}
	name := titleName
	for _, field := range strings.Split(part, " ") {
		i := strings.LastIndexByte(field, '@')
		if i < 0 {
			continue
		}
		if from, err := strconv.Atoi(field[i+1:]); err == nil && from <= at {
			name = field[:i]
		}
	}
	return name
}
