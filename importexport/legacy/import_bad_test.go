package legacy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// TestImportNoLegacy: what is not the app's is refused, and nothing changes.
func TestImportNoLegacy(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := testdb.Open(t)
	before := dump(t, s)
	empty, other := t.TempDir(), t.TempDir()
	put(t, other, "readme.txt", "hello")
	put(t, other, "photos/a.jpg", "\xff\xd8")
	for source, want := range map[string]error{
		empty: legacy.ErrNotLegacy, other: legacy.ErrNotLegacy,
		filepath.Join(other, "readme.txt"):   legacy.ErrNotLegacy,
		filepath.Join(other, "nothing.here"): fs.ErrNotExist,
	} {
		if _, err := legacy.Import(ctx, s, source, legacy.Options{}); !errors.Is(err, want) {
			t.Errorf("import %s: %v, want %v", source, err, want)
		}
		if _, err := legacy.Verify(ctx, s, source, legacy.Options{}); !errors.Is(err, want) {
			t.Errorf("verify %s: %v, want %v", source, err, want)
		}
	}
	wantSame(t, "after all that", dump(t, s), before)
}

// TestImportGarbage: files that hold anything are kept byte for byte beside what
// can be read.
func TestImportGarbage(t *testing.T) {
	t.Parallel()
	garbage := map[string]string{
		"db/sessions.json": "\x00\x01\x02 garbage \xff", "db/tasks.json": "<html>moved</html>", "db/topics.json": strings.Repeat("\x00", 5000),
		"db/contacts.json": "", "db/half.json": `{"a": [1, 2`, "attachments/x.meta.json": "{",
	}
	dir := t.TempDir()
	c := testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Size: testdb.LegacySize{Notes: 3}})
	for name, text := range garbage {
		put(t, dir, name, text)
	}
	s := testdb.Open(t)
	r := importing(t, s, dir)
	if !r.Findings() {
		t.Error("no findings")
	}
	wantLive(t, s, "notes", c.All("notes"))
	kept := quarantined(t, s)
	for name, text := range garbage {
		if kept[name] != text {
			t.Errorf("%s is kept as %q, want %q", name, kept[name], text)
		}
	}
	wantLedger(t, s, r, dir)
}

// quarantined gives what was set aside, by file and pointer.
func quarantined(t *testing.T, s *repo.Store) map[string]string {
	t.Helper()
	list, err := ledger.Of(s).Quarantine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, q := range list {
		all[q.File+q.Pointer] = readBlob(t, s, q.Blob)
		if int64(len(all[q.File+q.Pointer])) != q.Size || q.Code == "" || q.Reason == "" {
			t.Errorf("quarantine: %+v", q)
		}
	}
	return all
}

// TestImportNoNumbers: what stands in the place of a number and is none stops no record.
func TestImportNoNumbers(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`"NaN"`, `"nan"`, `"-Infinity"`, `"inf"`, `"0x1p-2"`, `"1e400"`, `1e400`, `"x"`, `[]`} {
		dir := t.TempDir()
		raws := map[string]string{
			"notes":  `{"id":"n","attachments":[{"id":"a","size":@,"duration":@}]}`,
			"tasks":  `{"id":"t","done":@,"aiContext":{"confidence":@}}`,
			"topics": `{"id":"o","noteCount":@}`,
			"sessions": `{"id":"s","screenshotInterval":@,"totalDuration":@,"version":@,"screenshots":[{"id":"x","aiAnalysis":{"confidence":@,"curiosity":@}}],
				"audioSegments":[{"id":"g","duration":@,"startTime":@}],"video":{"duration":@,"startTime":@,"chapters":[{"id":"c","startTime":@}],"chunks":[{"id":"k","endTime":@}]}}`,
		}
		for kind, raw := range raws {
			raws[kind] = strings.ReplaceAll(raw, "@", odd)
			put(t, dir, "db/"+kind+".json", "["+raws[kind]+"]")
		}
		s := testdb.Open(t)
		importing(t, s, dir)
		for kind, raw := range raws {
			wantLive(t, s, kind, map[string][]byte{idOf(t, []byte(raw)): []byte(raw)})
		}
	}
}

