package importexport

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/pattern"
	"taskstore/repo"
	"taskstore/schema"
)

// familyJSON begins the name of every version of the JSON document.
const familyJSON = "taskstore-json/"

// documentDecoder reads a document with a list for each kind: the JSON export, which says
// its format, or the app's own single-file export. Any member may come last.
type documentDecoder struct{ must Format }

// documentMember tells whether a document may have a member of this name.
func documentMember(name string) bool {
	switch name {
	case "aiSettings", "preferences", "exportedAt", "version", "appVersion":
		return true
	}
	return isCollection(name)
}

// records reads the document to the end of the file. A member that it does not know
// is an error: what stands in it would be lost without a word.
func (f documentDecoder) records(ctx context.Context, in *input, fn func(*item) error) (says bool, err error) {
	r := newJSONReader(in)
	if err := r.begin(); err != nil {
		return false, err
	}
	d := &document{jsonReader: r, fn: fn, is: FormatLegacy}
	for {
		_, at := r.peek()
		name, err := r.token()
		if err != nil {
			return false, err
		}
		if name.Kind() == '}' {
			break
		}
		text := name.String()
		if slices.Contains(d.names, text) {
			return false, misfit(at, fmt.Sprintf("the member %q a second time", text), "each member once", "")
		}
		d.names = append(d.names, text)
		if err := d.member(ctx, text, at); err != nil {
			return false, err
		}
	}
	if f.must != d.is {
		return false, misfit(-1, "a document of the format "+string(d.is), string(f.must), "--format auto finds the format")
	}
	return d.said, r.end()
}

// document is a document at the member that is being read.
type document struct {
	*jsonReader
	fn    func(*item) error
	names []string
	is    Format // what the document says
	said  bool   // whether it says what it is: then it may be without records
}

func (d *document) member(ctx context.Context, name string, at int64) error {
	kind, valueAt := d.peek()
	switch {
	case isCollection(name) && kind == '[':
		return d.list(ctx, name)
	case isCollection(name):
		return d.empty(at, fmt.Sprintf("%s as the member %q", kindOfValue(kind), name), "a list of records", "")
	case name == "format":
		d.is, d.said = FormatJSON, true
		return d.version(name, formJSON)
	case name == "version":
		d.said = true
		return d.version(name, exportVersion)
	case name == "aiSettings", name == "preferences":
		return d.setting(name, valueAt)
	case name == "exportedAt":
		d.said = true
		return d.skip()
	case name == "appVersion":
		return d.skip()
	}
	advice := "take it out of the file, or storectl legacy import, if the legacy app wrote the file"
	if lower := strings.ToLower(name); lower != name && documentMember(lower) {
		advice = fmt.Sprintf("the member is called %q in an export", lower)
	}
	return d.empty(at, fmt.Sprintf("the member %.60q, which no export has", name), "members of an export", advice)
}

// empty passes over a member that holds nothing, and refuses one with data.
func (d *document) empty(at int64, found, expected, advice string) error {
	text, _, err := d.value()
	if err != nil {
		return err
	}
	switch string(bytes.Join(bytes.Fields(text), nil)) {
	case "null", "{}", "[]", `""`:
		return nil
	}
	return misfit(at, found, expected, advice)
}

// numbered is a name of a version: what it begins with, and numbers.
var numbered = pattern.Of(`^(.*?)([0-9]+(?:\.[0-9]+)*)$`)

// version reads what the document says of itself, and refuses all but want.
func (d *document) version(name, want string) error {
	text, at, err := d.value()
	if err != nil {
		return err
	}
	is, err := strconv.Unquote(string(text))
	found, advice := fmt.Sprintf("the %s %.40s", name, text), ""
	switch a, b := numbered.FindStringSubmatch(is), numbered.FindStringSubmatch(want); {
	case err == nil && is == want:
		return nil
	case err == nil && a != nil && a[1] == b[1] && newer(a[2], b[2]):
		found += ", which is newer than this program"
		advice = "a newer storectl reads it; storectl version says which one this is"
	}
	return misfit(at, found, fmt.Sprintf("%q", want), advice)
}

// newer compares two versions, number by number.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		one, other := numberAt(x, i), numberAt(y, i)
		if one != other {
			return one > other
		}
	}
	return false
}

func numberAt(parts []string, i int) uint64 {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.ParseUint(parts[i], 10, 64) // digits, and the largest number where it is larger
	return n
}

// setting reads one of the two settings that stand beside the lists.
func (d *document) setting(name string, at int64) error {
	text, _, err := d.value()
	if err != nil || string(bytes.TrimSpace(text)) == "{}" {
		return err
	}
	if text, err = d.in.restored(text, nil); err != nil {
		return err
	}
	k, err := repo.KindOf(repo.KindSetting)
	if err != nil {
		return err
	}
	return d.fn(&item{kind: k, value: &schema.Setting{Key: name, Value: schema.JSON(text)}, place: place{in: d.in, at: at}})
}

func (d *document) list(ctx context.Context, name string) error {
	if _, err := d.token(); err != nil {
		return err
	}
	for d.d.PeekKind() != ']' {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, at, err := d.value()
		if err != nil {
			return err
		}
		it, err := readRecord(d.in, text, name, at)
		if err != nil {
			return err
		}
		if err := d.fn(it); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}
