package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"taskstore/importexport/vault"
	"taskstore/internal/durable"
	"taskstore/internal/testdb"
	"taskstore/schema"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzNames: a name that is made of a text is one on every system, and is given once.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"CON", "nul.txt", "com¹.x", "COM1", "..", ".", "../../etc/passwd", `..\..\x`, "a/b", "a\x00b", strings.Repeat("é", 300), "é", "e\u0301", "NOTE", "x.", "x ",
		"C:x", "-rf", "a:b", "\u202egnp.exe", "", "\xff", "~x", "🏳️‍🌈" + strings.Repeat("🏳️‍🌈", 30), ". . .-", "[[x]]|y#z^", "-._.CON", "$.con"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		names := vault.NewNames([]string{"notes/" + strings.ToUpper(vault.SafeName(text)) + ".MD"})
		first, second := names.Take("notes", text, ".md"), names.Take("notes", strings.ToUpper(text), ".md")
		if strings.EqualFold(first, second) || strings.EqualFold(first, "notes/"+vault.SafeName(text)+".md") {
			t.Errorf("%q became %q and %q", text, first, second)
		}
		name := vault.SafeName(text)
		bare, _, _ := strings.Cut(strings.ToUpper(name), ".")
		switch {
		case name == "" || len(name) > 101 || !utf8.ValidString(name) || !norm.NFC.IsNormalString(name):
			t.Errorf("%q became %q", text, name)
		case strings.ContainsAny(name, "/\\:*?\"<>|#^[]\x00\n\r\t\u202e\u2028") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") || strings.TrimSpace(name) != name:
			t.Errorf("%q became %q", text, name)
		case bare == "CON" || bare == "NUL" || bare == "COM1" || bare == "LPT1" || bare == "COM¹":
			t.Errorf("%q became the device %q", text, name)
		}
	})
}

// TestPage: whatever a record holds, its front matter is YAML that other programs read, and
// gives the same JSON back.
func TestPage(t *testing.T) {
	records := []string{`{}`, `{"":1,"yes":true,"<<":{"a":1},"_exact":"mine","a":1,"a":2}`, `{"n":[1,2.50,1e400,-0,12345678901234567890],"s":"\ud800","t":"\ud83d\ude00\u0085\u2028\u0000"}`,
		"{\"bad\":\"\xff\",\"\\ud800\":null}", `{"` + strings.Repeat("k", 2000) + `":{"` + strings.Repeat("k", 2000) + `":1}}`, `{"title":"---\n...\n- a: 'b' \"c\" # d","o":{"<<":[{}],"x":{"a":[],"b":{}}}}`}
	for seed := range uint64(60) {
		g := testdb.Seeded(seed, 40)
		records = append(records, string(testdb.Entity[schema.Session](g, "s")), string(testdb.Entity[schema.Note](g, "n")))
	}
	for _, record := range records {
		own := []vault.Member{{Name: vault.Kind, Value: vault.Text("note")}}
		text, err := vault.Page(own, []byte(record), []byte("---\nbody"))
		if err != nil {
			t.Fatalf("%.300s: %v", record, err)
		}
		members, body, err := vault.Parse(text)
		if err != nil || string(body) != "---\nbody" || vault.Find(members, vault.Kind) != "note" {
			t.Fatalf("%.300s: %q, %v, of\n%.500s", record, body, err, text)
		}
		wantEqual(t, []byte(record), vault.Object(members[1:]))
		front, _, _ := bytes.Cut(text[4:], []byte("\n---\n"))
		var any map[string]any
		if err := yaml.Unmarshal(front, &any); err != nil || any[vault.Kind] != "note" {
			t.Errorf("%.300s: %v", front, err)
		}
	}
}

// wantEqual holds that two texts hold the same members, each as often, in whatever order.
func wantEqual(t *testing.T, want, got []byte) {
	t.Helper()
	a, err := testdb.Canon(want)
	fatal(t, err)
	b, err := testdb.Canon(got)
	if err != nil || a != b {
		t.Errorf("%.400s\nbecame\n%.400s, %v", want, got, err)
	}
}

// TestParse reads what an editor writes.
func TestParse(t *testing.T) {
	text := "\xef\xbb\xbf---\r\ntags:\n  - a\n  - \"b: c\"\ndate: 2026-11-01\nwhen: 2026-11-01T10:00:00Z\nnone: ~\nyes: Yes\nhex: 0x1F\nlong: >-\n  two\n  words\nnumber: 12345678901234567890\n--- \r\nbody\r\n"
	members, body, err := vault.Parse([]byte(text))
	fatal(t, err)
	want := `{"tags":["a","b: c"],"date":"2026-11-01","when":"2026-11-01T10:00:00Z","none":null,"yes":"Yes","hex":31,"long":"two words","number":12345678901234567890}`
	if got := string(vault.Object(members)); got != want || string(body) != "body\r\n" {
		t.Errorf("%s and %q", got, body)
	}
	for _, bad := range []string{"", "no front", "---\nnever ends", "---\na: 1\na: 2\n---\n", "---\na: [\n---\n", "---\n- a\n---\n", "---\na: &x [1]\nb: *x\n---\n", "---\n_exact: '{'\n---\n"} {
		if members, _, err := vault.Parse([]byte(bad)); err == nil {
			t.Errorf("%q gave %v", bad, members)
		}
	}
}

