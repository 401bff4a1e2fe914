package testdb

import (
	"fmt"
	"strconv"
	"strings"
)

var words = []string{"plan", "Zürich", "日本語", "naïve", "x", "Grüße", "🙂 ok", "a/b~c", "<b>bold</b>", "urgent", "Ship", "line\nbreak", "tab\there", "\"quoted\"", "back\\slash", "%41#?"}

// Word gives one of a few words, so that tags and titles meet again.
func (g *Gen) Word() string { return words[g.IntN(len(words))] }

// Text gives a few words, rarely many.
func (g *Gen) Text() string {
	n := 1 + g.IntN(4)
	if g.IntN(40) == 0 {
		n = 400
	}
	list := make([]string, n)
	for i := range list {
		list[i] = g.Word()
	}
	return strings.Join(list, " ")
}

// quote writes s as JavaScript does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20:
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

func (g *Gen) oddNumber() string {
	return []string{"9007199254740993", "-0", "1e400", "1E2", "1.0", "123456789012345678901234567890", "1e-400", "-1", "1700000000000", "0.1e1", "9223372036854775808"}[g.IntN(11)]
}

// Any gives any JSON value, also those that a Go string or a float cannot hold.
func (g *Gen) Any() string {
	if g.depth > 4 {
		return "null"
	}
	g.depth++
	defer func() { g.depth-- }()
	switch g.IntN(12) {
	case 0:
		return "null"
	case 1:
		return strconv.FormatBool(g.IntN(2) == 1)
	case 2:
		return g.oddNumber()
	case 3:
		return strconv.Itoa(g.IntN(1 << 30))
	case 4:
		return []string{`"\ud83d"`, `"\udE42 after"`, `"pair \ud83d\ude42"`, `"\ud83d\ud83d\ude42"`, `"nul \u0000 in it"`, `"\/\u00e9"`}[g.IntN(6)]
	case 5:
		return `""`
	case 6:
		return "[" + strings.Join([]string{g.Any(), g.Any()}, ", ") + "]"
	case 7:
		return "[]"
	case 8:
		return g.object()
	case 9:
		n := 1 + g.IntN(60)
		return strings.Repeat("[", n) + strings.Repeat("]", n)
	case 10:
		return []string{`"2025-02-03T04:05:06.789Z"`, `"2025-02-03"`, `"2025-02-03T04:05:06+02:00"`, `"Friday"`, `"yes"`, `"done"`}[g.IntN(6)]
	}
	return quote(g.Text())
}

// object gives an object, at times with one name twice.
func (g *Gen) object() string {
	if g.depth > 4 {
		return "{}"
	}
	g.depth++
	defer func() { g.depth-- }()
	list := make([]string, g.IntN(4))
	for i := range list {
		list[i] = quote(g.name()) + ": " + g.Any()
	}
	return "{" + strings.Join(list, " , ") + "}"
}

func (g *Gen) name() string {
	return []string{"a", "b", "a", "__proto__", "constructor", "x y", "toString", "é", "a/b~c", ""}[g.IntN(10)]
}

// unknown gives members that no type of ours has.
func (g *Gen) unknown() []string {
	if !g.chance(g.Unknown) {
		return nil
	}
	list := make([]string, 1+g.IntN(3))
	for i := range list {
		name := quote(g.name())
		if g.chance(g.Odd) {
			name = `"\udc00 lone"`
		}
		list[i] = name + ":" + g.Any()
	}
	return list
}

// links gives the members that links stand in: what is described as
// "noteId=note topicIds=[topic]", and relationships in all their spellings.
func (g *Gen) links(described string) []string {
	var list []string
	for _, part := range strings.Fields(described) {
		name, kind, _ := strings.Cut(part, "=")
		kind, many := strings.CutPrefix(strings.TrimSuffix(kind, "]"), "[")
		value := quote(g.target(kind))
		if many {
			value = "[" + value + "," + quote(g.target(kind)) + "]"
		}
		if g.chance(g.Odd) {
			value = g.Any()
		}
		if g.IntN(2) == 0 {
			list = append(list, quote(name)+":"+value)
		}
	}
	if g.chance(g.Odd / 2) {
		return append(list, `"relationships":`+g.Any())
	}
	return append(list, `"relationships":[`+g.relationship()+","+g.relationship()+"]")
}

func (g *Gen) target(kind string) string { return kind + "-" + strconv.Itoa(g.IntN(6)) }

var kinds = []string{"session", "note", "task", "topic", "company", "contact", "file", "goal"}

func (g *Gen) relationship() string {
	g.serial++
	from, to := kinds[g.IntN(len(kinds))], kinds[g.IntN(len(kinds))]
	source, target := g.target(from), g.target(to)
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf(`{"fromId":%q,"fromType":%q,"toId":%q,"toType":%q}`, source, from, target, to)
	case 1:
		return fmt.Sprintf(`{"id":"%032x","type":%q,"sourceType":%q,"sourceId":%q,"targetType":%q,"targetId":%q}`,
			g.serial, strings.ToUpper(from+"_"+to), strings.ToUpper(from), source, strings.ToUpper(to), target)
	case 2:
		if g.chance(g.Odd) {
			return g.Any()
		}
	}
	return fmt.Sprintf(`{"id":"rel_%d","type":%q,"sourceType":%q,"sourceId":%q,"targetType":%q,"targetId":%q,"metadata":{"source":"ai","confidence":0.9},"canonical":%t}`,
		g.serial, from+"-"+to, from, source, to, target, g.IntN(2) == 0)
}
