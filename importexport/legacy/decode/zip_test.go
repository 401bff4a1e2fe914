package decode

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"

	"github.com/google/go-cmp/cmp"
)

func TestUnsafeNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "../a.json", "a/../../b", "a/..", "..", "/abs", `..\a`, `a\b`, "C:a.json", `c:\a`, "a//b", "./a", "a/./b",
		"a\x00b", "a\nb", "\xff.json", "//server/share", "a/../b/"} {
		if source.UnsafeName(name) == "" {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"notes.json", "db/sessions/a/metadata.json", "dir/", "..a/b..", "ü/ö.json", "a b (1).json", "db/sessions:x.json"} {
		if problem := source.UnsafeName(name); problem != "" {
			t.Errorf("%q is not taken: %s", name, problem)
		}
	}
}

func TestZip(t *testing.T) {
	t.Parallel()
	const at = `{"version":1,"timestamp":1761600000123,"source":"indexeddb"}`
	zipped := sourcetest.Zipped
	for name, tc := range map[string]struct {
		members []string
		change  func(*zip.FileHeader)
		ids     []string // collection/id@time of the container
		status  string   // of the zip
		codes   string
	}{
		"as the application wrote it": {members: []string{"tasks.json", sourcetest.Wrapped("", sourcetest.Quoted(zipped(sourcetest.Two))), "notes.json", sourcetest.Two, "export-metadata.json", at},
			ids: []string{"notes/a@1761600000123", "notes/b@1761600000123", "tasks/a@1761600000000", "tasks/b@1761600000000"}, status: record.StatusOK},
		"wrapped twice": {members: []string{"tasks.json", sourcetest.Wrapped("", sourcetest.Quoted(zipped(sourcetest.Quoted(zipped(sourcetest.Two)))))}, status: record.StatusOK,
			ids: []string{"tasks/a@1761600000000", "tasks/b@1761600000000"}},
		"out of the IndexedDB": {members: []string{"notes.json", `{"name":"notes","data":` + sourcetest.Two + `,"timestamp":1761600000007}`,
			"tasks.json", `{"name":"tasks","data":` + sourcetest.Quoted(zipped(sourcetest.Two)) + `,"timestamp":1761600000008}`,
			"settings.json", `{"name":"settings","data":` + sourcetest.Quoted(`{"ui":{}}`) + `,"timestamp":1761600000009}`}, status: record.StatusOK,
			ids: []string{"notes/a@1761600000007", "notes/b@1761600000007", "settings/settings@1761600000009", "tasks/a@1761600000008", "tasks/b@1761600000008"}},
		"a packed directory": {members: []string{"Old Mac/com.taskerino.desktop/db/notes.json", `[{"id":"a"}]`, "Old Mac/com.taskerino.desktop/attachments/x.meta.json", `{"id":"x"}`,
			"Old Mac/com.taskerino.desktop/attachments/x.dat", "aGk=", "Old Mac/com.taskerino.desktop/export-metadata.json", at},
			ids: []string{"attachments/x@1761600000123", "notes/a@1761600000123"}, status: record.StatusOK},
		"two of one name": {members: []string{"notes.json", `[{"id":"a"}]`, "notes.json", `[{"id":"b"}]`, "export-metadata.json", at},
			ids: []string{"notes/a@1761600000123", "notes/b@1761600000123"}, status: record.StatusOK},
		"directories":    {members: []string{"db/", "", "export-metadata.json", at}, status: record.StatusOK},
		"in a directory": {members: []string{"sub/notes.json", `[{"id":"a"}]`, "export-metadata.json", at}, ids: []string{"notes/a@1761600000123"}, status: record.StatusOK, codes: "odd-path"},
		"a name that leads out": {members: []string{"../notes.json", `[{"id":"evil"}]`, "tasks.json", `[{"id":"a"}]`, "export-metadata.json", at},
			ids: []string{"tasks/a@1761600000123"}, status: record.StatusPartial, codes: "unsafe-path"},
		"a link": {members: []string{"notes.json", "/etc/passwd", "export-metadata.json", at}, status: record.StatusPartial, codes: "unsafe-path",
			change: func(h *zip.FileHeader) {
				if h.Name == "notes.json" {
					h.SetMode(fs.ModeSymlink | 0o777)
				}
			}},
		"a bomb": {members: []string{"notes.json", strings.Repeat(" ", 70<<20), "export-metadata.json", at}, status: record.StatusPartial, codes: "too-large"},
		"what belongs together": {members: []string{"db/sessions/s/metadata.json", `{"id":"s"}`, "db/sessions/s/summary.json", `{"a":1}`, "export-metadata.json", at}, status: record.StatusOK,
			ids: []string{"sessions/s@1761600000123"}},
		"files of entities": {members: []string{"db/tasks/task-a.json", `{"id":"a"}`, "db/tasks/task-a.json.checksum", sourcetest.Sha(`{"id":"a"}`), "db/tasks/index.json", `[{"id":"a"}]`, "export-metadata.json", at}, status: record.StatusOK,
			ids: []string{"tasks/a@1761600000123"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.ZipFile(t, sourcetest.ZipOf(t, tc.change, tc.members...)))
			var ids []string
			for _, c := range r.Candidates {
				ids = append(ids, fmt.Sprintf("%s/%s@%d", c.Collection, c.ID, c.Time))
				if whole := strings.Contains(strings.Join(tc.members, " "), "db/"); c.Rank.Live() != whole || !whole && c.Rank != record.RankZip {
					t.Errorf("%s has rank %s", c.ID, c.Rank)
				}
			}
			slices.Sort(ids)
			if d := cmp.Diff(tc.ids, ids); d != "" {
				t.Error(d)
			}
			f := r.Files["export.zip"]
			if f.Status != tc.status || r.Codes("export.zip") != tc.codes {
				t.Errorf("%s %v", f.Status, f.Warnings)
			}
			if kept := r.Kept["export.zip"] != ""; kept != (tc.status != record.StatusOK) {
				t.Errorf("in quarantine: %v", kept)
			}
		})
	}
}