// stops is a context that ends when it has been asked so often.
type stops struct {
	context.Context
	left *int
}

func (s stops) Err() error {
	if *s.left--; *s.left < 0 {
		return context.Canceled
	}
	return nil
}

func fill(ctx, commit context.Context, dir string, pages map[string]string) (err error) {
	f, err := vault.Begin(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for name, text := range pages {
		if _, err := f.Put(name, "note/"+name, "", func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			return err
		}
	}
	return f.Commit(commit, "2026-11-01T10:00:00.000Z", nil)
}

// TestCommitStopped: wherever putting the files in place is stopped, the vault says that it
// is not whole, nobody's file is lost, and the next export completes it.
func TestCommitStopped(t *testing.T) {
	old, now := map[string]string{}, map[string]string{}
	for i := range 6 {
		old[fmt.Sprint("notes/", i, ".md")] = fmt.Sprint("old ", i)
		now[fmt.Sprint("notes/", i+2, ".md")] = fmt.Sprint("new ", i)
	}
	stopped := 0
	for n := range 12 {
		dir := filepath.Join(t.TempDir(), "v")
		fatal(t, fill(t.Context(), t.Context(), dir, old))
		fatal(t, os.WriteFile(filepath.Join(dir, "notes", "mine.md"), []byte("mine"), 0o600))
		err := fill(t.Context(), stops{t.Context(), &n}, dir, now)
		if _, open := vault.Open(dir); err != nil && open == nil {
			t.Errorf("after %v it is whole", err)
		} else if err != nil {
			stopped++
		}
		fatal(t, fill(t.Context(), t.Context(), dir, now))
		_, err = vault.Open(dir)
		fatal(t, err)
		now["notes/mine.md"] = "mine"
		entries, err := os.ReadDir(filepath.Join(dir, "notes"))
		if err != nil || len(entries) != len(now) {
			t.Errorf("%d files, %v", len(entries), err)
		}
		for name, text := range now {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
				t.Errorf("%s is %q, %v", name, got, err)
			}
		}
		delete(now, "notes/mine.md")
	}
	if stopped < 5 {
		t.Errorf("it was stopped %d times", stopped)
	}
}

// TestFolder: two exports at a time, a page that is edited while one is written, and a folder that
// is a link elsewhere are refused.
func TestFolder(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "v")
	fatal(t, fill(ctx, ctx, dir, map[string]string{"notes/a.md": "a"}))
	f, err := vault.Begin(ctx, dir)
	fatal(t, err)
	if _, err := vault.Begin(ctx, dir); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second export: %v", err)
	}
	_, err = f.Put("notes/a.md", "note/a", "", func(w io.Writer) error { _, err := io.WriteString(w, "newer"); return err })
	fatal(t, err)
	if _, err := f.Put("x", "", strings.Repeat("0", 64), func(io.Writer) error { return nil }); !errors.Is(err, vault.ErrContent) {
		t.Errorf("another content: %v", err)
	}
	fatal(t, os.WriteFile(filepath.Join(dir, "notes", "a.md"), []byte("edited"), 0o600))
	if err := f.Commit(ctx, "2026-11-01T10:00:00.000Z", nil); !errors.As(err, new(*schema.InvalidError)) {
		t.Errorf("an edited page: %v", err)
	}
	fatal(t, f.Close())
	if text, err := os.ReadFile(filepath.Join(dir, "notes", "a.md")); err != nil || string(text) != "edited" {
		t.Errorf("%q, %v", text, err)
	}
	linked, outside := filepath.Join(t.TempDir(), "l"), t.TempDir()
	fatal(t, fill(ctx, ctx, linked, nil))
	if err := os.Symlink(outside, filepath.Join(linked, "notes")); err != nil {
		t.Skip(err)
	}
	if err := fill(ctx, ctx, linked, map[string]string{"notes/a.md": "a"}); !errors.As(err, new(*schema.InvalidError)) {
		t.Errorf("a folder that is a link: %v", err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestMarker: the marker is JSON that says what is ours.
func TestMarker(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v")
	fatal(t, fill(t.Context(), t.Context(), dir, map[string]string{"notes/a.md": "a"}))
	text, err := os.ReadFile(filepath.Join(dir, vault.MarkerName))
	fatal(t, err)
	var m vault.Marker
	if err := json.Unmarshal(text, &m); err != nil || len(m.Files) != 1 || m.Files[0].Path != "notes/a.md" || m.Files[0].Size != 1 {
		t.Errorf("%s, %v", text, err)
	}
}
