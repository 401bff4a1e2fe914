package legacy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
	"taskstore/importexport/legacy/source"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// forms runs a test for each form; source is the directory or the file.
func forms(t *testing.T, opt testdb.LegacyOptions, fn func(t *testing.T, form testdb.DirForm, source string, c testdb.LegacyContent)) {
	for _, form := range testdb.DirForms() {
		t.Run(string(form), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "source")
			opt.Form = form
			c := testdb.WriteLegacyDir(t, dir, opt)
			source := dir
			if form == testdb.DirExport {
				found, err := filepath.Glob(filepath.Join(dir, "*.json"))
				if err != nil || len(found) != 1 {
					t.Fatal(found, err)
				}
				source = found[0]
			}
			fn(t, form, source, c)
		})
	}
}

// TestImport takes each form into an empty store, with and without copies that
// are older: what comes out is what was written, and nothing changes when it is
// imported again.
func TestImport(t *testing.T) {
	t.Parallel()
	size := testdb.SmallLegacy
	size.Odd = 8
	content := testdb.SeededLegacy(3, size)
	older := content.Older()
	forms(t, testdb.LegacyOptions{Content: &content, Older: &older}, func(t *testing.T, form testdb.DirForm, source string, c testdb.LegacyContent) {
		s := testdb.Open(t)
		before := tree(t, source)
		r := importing(t, s, source)
		if r.Findings() {
			t.Errorf("findings in a sound source: %+v", r.Warnings)
		}
		wantContent(t, s, c, form)
		wantLedger(t, s, r, source)
		if form != testdb.DirExport {
			wantOlder(t, s, older)
		}
		first := dump(t, s)
		again := importing(t, s, source)
		wantSame(t, "after the second import", dump(t, s), first)
		if again.Run != r.Run || fmt.Sprint(again.Collections) != fmt.Sprint(r.Collections) || fmt.Sprint(again.Warnings) != fmt.Sprint(r.Warnings) {
			t.Errorf("the second report differs: run %s %v %v, was %s %v %v", again.Run, again.Collections, again.Warnings, r.Run, r.Collections, r.Warnings)
		}
		v, err := legacy.Verify(context.Background(), s, source, legacy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantVerified(t, v)
		wantSame(t, "the source", tree(t, source), before)
	})
}

// wantOlder looks for what only the backups held in the history.
func wantOlder(t *testing.T, s *repo.Store, older testdb.LegacyContent) {
	t.Helper()
	for _, kind := range testdb.LegacyKinds {
		id := ""
		for i := range min(1, older.Counts[kind]) {
			raw := older.Entity(kind, i)
			id = idOf(t, raw)
			state, err := ledger.Of(s).VersionState(context.Background(), testdb.Singular(kind), id, hashOf(t, raw))
			if err != nil {
				t.Errorf("%s %q as it was: %v", kind, id, err)
				continue
			}
			testdb.WantJSON(t, kind+" "+id+" as it was", []byte(state), raw)
		}
		list, err := of(t, s)[kind].history(context.Background(), id)
		if err != nil || len(list) != 1 || list[0].Source == "" || list[0].Origin != repo.OriginImport {
			t.Errorf("history of %s %q: %+v (%v)", kind, id, list, err)
		}
	}
}

func idOf(t testing.TB, raw []byte) string {
	t.Helper()
	var v struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// accounts is a sink that wants the store's account of the import to name every
// candidate that a scan finds, with its hash.
type accounts struct {
	t    testing.TB
	s    *repo.Store
	run  int64
	n    map[string]int64
	kept []string // files that are to be set aside

	candidates []record.Candidate
}

func (l *accounts) Candidate(c record.Candidate) error {
	l.n["found"]++
	l.candidates = append(l.candidates, c)
	r, err := ledger.Of(l.s).Record(context.Background(), l.run, c.File, c.Pointer)
	if err != nil {
		l.t.Errorf("%s%s (%s %q) is not accounted for: %v", c.File, c.Pointer, c.Collection, c.ID, err)
		return nil
	}
	if len(c.Raw) > 0 && r.SHA256 != hashOf(l.t, c.Raw) {
		l.t.Errorf("%s%s: hash %s differs", c.File, c.Pointer, r.SHA256)
	}
	l.n[r.Disposition]++
	return nil
}
func (l *accounts) Stray(record.Stray) error { l.n["stray"]++; return nil }
func (l *accounts) Hint(record.Hint) error   { return nil }
func (l *accounts) File(record.File) error   { return nil }
func (l *accounts) Quarantine(path, _ string) error {
	l.kept = append(l.kept, path)
	return nil
}

// wantLedger holds the account of an import against the source.
func wantLedger(t testing.TB, s *repo.Store, r legacy.Report, from string) *accounts {
	t.Helper()
	ctx := context.Background()
	src, err := source.Open(ctx, from, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	run, err := ledger.Of(s).RunOf(ctx, src.Hash)
	if err != nil || fmt.Sprint(run.PK) != r.Run || !run.Verified || run.FinishedAt == "" {
		t.Errorf("run %+v (%v), want %s, verified and finished", run, err, r.Run)
	}
	l := &accounts{t: t, s: s, run: run.PK, n: map[string]int64{}}
	if err := decode.Scan(ctx, src, l); err != nil {
		t.Fatal(err)
	}
	var sum report.Counts
	for kind, c := range r.Collections {
		if c.Found != c.Live+c.Recovered+c.Versions+c.Duplicates+c.Quarantined {
			t.Errorf("%s: the counts do not add up: %+v", kind, c)
		}
		sum.Found += c.Found
		sum.Live += c.Live
		sum.Recovered += c.Recovered
		sum.Versions += c.Versions
		sum.Duplicates += c.Duplicates
		sum.Quarantined += c.Quarantined
	}
	want := map[string]int64{"found": sum.Found - sum.Quarantined, "stray": sum.Quarantined, record.DispLive: sum.Live,
		record.DispRecovered: sum.Recovered, record.DispRevision: sum.Versions, record.DispDuplicate: sum.Duplicates}
	for what, n := range want {
		if l.n[what] != n {
			t.Errorf("the account has %d %s, the report %d", l.n[what], what, n)
		}
	}
	wantQuarantine(t, s, src, l.kept)
	return l
}

// withoutSecrets says whether what is in quarantine differs from the source on purpose. In
// a damaged text what looks like a secret may be something else.
func withoutSecrets(q ledger.Quarantined) bool {
	return strings.HasSuffix(q.Reason, "secrets in it were blanked out")
}

// wantQuarantine wants these files byte for byte among what was set aside.
func wantQuarantine(t testing.TB, s *repo.Store, src *source.Source, files []string) {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, q := range list {
		held[q.File+q.Pointer+" "+q.Blob] = true
		held[q.File] = held[q.File] || withoutSecrets(q)
	}
	for _, f := range src.Files {
		for _, path := range files {
			if f.Path == path && f.Sum != (rawjson.Sum{}) && !held[path+" "+f.Sum.String()] && !held[path] {
				t.Errorf("%s is not in quarantine as it is in the source", path)
			}
		}
	}
}

// TestImportOneAfterTheOther takes all forms of one content into one store: each
// entity is there once, and each source verifies afterwards.
func TestImportOneAfterTheOther(t *testing.T) {
	t.Parallel()
	content := testdb.SeededLegacy(9, testdb.SmallLegacy)
	s := testdb.Open(t)
	var sources []string
	at := t.TempDir()
	forms(t, testdb.LegacyOptions{Content: &content}, func(t *testing.T, form testdb.DirForm, source string, c testdb.LegacyContent) {
		kept := filepath.Join(at, string(form)+filepath.Ext(source))
		if err := os.Rename(source, kept); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, kept)
		importing(t, s, kept)
		for _, kind := range testdb.LegacyKinds {
			for id := range c.All(kind) {
				if _, head, err := of(t, s)[kind].get(context.Background(), id); err != nil || head.Rev != 1 {
					t.Errorf("%s %q is at revision %v (%v)", kind, id, head, err)
				}
			}
		}
	})
	wantContent(t, s, content, "")
	for _, source := range sources {
		r, err := legacy.Verify(context.Background(), s, source, legacy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantVerified(t, r)
	}
}

// TestImportLarge takes a collection that the app could not compress, one JSON
// text in a string.
func TestImportLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Form: testdb.DirWrapped, Seed: 5, Size: testdb.LegacySize{Notes: 700}})
	text, err := os.ReadFile(filepath.Join(dir, "db", "notes.json"))
	if err != nil || !strings.Contains(string(text[:200]), `"compressed": false`) {
		t.Fatalf("not the form that is to be tested: %.200s (%v)", text, err)
	}
	s := testdb.Open(t)
	if r := importing(t, s, dir); r.Findings() || r.Collections["notes"].Live != 700 {
		t.Errorf("%+v", r.Collections["notes"])
	}
	wantLive(t, s, "notes", c.All("notes"))
}