// TestZipLeavesNothing makes sure that no member is written anywhere.
func TestZipLeavesNothing(t *testing.T) {
	t.Parallel()
	path := sourcetest.ZipFile(t, sourcetest.ZipOf(t, nil, "../../evil.json", "{}", "/evil.json", "{}", `..\evil.json`, "{}", "notes.json", sourcetest.Two))
	count := func() (n int) {
		filepath.WalkDir(filepath.Dir(filepath.Dir(path)), func(string, fs.DirEntry, error) error { n++; return nil })
		return n
	}
	before := count()
	if scanned(t, path); count() != before {
		t.Errorf("%d files, %d before", count(), before)
	}
}

func TestDamagedZip(t *testing.T) {
	t.Parallel()
	whole := sourcetest.ZipOf(t, func(h *zip.FileHeader) { h.Method = zip.Store }, "notes.json", sourcetest.Two, "export-metadata.json", "{}")
	flipped := bytes.Replace(whole, []byte(`"n":1`), []byte(`"n":2`), 1)
	encrypted := bytes.Clone(whole)
	i := bytes.Index(encrypted, []byte("PK\x01\x02"))
	encrypted[i+8] |= 1
	for name, tc := range map[string]struct {
		text          []byte
		records       int
		status, codes string
		path          string
	}{
		"no zip":    {[]byte("PK, and nothing else"), 0, record.StatusQuarantined, "malformed", "export.zip"},
		"flipped":   {flipped, 2, record.StatusRecovered, "gzip-error", "export.zip!/notes.json"},
		"encrypted": {encrypted, 0, record.StatusPartial, "unsupported", "export.zip"},
	} {
		t.Run(name, func(t *testing.T) {
			r := scanned(t, sourcetest.ZipFile(t, tc.text))
			if f := r.Files[tc.path]; f.Status != tc.status || r.Codes(tc.path) != tc.codes || len(r.Candidates) != tc.records {
				t.Errorf("%s %v, %d records", f.Status, f.Warnings, len(r.Candidates))
			}
		})
	}
}

func TestTooManyMembers(t *testing.T) {
	t.Parallel()
	var members []string
	for i := range source.MaxMembers + 1 {
		members = append(members, fmt.Sprintf("%d.json", i), "")
	}
	r := scanned(t, sourcetest.ZipFile(t, sourcetest.ZipOf(t, nil, members...)))
	if f := r.Files["export.zip"]; f.Status != record.StatusQuarantined || r.Codes("export.zip") != "too-large" {
		t.Errorf("%s %v", f.Status, f.Warnings)
	}
}

// TestMembersCanBeRead reads a member and an attachment in a zip as an import does.
func TestMembersCanBeRead(t *testing.T) {
	t.Parallel()
	path := sourcetest.ZipFile(t, sourcetest.ZipOf(t, nil, "x/db/notes.json", sourcetest.Two, "x/attachments/a.meta.json", `{"id":"a"}`, "x/attachments/a.dat", "aGk="))
	src, err := source.Open(t.Context(), path, source.Options{})
	sourcetest.Must(t, err)
	defer src.Close()
	r := &sourcetest.Records{}
	sourcetest.Must(t, Scan(t.Context(), src, r))
	in, _, err := src.Kept("export.zip!/x/db/notes.json")
	sourcetest.Must(t, err)
	sourcetest.Same(t, "member", sourcetest.ReadAll(t, in), sourcetest.Two)
	for _, c := range r.Candidates {
		if c.Collection == "attachments" {
			in, err := src.OpenContent(t.Context(), *c.Content)
			sourcetest.Must(t, err)
			sourcetest.Same(t, "content", sourcetest.ReadAll(t, in), "aGk=")
		}
	}
	if _, err := src.Open("export.zip!/../../etc/passwd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that is no member: %v", err)
	}
}

func FuzzZip(f *testing.F) {
	f.Add(sourcetest.ZipOf(f, nil, "notes.json", sourcetest.Two, "../x", "1", "export-metadata.json", `{"timestamp":1}`))
	f.Add(sourcetest.ZipOf(f, func(h *zip.FileHeader) { h.Method = zip.Store }, "db/tasks.json", sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(sourcetest.Two)))))
	f.Add([]byte("PK\x05\x06"))
	defer func(n int) { rawjson.MaxElement = n }(rawjson.MaxElement)
	rawjson.MaxElement = 1 << 20
	f.Fuzz(func(t *testing.T, text []byte) {
		path := sourcetest.ZipFile(t, text)
		src, err := source.Open(context.Background(), path, source.Options{})
		if errors.Is(err, source.ErrNotLegacy) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		r := &sourcetest.Records{}
		if err := Scan(context.Background(), src, r); err != nil {
			t.Fatalf("damage ends the scan: %v", err)
		}
		for _, c := range r.Candidates {
			if strings.Contains(c.File, "..") && source.UnsafeName(strings.TrimPrefix(c.File, "export.zip!/")) != "" {
				t.Fatalf("an unsafe member is taken: %q", c.File)
			}
		}
		if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
	})
}
