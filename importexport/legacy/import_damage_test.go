package legacy_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/testdb"
	"taskstore/repo"

	"pgregory.net/rapid"
)

var draws = flag.Int("import.draws", 4, "how many damaged directories are drawn and imported")

// drawing is a testing.TB for the helpers whose failures are rapid's.
type drawing struct {
	testing.TB
	t    *rapid.T
	last []func()
}

func (d *drawing) Helper()                      {}
func (d *drawing) Errorf(f string, args ...any) { d.t.Errorf(f, args...) }
func (d *drawing) Error(args ...any)            { d.t.Error(args...) }
func (d *drawing) Fatalf(f string, args ...any) { d.t.Fatalf(f, args...) }
func (d *drawing) Fatal(args ...any)            { d.t.Fatal(args...) }
func (d *drawing) Failed() bool                 { return d.t.Failed() }
func (d *drawing) Cleanup(fn func())            { d.last = append(d.last, fn) }
func (d *drawing) int(from, to int) int         { return rapid.IntRange(from, to).Draw(d.t, "n") }
func (d *drawing) one(list []string) string     { return rapid.SampledFrom(list).Draw(d.t, "which") }
func (d *drawing) read(dir, name string) []byte { return must(d, filepath.Join(dir, name)) }
func (d *drawing) end() {
	for _, fn := range slices.Backward(d.last) {
		fn()
	}
}

func must(t testing.TB, path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestImportDamaged writes random contents in random forms, damages some of the
// files, and imports what is left: nothing is lost, nothing is invented, nothing
// is there twice, everything is accounted for, and a second import changes nothing.
func TestImportDamaged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, testdb.Draws(*draws, func(rt *rapid.T) {
		d := &drawing{TB: t, t: rt}
		defer d.end()
		damagedImport(d)
	}))
}

func damagedImport(d *drawing) {
	size := testdb.LegacySize{Sessions: d.int(0, 2), Notes: d.int(0, 4), Tasks: d.int(0, 4), Topics: d.int(0, 2), Companies: d.int(0, 1), Contacts: d.int(0, 2),
		Attachments: d.int(0, 3), Items: d.int(0, 2), Odd: 8 * d.int(0, 1)}
	content := testdb.SeededLegacy(uint64(d.int(0, 1<<20)), size)
	opt := testdb.LegacyOptions{Content: &content, Form: testdb.DirForms()[d.int(0, 2)]}
	older := content.Older()
	if d.int(0, 3) > 0 {
		opt.Older = &older
	}
	dir := d.TempDir()
	testdb.WriteLegacyDir(d, dir, opt)
	hurt := damage(d, dir, opt.Form)

	before := tree(d, dir)
	s := testdb.Open(d)
	r := importing(d, s, dir)
	l := wantLedger(d, s, r, dir)
	wantEachKept(d, s, l.candidates)
	wantNothingNew(d, s, l.candidates)
	wantSound(d, s, content, hurt)
	first := dump(d, s)
	importing(d, s, dir)
	wantSame(d, "imported again", dump(d, s), first)
	wantSame(d, "the source", tree(d, dir), before)
}

// damage does to some files what happened to files of the app, and tells which.
func damage(d *drawing, dir string, form testdb.DirForm) map[string]bool {
	files, err := filepath.Glob(filepath.Join(dir, "db", "*.json"))
	if err != nil {
		d.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, "db/"+filepath.Base(f))
	}
	hurt := map[string]bool{}
	for range d.int(0, 3) {
		name := d.one(names)
		text := d.read(dir, name)
		hurt[name] = true
		if len(text) == 0 {
			continue
		}
		at := d.int(0, len(text)-1)
		switch kind := d.int(0, 5); {
		case kind == 0:
			text = text[:at]
		case kind == 1:
			text[at] ^= byte(d.int(1, 255))
		case kind == 2:
			text = nil
		case kind == 3:
			text = make([]byte, len(text))
		case form == testdb.DirRaw && bytes.HasPrefix(text, []byte("[\n")):
			more := []string{`5, "text", null, `, `{"id":"twice","name":"a"}, {"id":"twice","name":"b"}, `, `{"no":"id"}, {"no":"id"}, {"id":7}, `}
			text = append([]byte("["+d.one(more)), text[1:]...)
		default:
			text = append([]byte("\xef\xbb\xbf"), text...)
		}
		put(d, dir, name, string(text))
	}
	return hurt
}

