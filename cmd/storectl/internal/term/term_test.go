package term

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCutKeepsToTheWidth(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly te", 10, "exactly te"},
		{"one column too long", 10, "one colum…"},
		{"日本語のタイトル", 7, "日本語…"},
		{"日本語のタイトル", 8, "日本語…"},
		{"e\u0301e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301…"},
	}
	for _, test := range tests {
		if got := Cut(test.text, test.width); got != test.want {
			t.Errorf("cut(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := Visible(rapid.String().Draw(t, "text"))
		width := rapid.IntRange(1, 30).Draw(t, "width")
		if got := Cut(text, width); TextWidth(got) > width {
			t.Fatalf("cut(%q, %d) = %q takes %d", text, width, got, TextWidth(got))
		}
	})
}

func TestFitShortensTheWidest(t *testing.T) {
	columns := []Column{{Name: "id", Fixed: true}, {Name: "title"}, {Name: "tags"}, {Name: "n", Right: true}}
	got := fit([]int{20, 60, 30, 5}, columns, 80)
	if want := []int{20, 24, 25, 5}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := fit([]int{20, 60, 30, 5}, columns, 0); got[1] != 60 {
		t.Errorf("without a terminal it is cut: %v", got)
	}
	if got := fit([]int{20, 60, 30, 5}, columns, 45); !cmp.Equal(got, []int{20, 10, 11, 0}) {
		t.Errorf("a narrow terminal: %v", got)
	}
	if got := fit([]int{20, 60, 30, 5}, columns, 10); !cmp.Equal(got, []int{20, 0, 0, 0}) {
		t.Errorf("a terminal that is too narrow: %v", got)
	}
	columns = []Column{{Name: "id", Fixed: true}, {Name: "title", Wide: true}, {Name: "updated", Fixed: true, Extra: true}, {Name: "tags"}}
	if got := fit([]int{20, 60, 10, 30}, columns, 62); !cmp.Equal(got, []int{20, 25, 0, 13}) {
		t.Errorf("what is extra goes first: %v", got)
	}
	if got := fit([]int{20, 60, 10, 30}, columns, 48); !cmp.Equal(got, []int{20, 26, 0, 0}) {
		t.Errorf("what people read stays: %v", got)
	}
}

func TestNothingMovesTheCursor(t *testing.T) {
	if got := Visible("a\x1b[2Jb\nc\td\u202ee"); strings.ContainsAny(got, "\x1b\n\t\u202e") {
		t.Errorf("got %q", got)
	}
}

func TestForms(t *testing.T) {
	columns := []Column{{Name: "id"}, {Name: "n", Right: true}, {Name: "id"}, {Name: "at"}, {Name: "bytes", Right: true}, {Name: "blob"}, {Name: "tags"}}
	rows := [][]any{
		{"a,\"b\"\tc", int64(math.MaxInt64), nil, Stamp("2026-11-22T15:04:05+01:00"), Size(1536), []byte{1, 2}, []string{"x", "<y>"}},
		{"ü", 2.0, "", Stamp(""), Size(0), []byte{}, []string{}},
	}
	want := map[Form]string{
		"csv": "id,n,id,at,bytes,blob,tags\n\"a,\"\"b\"\"\tc\",9223372036854775807,,2026-11-22T15:04:05+01:00,1536,AQI=,\"x, <y>\"\nü,2.0,,,0,,\n",
		"tsv": "id\tn\tid\tat\tbytes\tblob\ttags\n\"a,\"\"b\"\"\tc\"\t9223372036854775807\t\t2026-11-22T15:04:05+01:00\t1536\tAQI=\tx, <y>\nü\t2.0\t\t\t0\t\t\n",
		"ndjson": `{"id": "a,\"b\"\tc", "n": 9223372036854775807, "id_2": null, "at": "2026-11-22T15:04:05+01:00", "bytes": 1536, "blob": {"$base64": true, "encoded": "AQI="}, "tags": ["x","<y>"]}` + "\n" +
			`{"id": "ü", "n": 2.0, "id_2": "", "at": null, "bytes": 0, "blob": {"$base64": true, "encoded": ""}, "tags": []}` + "\n",
		"vertical": "   id = a,\"b\" c\n    n = 9223372036854775807\n id_2 = -\n   at = 2026-11-22T15:04:05+01:00\nbytes = 1.5 KiB\n blob = x'0102'\n tags = x, <y>\n" +
			"\n   id = ü\n    n = 2.0\n id_2 = \n   at = -\nbytes = 0 B\n blob = x''\n tags = \n",
		"table": "ID                         N  ID  AT                           BYTES  BLOB     TAGS\n" +
			"a,\"b\" c  9223372036854775807  -   2026-11-22T15:04:05+01:00  1.5 KiB  x'0102'  x, <y>\n" +
			"ü                        2.0      -                              0 B  x''\n",
	}
	for form, want := range want {
		if diff := cmp.Diff(want, written(t, form, columns, rows)); diff != "" {
			t.Errorf("%s: -want +got\n%s", form, diff)
		}
	}
	var array []map[string]any
	if err := json.Unmarshal([]byte(written(t, "json", columns, rows)), &array); err != nil || len(array) != 2 {
		t.Errorf("json: %v, %v", array, err)
	}
	if got := written(t, "json", columns, nil); got != "[]\n" {
		t.Errorf("json without rows: %q", got)
	}
}

