package archive_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/importexport"
	"taskstore/importexport/archive"
	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// archiveOf writes the archive of a store to a file.
func archiveOf(t *testing.T, s *repo.Store) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.zip")
	f, err := os.Create(file)
	fatal(t, err)
	_, err = archive.Write(t.Context(), s, f, "2026-11-01T10:00:00.000Z", nil)
	fatal(t, errors.Join(err, f.Close()))
	return file
}

// fileOf stores a content and gives it as that of an attachment.
func fileOf(t *testing.T, s *repo.Store, text string) schema.Content {
	t.Helper()
	info, err := s.Contents.Put(t.Context(), strings.NewReader(text), "")
	fatal(t, err)
	return schema.Content{Blob: info.SHA256, Form: schema.FormFile}
}

// saveStates saves an attachment once for each text.
func saveStates(t *testing.T, s *repo.Store, id string, texts ...string) {
	t.Helper()
	v := schema.Attachment{Head: schema.Head{ID: id}, FileInfo: schema.FileInfo{CreatedAt: "2026-11-01T10:00:00.000Z"}}
	for _, text := range texts {
		v.File = fileOf(t, s, text)
		fatal(t, s.Attachments.Save(t.Context(), &v))
	}
}

func imports(t *testing.T, s *repo.Store, file string, way importexport.Conflict) importexport.Imported {
	t.Helper()
	res, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way})
	fatal(t, err)
	return res
}

// TestTombstones: how far a purged record had come is known after an import,
// whichever of the two stores it had come further in.
func TestTombstones(t *testing.T) {
	theirs, mine := testdb.Open(t), testdb.Open(t)
	purge := func(s *repo.Store, id string, states int) {
		for i := range states {
			saveTitle(t, s, id, fmt.Sprint(i))
		}
		fatal(t, s.Notes.Purge(t.Context(), id))
	}
	purge(theirs, "a", 5)
	purge(mine, "a", 2)
	purge(theirs, "b", 2)
	purge(mine, "b", 5)
	purge(theirs, "back", 3)
	saveTitle(t, theirs, "back", "again")
	imports(t, mine, archiveOf(t, theirs), "")
	if got := testdb.Shell(t, mine, "SELECT id, rev FROM tombstones ORDER BY id;"); got != "a|5\nb|5\nback|3" {
		t.Errorf("the tombstones are\n%s", got)
	}
}

// saveTitle saves a note, a new one or a new state.
func saveTitle(t *testing.T, s *repo.Store, id, title string) {
	t.Helper()
	v, err := s.Notes.Get(t.Context(), id)
	if err != nil {
		v = schema.Note{Head: schema.Head{ID: id}}
	}
	v.Title = title
	fatal(t, s.Notes.Save(t.Context(), &v))
}

