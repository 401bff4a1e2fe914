package testdb

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// LegacyForm is one of the ways in which the legacy app wrote its files.
type LegacyForm int

// The forms.
const (
	LegacyRaw    LegacyForm = iota // a collection file is the JSON itself
	LegacyMain                     // wrapped, pretty JSON inside, .backup.json beside it
	LegacyV2                       // wrapped, compact JSON inside, .<ms>.backup.json beside it
	LegacyExport                   // one file with everything, version 1.0.0
)

// LegacyMillis is the time that the written files say they are of.
const LegacyMillis = 1761700000000

// Legacy is what a legacy directory holds.
type Legacy struct {
	Collections map[string][][]byte // "notes" and so on: entities as JSON
	Keys        map[string]string   // "settings" and whatever else: JSON
	Before      map[string][][]byte // what the collections were before: their backups
	Attachments []LegacyFile        // the plain directory
}

// LegacyFile is an attachment as two files: what is known of it, and its text.
type LegacyFile struct{ ID, Meta, Text string }

// WriteLegacy writes l below dir as the app did. The same l gives the same bytes.
func WriteLegacy(t testing.TB, dir string, form LegacyForm, l Legacy) {
	t.Helper()
	if form == LegacyExport {
		writeExport(t, dir, l)
		return
	}
	for name, value := range l.values() {
		writeFile(t, filepath.Join(dir, "db", name+".json"), LegacyEncode(t, form, value))
	}
	for name, entities := range l.Before {
		backup := name + ".backup.json"
		if form == LegacyV2 {
			backup = name + "." + strconv.Itoa(LegacyMillis-1000) + ".backup.json"
		}
		writeFile(t, filepath.Join(dir, "db", backup), LegacyEncode(t, form, list(entities)))
	}
	for _, a := range l.Attachments {
		writeFile(t, filepath.Join(dir, "attachments", a.ID+".meta.json"), []byte(a.Meta))
		if a.Text != "" {
			writeFile(t, filepath.Join(dir, "attachments", a.ID+".dat"), []byte(a.Text))
		}
	}
}

func (l Legacy) values() map[string]string {
	all := map[string]string{}
	for name, value := range l.Keys {
		all[name] = value
	}
	for name, entities := range l.Collections {
		all[name] = list(entities)
	}
	return all
}

func list(entities [][]byte) string {
	return "[" + string(bytes.Join(entities, []byte(","))) + "]"
}

func writeExport(t testing.TB, dir string, l Legacy) {
	t.Helper()
	var b strings.Builder
	b.WriteString("{")
	for _, name := range []string{"topics", "companies", "contacts", "notes", "tasks", "sessions"} {
		b.WriteString(strconv.Quote(name) + ":" + list(l.Collections[name]) + ",")
	}
	for _, name := range []string{"aiSettings", "preferences"} {
		if value, ok := l.Keys[name]; ok {
			b.WriteString(strconv.Quote(name) + ":" + value + ",")
		}
	}
	b.WriteString(`"exportedAt":"2025-10-29T01:06:40.000Z","version":"1.0.0","appVersion":"0.5.1"}`)
	writeFile(t, filepath.Join(dir, "taskerino-export-"+strconv.Itoa(LegacyMillis)+".json"), pretty(t, b.String()))
}

// LegacyEncode gives a collection file that holds a JSON value.
func LegacyEncode(t testing.TB, form LegacyForm, value string) []byte {
	t.Helper()
	inner := pretty(t, value)
	switch form {
	case LegacyRaw:
		return inner
	case LegacyV2:
		inner = compact(t, value)
	}
	packed := gzipped(t, inner)
	data, compressed := "GZIP_V1:"+base64.StdEncoding.EncodeToString(packed), true
	if form == LegacyMain && len(packed) > 65536 { // more than the app could turn into text
		data, compressed = string(inner), false
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return pretty(t, `{"version":1,"checksum":"`+LegacyChecksum(inner)+`","timestamp":`+strconv.Itoa(LegacyMillis)+
		`,"compressed":`+strconv.FormatBool(compressed)+`,"data":`+string(text)+`}`)
}

// LegacyChecksum is the app's hash over the UTF-16 units of a text, in base 36.
func LegacyChecksum(text []byte) string {
	var h int32
	for _, unit := range utf16.Encode([]rune(string(text))) {
		h = h*31 + int32(unit)
	}
	return strconv.FormatInt(int64(h), 36)
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var asWritten = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true)}

func pretty(t testing.TB, value string) []byte {
	t.Helper()
	v := jsontext.Value(value)
	if err := v.Indent(append(asWritten, jsontext.WithIndent("  "))...); err != nil {
		t.Fatal(err)
	}
	return v
}

func compact(t testing.TB, value string) []byte {
	t.Helper()
	v := jsontext.Value(value)
	if err := v.Compact(asWritten...); err != nil {
		t.Fatal(err)
	}
	return v
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