var testNow = time.Date(2026, 11, 23, 15, 4, 5, 0, time.FixedZone("CET", 3600))

func written(t *testing.T, form Form, columns []Column, rows [][]any) string {
	t.Helper()
	var out bytes.Buffer
	a := New(nil, &out, nil, nil)
	a.Now = func() time.Time { return testNow }
	a.Form = form
	writer := a.NewRows(columns, "-")
	for _, row := range rows {
		if err := writer.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDocumentBeginsWithItsSchema(t *testing.T) {
	for form, want := range map[Form]string{
		"json":   "{\n  \"schema\": \"storectl.x/1\",\n  \"a\": \"<&>\"\n}\n",
		"ndjson": "{\"schema\":\"storectl.x/1\",\"a\":\"<&>\"}\n",
	} {
		var out bytes.Buffer
		a := New(nil, &out, nil, nil)
		a.Form = form
		if err := a.Document("x", map[string]string{"a": "<&>"}); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", form, out.String(), err)
		}
	}
	var out bytes.Buffer
	a := New(nil, &out, nil, nil)
	a.Form = "ndjson"
	if err := a.Document("x", struct{}{}); err != nil || out.String() != "{\"schema\":\"storectl.x/1\"}\n" {
		t.Errorf("empty: %q, %v", out.String(), err)
	}
}

func TestBlankColumnsMakeRoom(t *testing.T) {
	w := &tableRows{columns: []Column{{Name: "id"}, {Name: "status"}, {Name: "date"}, {Name: "note", Wide: true}}, null: "-",
		cells: [][]string{{"", "", "-", ""}, {"", "-", "2026", ""}}}
	widths := []int{2, 6, 4, 4}
	if w.leaveOutBlank(widths); !cmp.Equal(widths, []int{2, 0, 4, 4}) {
		t.Errorf("what nothing is in: %v", widths)
	}
}

func TestFitQuery(t *testing.T) {
	columns := []Column{{Name: "id", Wide: true, Fixed: true}, {Name: "title", Wide: true}, {Name: "n", Wide: true, Right: true}, {Name: "content", Wide: true}, {Name: "kind", Extra: true}}
	for total, want := range map[int][]int{200: {24, 40, 3, 90, 12}, 100: {24, 26, 3, 27, 12}, 80: {24, 35, 3, 0, 12}, 40: {24, 14, 0, 0, 0}} {
		if got := fit([]int{24, 40, 3, 90, 12}, columns, total); !cmp.Equal(got, want) {
			t.Errorf("%d columns: %v, want %v", total, got, want)
		}
	}
}