// wantEachKept wants every record that the source holds in the store: as the live
// one, as a part of it, or in its history.
func wantEachKept(t testing.TB, s *repo.Store, list []record.Candidate) {
	t.Helper()
	ctx := context.Background()
	all := of(t, s)
	for _, c := range list {
		entity, ok := all[c.Collection]
		if !ok || len(c.Raw) == 0 || c.ID == "" {
			continue // an id was made: the account holds it
		}
		held, _, err := entity.get(ctx, c.ID)
		if err != nil {
			t.Errorf("%s%s: %s %q is not in the store: %v", c.File, c.Pointer, c.Collection, c.ID, err)
			continue
		}
		if sameJSON(held, c.Raw) || within(t, c.Raw, held) {
			continue
		}
		state, err := ledger.Of(s).VersionState(ctx, testdb.Singular(c.Collection), c.ID, hashOf(t, c.Raw))
		if err != nil {
			t.Errorf("%s%s: %s %q is neither live nor in the history: %v", c.File, c.Pointer, c.Collection, c.ID, err)
			continue
		}
		testdb.WantJSON(t, "version of "+c.ID, []byte(state), c.Raw)
	}
}

// within says whether all members of an object are members of another.
func within(t testing.TB, part, whole []byte) bool {
	t.Helper()
	has := membersOf(t, whole)
	for name, value := range membersOf(t, part) {
		if value != "null" && has[name] != value {
			return false
		}
	}
	return true
}

// membersOf gives the members of an object in canonical form.
func membersOf(t testing.TB, raw []byte) map[string]string {
	t.Helper()
	text, err := testdb.Canon(raw)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	depth, begin, quoted := 0, 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == ',' && depth == 1 || c == '}' && depth == 1:
			if name, value, ok := strings.Cut(text[begin:i], `":`); ok {
				all[name] = value
			}
			begin = i + 1
			fallthrough
		case c == '}' || c == ']':
			if c != ',' {
				depth--
			}
		}
	}
	return all
}

// wantNothingNew wants no entity, and no member of one, that no record of the
// source has.
func wantNothingNew(t testing.TB, s *repo.Store, list []record.Candidate) {
	t.Helper()
	ctx := context.Background()
	known := map[string][]record.Candidate{}
	for _, c := range list {
		known[c.Collection+" "+c.ID] = append(known[c.Collection+" "+c.ID], c)
	}
	for kind, entity := range of(t, s) {
		for _, trash := range []bool{false, true} {
			ids, err := entity.ids(ctx, trash)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				from := known[kind+" "+id]
				if len(from) == 0 && !strings.HasPrefix(id, "legacy-") {
					t.Errorf("%s %q was invented", kind, id)
				}
				held, _, err := entity.get(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				wantFrom(t, kind+" "+id, held, from)
			}
		}
	}
}

func wantFrom(t testing.TB, what string, held []byte, from []record.Candidate) {
	t.Helper()
	if len(from) == 0 {
		return
	}
	for name, value := range membersOf(t, held) {
		if !slices.ContainsFunc(from, func(c record.Candidate) bool { return len(c.Raw) == 0 || membersOf(t, c.Raw)[name] == value }) {
			t.Errorf("%s: no record has %s = %.100s", what, name, value)
		}
	}
}

// wantSound wants what stands in the live files that nothing happened to, as it is.
func wantSound(t testing.TB, s *repo.Store, c testdb.LegacyContent, hurt map[string]bool) {
	t.Helper()
	for _, kind := range testdb.LegacyKinds {
		if hurt["db/"+kind+".json"] {
			continue
		}
		for i := range c.Counts[kind] {
			raw := c.Entity(kind, i)
			held, head, err := of(t, s)[kind].get(context.Background(), idOf(t, raw))
			switch {
			case err != nil:
				t.Errorf("%s %q is lost: %v", kind, idOf(t, raw), err)
			case head.TrashedAt != "":
				t.Errorf("%s %q is in the trash: %s", kind, idOf(t, raw), head.TrashReason)
			default:
				testdb.WantJSON(t, fmt.Sprint(kind, i), held, raw)
			}
		}
	}
}