// TestImportUnreadable: a file that may not be read does not end the import; that
// it was not read keeps it from being verified.
func TestImportUnreadable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Size: testdb.LegacySize{Notes: 3, Tasks: 2}})
	hidden := filepath.Join(dir, "db", "tasks.json")
	if err := os.Chmod(hidden, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(hidden); err == nil {
		f.Close()
		t.Skip("skipped: this user reads every file")
	}
	s := testdb.Open(t)
	r, err := legacy.Import(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Verified || !r.Findings() {
		t.Errorf("verified %t, findings %t", r.Verified, r.Findings())
	}
	wantLive(t, s, "notes", c.All("notes"))
}

// TestImportDirectoryForFile: what is no regular file is told and passed over.
func TestImportDirectoryForFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := someNotes("text", "2025-01-01T00:00:00.000Z")
	testdb.WriteLegacyDir(t, dir, testdb.LegacyOptions{Content: &c})
	put(t, dir, "db/tasks.json/inside.txt", "a directory has the name of the file")
	s := testdb.Open(t)
	r, err := legacy.Import(context.Background(), s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantLive(t, s, "notes", c.All("notes"))
	wantVerified(t, r)
}

// TestDryRun tells the counts of the import and leaves no byte of the store
// changed, and makes none.
func TestDryRun(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	source, dir := t.TempDir(), testdb.Dir(t)
	testdb.WriteLegacyDir(t, source, testdb.LegacyOptions{Seed: 2, Size: testdb.SmallLegacy})
	s := testdb.Reopen(t, dir)
	c := someNotes("was there", "2025-01-01T00:00:00.000Z")
	first := t.TempDir()
	testdb.WriteLegacyDir(t, first, testdb.LegacyOptions{Content: &c})
	importing(t, s, first)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	s = testdb.Reopen(t, dir, func(o *repo.Options) { o.Untouched = true })
	dry, err := legacy.DryRun(ctx, s, source, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	none, err := legacy.DryRun(ctx, nil, source, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the store's files", tree(t, dir), before)
	if dry.Verified || none.Verified {
		t.Error("a dry run says that it is verified")
	}
	s = testdb.Reopen(t, dir)
	done := importing(t, s, source)
	for kind, want := range done.Collections {
		if dry.Collections[kind] != want || none.Collections[kind] != want {
			t.Errorf("%s: the dry runs say %+v and %+v, the import %+v", kind, dry.Collections[kind], none.Collections[kind], want)
		}
	}
}

// TestImportCutMember: what is left of the member in which a zip ends is in quarantine,
// and the report names it by the hash of just that.
func TestImportCutMember(t *testing.T) {
	t.Parallel()
	var whole bytes.Buffer
	z := zip.NewWriter(&whole)
	member, err := z.Create("notes.json")
	if err == nil {
		_, err = fmt.Fprintf(member, `[{"id":"n1","content":%q},{"id":"n2"}]`, rand.Text()+rand.Text()+rand.Text())
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, "export.zip", string(whole.Bytes()[:90]))
	s := testdb.Open(t)
	r := importing(t, s, filepath.Join(dir, "export.zip"))
	list, err := ledger.Of(s).Quarantine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, q := range list {
		kept[q.File] = q.Blob
	}
	for f := range r.Files.All() {
		if f.SHA256 == "" || kept[f.Path] != f.SHA256 {
			t.Errorf("%s is %s with hash %q, in quarantine is %q", f.Path, f.Status, f.SHA256, kept[f.Path])
		}
	}
	if r.Files.Len() != 2 {
		t.Errorf("files: %+v", r.Files)
	}
}

// TestImportFlippedMember flips bits in a member of a zip: the zip, or the member as far as it
// goes, is in quarantine, and the other member is imported.
func TestImportFlippedMember(t *testing.T) {
	t.Parallel()
	var whole bytes.Buffer
	z := zip.NewWriter(&whole)
	for _, name := range []string{"notes", "tasks"} {
		member, err := z.Create(name + ".json")
		if err == nil {
			_, err = fmt.Fprintf(member, `[{"id":"a","title":%q},{"id":"b"}]`, rand.Text()+rand.Text()+strings.Repeat("and so on ", 50))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	begin := bytes.Index(whole.Bytes(), []byte("notes.json")) + len("notes.json")
	end := bytes.Index(whole.Bytes(), []byte("tasks.json")) - 46 // what repeats the sums, and the header of the next member
	for at := begin; at < end; at += 5 {
		damaged := bytes.Clone(whole.Bytes())
		damaged[at] ^= 0x55
		dir := t.TempDir()
		put(t, dir, "export.zip", string(damaged))
		s := testdb.Open(t)
		r := importing(t, s, filepath.Join(dir, "export.zip"))
		if list, err := ledger.Of(s).Quarantine(t.Context()); err != nil || len(list) == 0 || !r.Findings() {
			t.Errorf("byte %d: findings %t, in quarantine: %+v (%v)", at, r.Findings(), list, err)
		}
		if _, _, err := of(t, s)["tasks"].get(t.Context(), "a"); err != nil {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}
