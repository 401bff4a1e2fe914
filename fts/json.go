package fts

import (
	"encoding/json"
	"strings"

	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonText gives the texts in a JSON value that a person could read, one a line:
// all strings but ids, times, and words of the program's own.
func jsonText(text schema.JSON) string {
	if text == "" || text == "null" || strings.IndexByte(string(text), '"') < 0 {
		return ""
	}
	var b strings.Builder
	w := jsonWalk{text: string(text)}
	w.run(func(key, value string) {
		if value == "" || silent(key) || notText(value) {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(value)
	})
	return b.String()
}

// silentKeys are members whose texts are not for people.
var silentKeys = map[string]bool{"id": true, "timestamp": true, "lastUpdated": true, "schemaVersion": true, "type": true, "status": true,
	"severity": true, "icon": true, "color": true, "model": true, "modelUsed": true, "logoUrl": true, "photoUrl": true, "hash": true,
	"detectedActivityType": true, "base64": true, "thumbnail": true, "dataUri": true}

func silent(key string) bool {
	return silentKeys[key] || strings.HasSuffix(key, "Id") || strings.HasSuffix(key, "Ids") || strings.HasSuffix(key, "At")
}

// notText tells of times and of contents written as text.
func notText(s string) bool {
	if strings.HasPrefix(s, "data:") && len(s) > 200 {
		return true
	}
	if len(s) >= 20 && len(s) <= 32 && s[4] == '-' && s[10] == 'T' {
		_, ok := schema.ParseTime(s)
		return ok
	}
	return false
}

// jsonWalk goes through a valid JSON text without building a tree.
type jsonWalk struct {
	text string
	keys []string // of the objects and lists that are open
	room []byte   // for the value of a string
}

func (w *jsonWalk) run(emit func(key, value string)) {
	key, isKey := "", false // isKey: the next string is a member's name
	for i := 0; i < len(w.text); {
		switch c := w.text[i]; c {
		case '{', '[':
			w.keys = append(w.keys, key)
			isKey = c == '{'
			i++
		case '}', ']':
			if n := len(w.keys); n > 0 {
				key, w.keys = w.keys[n-1], w.keys[:n-1]
			}
			isKey = false
			i++
		case ',':
			isKey = w.inObject(i)
			i++
		case '"':
			end := stringEnd(w.text, i)
			value := w.unquote(w.text[i:end])
			if next := skipSpace(w.text, end); isKey && next < len(w.text) && w.text[next] == ':' {
				key, isKey, end = value, false, next+1
			} else {
				emit(key, value)
			}
			i = end
		default:
			i++
		}
	}
}

// inObject tells whether a name may follow the comma at i: a string and a colon.
func (w *jsonWalk) inObject(i int) bool {
	i = skipSpace(w.text, i+1)
	if i >= len(w.text) || w.text[i] != '"' {
		return false
	}
	end := skipSpace(w.text, stringEnd(w.text, i))
	return end < len(w.text) && w.text[end] == ':'
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// stringEnd gives the place after the string that begins at i.
func stringEnd(s string, i int) int {
	for i++; i < len(s); {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return len(s)
		}
		end := i + n
		for i <= end {
			escape := strings.IndexByte(s[i:end], '\\')
			if escape < 0 {
				return end + 1
			}
			i += escape + 2
		}
	}
	return len(s)
}

// unquote gives the value of a string. encoding/json takes some texts that are not
// quite JSON, and decides what they are.
func (w *jsonWalk) unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return strings.Trim(s, `"`)
	}
	var err error
	if w.room, err = jsontext.AppendUnquote(w.room[:0], s); err == nil {
		return string(w.room)
	}
	var text string
	if json.Unmarshal([]byte(s), &text) != nil {
		return strings.Trim(s, `"`)
	}
	return text
}
