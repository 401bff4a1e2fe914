package testdb

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"time"

	"taskstore/schema"

	"pgregory.net/rapid"
)

// Gen writes entities as the legacy app's JSON, from the tags of package schema:
// all members, unknown ones, contents, links in every member. The numbers that
// it asks for decide what comes out, so a seed repeats it and rapid shrinks it.
type Gen struct {
	// IntN gives a number from 0 to n-1.
	IntN func(n int) int
	// Odd is how many in a hundred members are odd: null, of another type, out
	// of range, twice, or not there.
	Odd int
	// Unknown is how many in a hundred objects have members of no type.
	Unknown int

	depth  int
	serial int
}

// Seeded gives a Gen whose choices follow from seed.
func Seeded(seed uint64, odd int) *Gen {
	r := rand.New(rand.NewPCG(seed, 0x7a5c))
	return &Gen{IntN: r.IntN, Odd: odd, Unknown: 40}
}

// Drawn gives a Gen whose choices are rapid's.
func Drawn(t *rapid.T, odd int) *Gen {
	return &Gen{IntN: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }, Odd: odd, Unknown: 40}
}

var (
	typeTime  = reflect.TypeFor[schema.Time]()
	typeJSON  = reflect.TypeFor[schema.JSON]()
	typeDoc   = reflect.TypeFor[schema.Document]()
	typeText  = reflect.TypeFor[schema.Content]()
	typeLinks = reflect.TypeFor[[]schema.Link]()
	typeRest  = reflect.TypeFor[schema.Rest]()
)

// Entity gives an entity of the type of T and with this id.
func Entity[T any](g *Gen, id string) []byte {
	members := g.members(reflect.TypeFor[T](), nil)
	for i, m := range members {
		if strings.HasPrefix(m, `"id":`) {
			members[i] = `"id":` + strconv.Quote(id)
		}
	}
	return []byte("{" + strings.Join(g.shuffled(members), ",") + "}")
}

// Sample gives an entity with everything in it: all lists and documents, odd and
// unknown members, inline contents. Equal seeds give equal entities.
func Sample[T any](seed uint64) T {
	var v T
	id := fmt.Sprintf("%s-%d", strings.ToLower(reflect.TypeFor[T]().Name()), seed)
	if _, err := schema.Decode(Entity[T](Seeded(seed, 8), id), &v); err != nil {
		panic(err) // the generator is wrong
	}
	return v
}

func (g *Gen) chance(percent int) bool { return percent > 0 && g.IntN(100) < percent }

func (g *Gen) shuffled(list []string) []string {
	for i := range list {
		j := g.IntN(i + 1)
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// members gives the members of a struct, each with its name.
func (g *Gen) members(t reflect.Type, list []string) []string {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _ := f.Tag.Lookup("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case f.Type == typeRest:
			list = append(list, g.unknown()...)
		case f.Type == typeLinks:
			list = append(list, g.links(f.Tag.Get("links"))...)
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			list = g.members(f.Type, list)
		case name == "":
		default:
			list = append(list, g.member(name, f)...)
		}
	}
	return list
}

// member gives a member once, and if it is odd perhaps twice or not at all.
func (g *Gen) member(name string, f reflect.StructField) []string {
	quoted := strconv.Quote(name) + ":"
	if name == "id" || !g.chance(g.Odd) {
		return []string{quoted + g.value(f.Type, f.Tag.Get("enum"))}
	}
	switch g.IntN(8) {
	case 0:
		return nil
	case 1:
		return []string{quoted + g.value(f.Type, ""), quoted + g.Any()}
	case 2:
		return []string{quoted + "null"}
	case 3:
		return []string{quoted + g.oddNumber()}
	case 4:
		return []string{quoted + strconv.Quote(strconv.Itoa(g.IntN(5)))}
	}
	return []string{quoted + g.Any()}
}

func (g *Gen) value(t reflect.Type, enum string) string {
	switch t {
	case typeTime:
		return strconv.Quote(string(g.Time()))
	case typeJSON, typeDoc:
		return g.object()
	case typeText:
		return quote(g.Content())
	}
	switch t.Kind() {
	case reflect.String:
		if enum != "" {
			all := strings.Split(enum, ",")
			return strconv.Quote(all[g.IntN(len(all))])
		}
		return quote(g.Text())
	case reflect.Bool:
		return strconv.FormatBool(g.IntN(2) == 1)
	case reflect.Int64:
		return strconv.Itoa(g.IntN(1000))
	case reflect.Float64:
		return []string{"0", "1.5", "-1", "0.25", "1234.5678", "1e+21"}[g.IntN(6)]
	case reflect.Pointer:
		return g.struct_(t.Elem())
	case reflect.Slice:
		return g.list(t.Elem())
	}
	panic(fmt.Sprintf("testdb: no value for %v", t))
}

func (g *Gen) list(t reflect.Type) string {
	items := make([]string, 1+g.IntN(3))
	for i := range items {
		if t.Kind() == reflect.String {
			items[i] = quote(g.Word())
		} else {
			items[i] = g.struct_(t)
		}
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (g *Gen) struct_(t reflect.Type) string {
	if g.chance(g.Odd / 4) {
		return g.Any() // where an object is wanted
	}
	return "{" + strings.Join(g.shuffled(g.members(t, nil)), ",") + "}"
}

// Time gives a moment of some years, each of few, so that some are equal.
func (g *Gen) Time() schema.Time {
	return schema.TimeOf(time.Date(2024+g.IntN(2), time.Month(1+g.IntN(12)), 1+g.IntN(28), g.IntN(24), 0, 0, 250e6, time.UTC))
}

// Content gives a file's bytes in one of the ways in which the app wrote them.
func (g *Gen) Content() string {
	data := make([]byte, 1+g.IntN(40))
	for i := range data {
		data[i] = byte(g.IntN(256))
	}
	text := base64.StdEncoding.EncodeToString(data)
	switch g.IntN(7) {
	case 0:
		return "data:image/png;base64," + text
	case 1:
		return "data:audio/mp3;rate=44100;base64," + strings.TrimRight(text, "=")
	case 2:
		return text[:len(text)/2] + "\r\n" + text[len(text)/2:]
	case 3:
		return "data:text/plain,a%20b%C3%A9"
	case 4:
		return "!! no base64 !!"
	}
	return text
}

// Draws ends the draws of a property after so many, unless one has failed, which is then made
// smaller.
func Draws(most int, draw func(*rapid.T)) func(*rapid.T) {
	ran, failed := 0, false
	return func(t *rapid.T) {
		if ran++; ran > most && !failed {
			return
		}
		defer func() { failed = failed || t.Failed() }()
		draw(t)
	}
}
