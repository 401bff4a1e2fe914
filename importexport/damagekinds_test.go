package importexport_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// damage does one thing to the file, or to what is packed inside of it.
func (d *damaged) damage(r *rand.Rand) {
	if r.IntN(12) == 0 {
		d.name = []string{"file.json", "notes (1).json", "NOTES.JSON", "x.zip", "export", "settings.json"}[r.IntN(6)]
		d.told = append(d.told, "called "+d.name)
		return
	}
	if inside, what := d.inside(r); inside != nil {
		d.text = inside
		d.told = append(d.told, what)
		return
	}
	var what string
	d.text, what = damagedText(r, d.text)
	d.told = append(d.told, what)
}

// inside damages a member of a zip, or the text in a compressed wrapper, and packs it again.
func (d *damaged) inside(r *rand.Rand) (text []byte, what string) {
	if r.IntN(3) == 0 {
		return nil, ""
	}
	if bytes.HasPrefix(d.text, []byte("PK")) {
		return damagedZip(r, d.text)
	}
	var w map[string]json.RawMessage
	var data string
	if json.Unmarshal(d.text, &w) != nil || json.Unmarshal(w["data"], &data) != nil || !strings.HasPrefix(data, packedMark) {
		return nil, ""
	}
	plain, err := unpacked(data)
	if err != nil {
		return nil, ""
	}
	plain, what = damagedText(r, plain)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(plain)
	if w["data"], _ = json.Marshal(packedMark + base64.StdEncoding.EncodeToString(closed(z, &b, err))); err != nil {
		return nil, ""
	}
	text, err = json.Marshal(w)
	if err != nil {
		return nil, ""
	}
	return text, "inside: " + what
}

// packedMark begins a compressed text of the legacy app.
const packedMark = "GZIP_V1:"

func unpacked(data string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(data, packedMark))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func closed(z io.Closer, b *bytes.Buffer, err error) []byte {
	if errors.Join(err, z.Close()) != nil {
		return nil
	}
	return b.Bytes()
}

// damagedZip damages a member, its text or its name. The rest stays as it is: the manifest
// of an archive then tells.
func damagedZip(r *rand.Rand, text []byte) ([]byte, string) {
	in, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil || len(in.File) == 0 {
		return nil, ""
	}
	at, way := r.IntN(len(in.File)), r.IntN(6)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	what := ""
	for i, f := range in.File {
		name := f.Name
		from, err := f.Open()
		if err != nil {
			return nil, ""
		}
		data, err := io.ReadAll(from)
		if err != nil {
			return nil, ""
		}
		times := 1
		if i == at {
			switch way {
			case 0:
				what, times = "left out "+name, 0
			case 1:
				what, times = "twice "+name, 2
			case 2:
				what = "renamed " + name
				name = damagedName(r, name)
				what += " to " + name
			default:
				data, what = damagedText(r, data)
				what = name + ": " + what
			}
		}
		for range times {
			w, err := out.Create(name)
			if err == nil {
				_, err = w.Write(data)
			}
			if err != nil {
				return nil, ""
			}
		}
	}
	return closed(out, &b, nil), what
}

var memberName = regexp.MustCompile(`"[A-Za-z_][A-Za-z0-9_]*" ?:`)

// damagedText does one thing to a text.
func damagedText(r *rand.Rand, text []byte) ([]byte, string) {
	if len(text) == 0 {
		return text, "nothing"
	}
	at := r.IntN(len(text))
	to := min(len(text), at+1+r.IntN(200))
	out := slices.Clone(text)
	switch way := []string{"cut", "cut", "head", "double", "line doubled", "lines swapped", "line lost", "flip", "flip", "letter", "letter", "byte lost",
		"utf16le", "utf16be", "latin1", "bom", "crlf", "member", "member", "member", "member", "zero", "tail", "garbage", "empty"}[r.IntN(25)]; way {
	case "cut":
		return out[:at], fmt.Sprint("cut at ", at)
	case "head":
		return out[to-min(to, 200):], fmt.Sprint("head lost to ", to-min(to, 200))
	case "double":
		return append(out, text...), "doubled"
	case "line doubled", "lines swapped", "line lost":
		return damagedLines(r, text, way)
	case "flip":
		out[at] ^= 1 << r.IntN(8)
		return out, fmt.Sprint("a bit at ", at)
	case "letter":
		letter := `x0"{}[],:\ -é` + "\n"
		out[at] = letter[r.IntN(len(letter))]
		return out, fmt.Sprintf("%q at %d was %q", out[at], at, text[at])
	case "byte lost":
		return slices.Delete(out, at, at+1), fmt.Sprint("byte lost at ", at)
	case "utf16le", "utf16be":
		return utf16Text(text, way == "utf16be"), way
	case "latin1":
		return latin1(text), way
	case "bom":
		return append([]byte("\xef\xbb\xbf"), text...), way
	case "crlf":
		return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), way
	case "zero":
		clear(out[at:to])
		return out, fmt.Sprint("zeros from ", at, " to ", to)
	case "tail":
		clear(out[at:])
		return out, fmt.Sprint("zeros from ", at)
	case "garbage":
		return append(out, []string{"x", "{}", "]", "\x00\x00\x00", "\nnull\n", "[1]"}[r.IntN(6)]...), "more at the end"
	case "empty":
		return nil, way
	}
	names := memberName.FindAllIndex(text, -1)
	if len(names) == 0 {
		return out, "nothing"
	}
	n := names[r.IntN(len(names))]
	was := string(text[n[0]+1 : bytes.LastIndexByte(text[:n[1]], '"')])
	name := damagedName(r, was)
	if other := names[r.IntN(len(names))]; r.IntN(4) == 0 {
		name = string(text[other[0]+1 : bytes.LastIndexByte(text[:other[1]], '"')])
	}
	return slices.Concat(text[:n[0]+1], []byte(name), text[n[0]+1+len(was):]), fmt.Sprintf("member %s at %d is %s", was, n[0], name)
}

// damagedName changes a name: a letter, its case, or more at its end.
func damagedName(r *rand.Rand, name string) string {
	at := r.IntN(len(name))
	switch r.IntN(4) {
	case 0:
		return name[:at] + "q" + name[at+1:]
	case 1:
		return strings.ToUpper(name)
	case 2:
		return name + "x"
	}
	return name[:at] + name[at+1:]
}

func damagedLines(r *rand.Rand, text []byte, way string) ([]byte, string) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	a, b := r.IntN(len(lines)), r.IntN(len(lines))
	switch way {
	case "line doubled":
		lines = slices.Insert(lines, a, lines[b])
	case "lines swapped":
		lines[a], lines[b] = lines[b], lines[a]
	case "line lost":
		lines = slices.Delete(lines, a, a+1)
	}
	return bytes.Join(lines, nil), fmt.Sprint(way, ": ", a, ", ", b)
}

func utf16Text(text []byte, big bool) (out []byte) {
	for _, u := range utf16.Encode([]rune("\ufeff" + string(text))) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func latin1(text []byte) (out []byte) {
	for _, c := range string(text) {
		if c > 0xff {
			c = '?'
		}
		out = append(out, byte(c))
	}
	return out
}
