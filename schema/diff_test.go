package schema_test

import (
	"fmt"
	"testing"

	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []string
	}{
		{"equal but for the order of members", `{"a":1,"b":2}`, `{"b":2,"a":1}`, nil},
		{"a scalar", `{"a":1}`, `{"a":2}`, []string{"a: 1 → 2"}},
		{"a number that a float cannot hold", `{"a":12345678901234567890}`, `{"a":12345678901234567891}`, []string{"a: 12345678901234567890 → 12345678901234567891"}},
		{"absent, null and empty", `{"a":null,"b":""}`, `{"c":[]}`, []string{"a: null → ", `b: "" → `, "c:  → []"}},
		{"inside an object", `{"p":{"x":1,"y":2}}`, `{"p":{"x":1,"y":3}}`, []string{"p/y: 2 → 3"}},
		{"elements by their ids", `{"l":[{"id":"a","n":1},{"id":"b","n":1}]}`, `{"l":[{"id":"b","n":2},{"id":"c"}]}`,
			[]string{`l/a: {"id":"a","n":1} → `, "l/b/n: 1 → 2", `l/c:  → {"id":"c"}`}},
		{"only the order", `{"l":[{"id":"a"},{"id":"b"}]}`, `{"l":[{"id":"b"},{"id":"a"}]}`, []string{`l/order: ["a","b"] → ["b","a"]`}},
		{"texts as a whole", `{"t":["a","b"]}`, `{"t":["a"]}`, []string{`t: ["a","b"] → ["a"]`}},
		{"elements with one id twice", `{"l":[{"id":"a"},{"id":"a"}]}`, `{"l":[{"id":"a"}]}`, []string{`l: [{"id":"a"},{"id":"a"}] → [{"id":"a"}]`}},
		{"elements whose ids are no texts", `{"l":[{"id":1}]}`, `{"l":[{"id":2}]}`, []string{`l: [{"id":1}] → [{"id":2}]`}},
		{"texts that are written in two ways", `{"a":"\u00e9","l":["\u0041"]}`, `{"a":"é","l":["A"]}`, nil},
		{"a content is one thing", `{"c":{"_blob":"1","_form":"x"}}`, `{"c":{"_blob":"2","_form":"x"}}`,
			[]string{`c: {"_blob":"1","_form":"x"} → {"_blob":"2","_form":"x"}`}},
		{"nothing there", ``, `{"a":1}`, []string{`: null → {"a":1}`}},
		{"markup stays as it is", `{"a":"<b>"}`, `{"a":"<i>&"}`, []string{`a: "<b>" → "<i>&"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := schema.Diff([]byte(test.before), []byte(test.after))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range found {
				got = append(got, fmt.Sprintf("%s: %s → %s", c.Path, c.Old, c.New))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := schema.Diff([]byte(`{`), []byte(`{}`)); err == nil {
		t.Error("half an object is compared")
	}
}