// TestRetention: a retention that comes with an archive ends nothing that the
// store has kept for ever so far.
func TestRetention(t *testing.T) {
	long := func(o *repo.Options) { o.Now = func() time.Time { return time.Now().Add(-1000 * 24 * time.Hour) } }
	theirs, empty := testdb.Open(t), testdb.Open(t)
	if _, err := theirs.History.SetRetention(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	file := archiveOf(t, theirs)
	mine := testdb.Open(t, long)
	saveTitle(t, mine, "n", "one")
	saveTitle(t, mine, "n", "two")
	for s, want := range map[*repo.Store]time.Duration{mine: 0, empty: 24 * time.Hour} {
		imports(t, s, file, "")
		if keep, err := s.History.Retention(t.Context()); err != nil || keep != want {
			t.Errorf("history is kept for %v, want %v (%v)", keep, want, err)
		}
	}
	fatal(t, mine.Close())
	if list, err := testdb.Reopen(t, mine.Dir()).Notes.History(t.Context(), "n"); err != nil || len(list) != 1 {
		t.Errorf("%d states are kept, %v", len(list), err)
	}
}

// TestQuarantine: what lies in quarantine here already does not come again with another
// run, and all else of that run does.
func TestQuarantine(t *testing.T) {
	fill := func(hash string, more ...string) *repo.Store {
		s := testdb.Open(t)
		run, err := ledger.Of(s).Begin(t.Context(), "/old", hash)
		fatal(t, err)
		for i, text := range append([]string{"what could not be read"}, more...) {
			fatal(t, errors.Join(
				ledger.Of(s).AddStep(t.Context(), run.PK, int64(i)),
				ledger.Of(s).AddRecords(t.Context(), run.PK, ledger.Record{File: "f", Pointer: fmt.Sprint(i), Collection: "notes", ID: "n", Disposition: "quarantined"}),
				ledger.Of(s).AddQuarantined(t.Context(), ledger.Quarantined{Run: run.PK, File: "f", Code: "c", Reason: "r", Blob: fileOf(t, s, text).Blob})))
		}
		return s
	}
	theirs, mine := fill("theirs", "another"), fill("mine")
	file := archiveOf(t, theirs)
	imports(t, mine, file, "")
	imports(t, mine, file, "")
	got := testdb.Shell(t, mine, `SELECT pk, sha256 FROM legacy_runs; SELECT run_pk, version FROM legacy_steps;
SELECT run_pk, pointer FROM legacy_records; SELECT run_pk, count(*) FROM quarantine GROUP BY run_pk;`)
	if want := "1|mine\n2|theirs\n1|0\n2|0\n2|1\n1|0\n2|0\n2|1\n1|1\n2|1"; got != want {
		t.Errorf("the ledger is\n%s\nwant\n%s", got, want)
	}
}

// TestDamaged: an archive that is not what its manifest says brings nothing in.
func TestDamaged(t *testing.T) {
	theirs, mine := testdb.Open(t), testdb.Open(t)
	saveStates(t, theirs, "a", "one", "two")
	if _, err := theirs.History.SetRetention(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(archiveOf(t, theirs))
	fatal(t, err)
	for name, data := range map[string][]byte{
		"breaks off":             whole[:len(whole)-10],
		"another content":        rezip(t, whole, "contents/", "one", "One"),
		"another record":         rezip(t, whole, "records/attachments", `"rev":2`, `"rev":9`),
		"a state less":           rezip(t, whole, "tables/revisions", "\n", ""),
		"a retention below zero": rezip(t, whole, "manifest.json", `"24h0m0s"`, `"-24h"`),
		"a file more":            rezip(t, whole, "", "", ""),
		"another checksum":       zeroSum(t, whole, "manifest.json"),
		"a manifest of less":     rezip(t, whole, "manifest.json", "records/notes.ndjson", "records/others.ndjson"),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.zip")
			fatal(t, os.WriteFile(file, data, 0o600))
			if _, err := importexport.Import(t.Context(), mine, file, importexport.ImportOptions{}); !errors.Is(err, importexport.ErrDamaged) {
				t.Errorf("%v", err)
			}
			if n, err := mine.Attachments.Count(t.Context(), repo.Query{}); err != nil || n != 0 {
				t.Errorf("%d attachments came, %v", n, err)
			}
		})
	}
}

// zeroSum takes away the checksum that the directory of a zip file has of a file.
func zeroSum(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	fatal(t, err)
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	sum := binary.LittleEndian.AppendUint32(nil, z.File[i].CRC32)
	at := bytes.LastIndex(data, sum)
	return slices.Concat(data[:at], []byte{1, 2, 3, 4}, data[at+len(sum):])
}

// rezip makes the same zip file with other bytes in the files whose name begins so; with no
// name, with a file more.
func rezip(t *testing.T, data []byte, prefix, old, other string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	fatal(t, err)
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, f := range from.File {
		r, err := f.Open()
		fatal(t, err)
		text, err := io.ReadAll(r)
		fatal(t, err)
		if prefix != "" && strings.HasPrefix(f.Name, prefix) {
			text = bytes.Replace(text, []byte(old), []byte(other), 1)
		}
		w, err := to.Create(f.Name)
		fatal(t, err)
		_, err = w.Write(text)
		fatal(t, err)
	}
	if prefix == "" {
		_, err := to.Create("records/more.ndjson")
		fatal(t, err)
	}
	fatal(t, to.Close())
	return out.Bytes()
}
