package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLess(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"the same", `{"a":1,"b":[1,2],"c":{"d":"x"}}`, `{"c":{"d":"x"},"b":[1,2],"a":1}`, nil},
		{"more", `{"a":1}`, `{"a":1,"b":2}`, nil},
		{"changed", `{"a":1,"b":"x"}`, `{"a":"1","b":"y"}`, nil},
		{"a member", `{"a":1,"b":2}`, `{"a":1}`, []string{"b"}},
		{"emptied", `{"a":"x","b":[1],"c":{"d":1}}`, `{"a":"","b":[],"c":null}`, []string{"a", "b", "c"}},
		{"was empty", `{"a":"","b":[],"c":null,"d":{}}`, `{}`, nil},
		{"false and 0 are values", `{"a":false,"b":0}`, `{}`, []string{"a", "b"}},
		{"tags", `{"tags":["x","y"]}`, `{"tags":["y","z"]}`, []string{"tags/x"}},
		{"elements by id", `{"l":[{"id":"1","t":"a"},{"id":"2","t":"b"}]}`, `{"l":[{"id":"2"}]}`, []string{"l/1", "l/2/t"}},
		{"elements by place", `{"l":[{"t":"a"},{"t":"b"}]}`, `{"l":[{"t":"c"}]}`, []string{"l/1"}},
		{"a text that is called like a place", `{"l":[1,"2",null]}`, `{"l":[1,"2",null]}`, nil},
		{"an id that is called like a place or a text", `{"l":["x","0",{"id":"x","t":1},{"id":"1"}]}`, `{"l":["x","0",{"id":"x","t":1},{"id":"1"}]}`, nil},
		{"an id that comes twice", `{"l":[{"id":"a","t":1},{"id":"a"}]}`, `{"l":[{"id":"a","t":1},{"id":"a"}]}`, nil},
		{"our own members", `{"_rev":3,"_trash":{}, "":1}`, `{"":1}`, nil},
		{"a content", `{"c":{"_blob":"0a","_form":""},"d":{"_blob":"0b"}}`, `{"c":"text"}`, []string{"d"}},
		{"another type", `{"a":{"b":1},"l":[1]}`, `{"a":5,"l":"x"}`, []string{"a", "l"}},
	}
	for _, test := range tests {
		got, err := less([]byte(test.old), []byte(test.new))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}
