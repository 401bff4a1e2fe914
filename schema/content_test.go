package schema_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"testing"
	"time"

	"taskstore/schema"

	"pgregory.net/rapid"
)

// rebuilt decodes a text, keeps it as the store does, and builds it again.
func rebuilt(text string) (data []byte, again string, ok bool) {
	data, form, ok := schema.DecodeContent(text)
	sum := sha256.Sum256([]byte(text))
	sha := hex.EncodeToString(sum[:])
	c := schema.Content{Blob: sha, Form: form}
	if ok && form == schema.VerbatimForm("") {
		c.Form = schema.VerbatimForm(sha)
		return data, c.Rebuild([]byte(text)), ok
	}
	if !ok {
		data = []byte(text)
	}
	return data, c.Rebuild(data), ok
}

func TestContents(t *testing.T) {
	for text, want := range map[string]string{
		"aGVsbG8=":                        "hello",
		"aGVsbG8":                         "hello",
		"aGVs\nbG8=":                      "hello",
		"aGVs\r\nbG8=\r\n":                "hello",
		" aGVs bG8= ":                     "hello",
		"aGVsbG8==":                       "hello",
		"data:text/plain;base64,aGVsbG8=": "hello",
		"data:audio/mp3;rate=8;charset=x;base64,aGVsbG8": "hello",
		"data:image/png;base64,\naGVsbG8=":               "hello",
		"DATA:image/png;BASE64,aGVsbG8=":                 "hello",
		"\n data:image/png; base64 ,aGVsbG8=":            "\n"[:0] + "aGVsbG8=",
		"\r\n\tdata:image/png;base64,aGVsbG8=":           "hello",
		"data:image/png;\x00\xff\r\n;base64,aGVsbG8=":    "hello",
		"data:text/plain,a%20b%C3%A9,c":                  "a b\u00e9,c",
		"data:,":                                         "",
		"_-_-":                                           "\xff\xef\xfe"[:0] + string([]byte{0xff, 0xef, 0xfe}),
		"aGVsbG9=":                                       "hello", // bits that base64 does not use
	} {
		data, again, ok := rebuilt(text)
		if !ok || string(data) != want || again != text {
			t.Errorf("%q: %q (%t), written again %q", text, data, ok, again)
		}
	}
	for _, text := range []string{"!!", "data:image/png;base64", "data:x;base64,***", "aGVsbG8=aGVsbG8=", "data:text/plain,%zz", "a"} {
		if _, again, ok := rebuilt(text); ok || again != text {
			t.Errorf("%q: decoded %t, written again %q", text, ok, again)
		}
	}
	file := schema.Content{Blob: "x", Form: schema.FormFile}
	if file.Rebuild([]byte("hello")) != "aGVsbG8=" || file.Undecodable() || !(schema.Content{Form: schema.FormRaw}).Undecodable() {
		t.Error("forms")
	}
}

// TestContentsLossless: any text comes back, and usual base64 is recognised.
func TestContentsLossless(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(data:[a-z/;=]*,)?[A-Za-z0-9+/=\n_-]*`)).Draw(rt, "text")
		if _, again, _ := rebuilt(text); again != text {
			rt.Fatalf("%q became %q", text, again)
		}
		data := rapid.SliceOf(rapid.Byte()).Draw(rt, "data")
		got, form, ok := schema.DecodeContent(base64.StdEncoding.EncodeToString(data))
		if !ok || !bytes.Equal(got, data) || form != "base64:" {
			rt.Fatalf("%x: %x, %s, %t", data, got, form, ok)
		}
	})
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]schema.Time{
		"2025-01-02T03:04:05.678Z":      "2025-01-02T03:04:05.678Z",
		"2025-01-02T03:04:05Z":          "2025-01-02T03:04:05.000Z",
		"2025-01-02T03:04:05.6789Z":     "2025-01-02T03:04:05.678Z",
		"2025-01-02T03:04:05+02:00":     "2025-01-02T01:04:05.000Z",
		"2025-01-01T00:30:00.000+02:00": "2024-12-31T22:30:00.000Z",
		"0001-01-01T00:30:00+02:00":     "",
		"9999-12-31T23:30:00-02:00":     "",
		"2025-02-30T00:00:00.000Z":      "",
		"2025-01-02T24:00:00.000Z":      "",
		"2025-01-02":                    "",
		"2025-01-02 03:04:05":           "",
		"Friday":                        "",
		"":                              "",
		"2025-01-02T03:04:05.678z":      "2025-01-02T03:04:05.678Z",
		"2025-01-02t03:04:05Z":          "2025-01-02T03:04:05.000Z",
		"2025-01-02 03:04:05-01:00":     "2025-01-02T04:04:05.000Z",
		"2025-01-02T03:04:05,678Z":      "",
		"2025-01-02T3:04:05Z":           "",
		"2025-01-02T03:04:05":           "",
		"2025-01-02T03:04:60Z":          "",
		"2025-01-02T24:00:00Z":          "",
		"0000-01-01T00:00:00.000Z":      "",
		"0001-01-01T00:00:00Z":          "0001-01-01T00:00:00.000Z",
	} {
		got, ok := schema.ParseTime(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t, want %q", text, got, ok, want)
		}
	}
	at := time.Date(2025, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("x", 3600))
	if got := schema.TimeOf(at); got != "2025-01-02T02:04:05.678Z" {
		t.Errorf("TimeOf: %s", got)
	}
	if back, err := schema.TimeOf(at).Time(); err != nil || !back.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("Time: %v, %v", back, err)
	}
	if zero, err := schema.Time("").Time(); err != nil || !zero.IsZero() || schema.TimeOf(zero) != "" {
		t.Errorf("the unknown time: %v, %v", zero, err)
	}
	if _, err := schema.Time("Friday").Time(); err == nil {
		t.Error("Friday is a time")
	}
}

func TestColumns(t *testing.T) {
	got := map[string]schema.Column{}
	for _, c := range schema.Columns(reflect.TypeFor[schema.InlineAttachment]()) {
		if _, twice := got[c.Name]; twice {
			t.Errorf("column %s twice", c.Name)
		}
		got[c.Name] = c
	}
	for name, want := range map[string]schema.Column{
		"pk": {Type: schema.ColumnInt}, "id": {Type: schema.ColumnText}, "name": {Type: schema.ColumnText}, "size": {Type: schema.ColumnInt},
		"created_at": {Type: schema.ColumnText, Null: true}, "duration": {Type: schema.ColumnFloat, Null: true}, "waveform": {Type: schema.ColumnText, Null: true},
		"base64_blob": {Type: schema.ColumnBlob, Null: true}, "base64_form": {Type: schema.ColumnForm, Null: true}, "extra": {Type: schema.ColumnText, Null: true}, "odd": {Type: schema.ColumnText, Null: true},
	} {
		if c, ok := got[name]; !ok || c.Type != want.Type || c.Null != want.Null {
			t.Errorf("%s: %+v, want %+v", name, c, want)
		}
	}
	if len(got) != 22 {
		t.Errorf("%d columns: %v", len(got), got)
	}
}