// TestImportOnly imports kinds one after the other.
func TestImportOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	c := testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Seed: 1, Size: testdb.SmallLegacy})
	s := testdb.Open(t)
	only := func(kinds ...string) {
		t.Helper()
		r, err := legacy.Import(ctx, s, dir, legacy.Options{Only: kinds})
		if err != nil || r.Warnings["unaccounted"] > 0 || len(r.Unproved) != 1 {
			t.Fatalf("%+v, %v", r.Unproved, err)
		}
	}
	only("notes")
	wantLive(t, s, "notes", c.All("notes"))
	wantLive(t, s, "tasks", nil)
	if list, err := s.Settings.All(ctx); err != nil || len(list) != 0 {
		t.Errorf("settings: %v (%v)", list, err)
	}
	only("settings", "attachments")
	if list, err := s.Settings.All(ctx); err != nil || len(list) != len(c.Values) {
		t.Errorf("settings: %v (%v)", list, err)
	}
	wantLive(t, s, "sessions", nil)
	importing(t, s, dir)
	wantContent(t, s, c, "")
	one := testdb.Open(t)
	importing(t, one, dir)
	// A content has the type that its first owner names.
	apart := []string{"legacy_steps", "attachments.pk", "blobs.mime_type"}
	wantSame(t, "kind by kind", dump(t, s, apart...), dump(t, one, apart...))

	_, err := legacy.Import(ctx, s, dir, legacy.Options{Only: []string{"things"}})
	var invalid *schema.InvalidError
	if !asInvalid(err, &invalid) || invalid.Field != "only" {
		t.Errorf("only things: %v", err)
	}
}
