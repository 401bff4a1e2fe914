package importexport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"taskstore/importexport"
	"taskstore/importexport/ledger"
	"taskstore/internal/sqlitedb"
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

// decoded makes an entity of seeded JSON with odd values.
func decoded[T any](t *testing.T, seed uint64, id string) *T {
	t.Helper()
	v := new(T)
	_, err := schema.Decode(testdb.Entity[T](testdb.Seeded(seed, 30), id), v)
	fatal(t, err)
	return v
}

// filled is a store with odd records of every kind, history of several origins,
// trash, a purged note and contents.
func filled(t *testing.T) *repo.Store {
	t.Helper()
	s := testdb.Open(t)
	ctx := t.Context()
	for i := range uint64(8) {
		id := fmt.Sprint("x", i)
		fatal(t, errors.Join(s.Sessions.Save(ctx, decoded[schema.Session](t, i, id)), s.Notes.Save(ctx, decoded[schema.Note](t, i, id)),
			s.Tasks.Save(ctx, decoded[schema.Task](t, i, id)), s.Topics.Save(ctx, decoded[schema.Topic](t, i, id)),
			s.Companies.Save(ctx, decoded[schema.Company](t, i, id)), s.Contacts.Save(ctx, decoded[schema.Contact](t, i, id)),
			s.Attachments.Save(ctx, decoded[schema.Attachment](t, i, id))))
	}
	info, err := s.Contents.Put(ctx, strings.NewReader("a file that never was text\x00\xff"), "")
	fatal(t, err)
	fatal(t, s.Attachments.Save(ctx, &schema.Attachment{Head: schema.Head{ID: "file"}, FileInfo: schema.FileInfo{CreatedAt: "2026-11-01T10:00:00.000Z"},
		File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}))
	_, err = s.Notes.Modify(ctx, "x1", func(v *schema.Note) error { v.Content = "changed"; return nil })
	fatal(t, err)
	_, err = s.Sessions.Modify(ctx, "x1", func(v *schema.Session) error { v.Name = strings.Repeat("long name ", 500); return nil })
	fatal(t, err)
	_, err = s.Sessions.Modify(ctx, "x1", func(v *schema.Session) error { v.Name = "short"; return nil })
	fatal(t, err)
	fatal(t, s.Tasks.Delete(ctx, "x2"))
	fatal(t, s.Notes.Purge(ctx, "x3"))
	setting := schema.Setting{Key: "k", Value: `{"a":[1,2.50,"\ud800"]}`}
	fatal(t, s.Settings.Save(ctx, &setting))
	setting.Value = "2"
	fatal(t, s.Settings.Save(ctx, &setting))
	run, err := ledger.Of(s).Begin(ctx, "/old", "hash")
	fatal(t, err)
	fatal(t, ledger.Of(s).AddRecords(ctx, run.PK, ledger.Record{File: "f", Pointer: "/0", Collection: "notes", ID: "x1", SHA256: "w", Disposition: "live", Rev: 1}))
	bad, err := s.Contents.Put(ctx, strings.NewReader("what could not be read"), "")
	fatal(t, err)
	fatal(t, ledger.Of(s).AddQuarantined(ctx, ledger.Quarantined{Run: run.PK, File: "f", Code: "c", Reason: "r", Blob: bad.SHA256, Size: bad.Size}))
	if _, err := s.History.SetRetention(ctx, 1000*3600*1e9); err != nil {
		t.Fatal(err)
	}
	return s
}

// dump is everything that an archive must bring back, as text.
func dump(t *testing.T, s *repo.Store) string {
	t.Helper()
	var out strings.Builder
	fatal(t, s.View(t.Context(), func(ctx context.Context, tx *repo.Tx) error {
		return tx.ReadSQL(func(c sqlitedb.Conn) error {
			for _, table := range []string{"revisions", "revision_blobs", "tombstones", "legacy_runs", "legacy_files", "legacy_steps", "legacy_records", "quarantine"} {
				fmt.Fprintln(&out, table)
				if err := dumpTable(ctx, c, table, &out); err != nil {
					return err
				}
			}
			return nil
		})
	}))
	out.WriteString(testdb.Shell(t, s, `SELECT 'note', id, rev, saved_at, trashed_at, trash_reason, content, odd, extra FROM notes ORDER BY id;
SELECT 'session', id, rev, saved_at, odd, extra FROM sessions ORDER BY id; SELECT 'task', id, rev, saved_at, trashed_at, trash_reason, odd, extra FROM tasks ORDER BY id;
SELECT 'attachment', id, rev, saved_at, file_blob, file_form, base64_blob, base64_form, odd, extra FROM attachments ORDER BY id;
SELECT key, value, rev, saved_at FROM settings; SELECT value FROM store WHERE key = 'history_retention';
SELECT sha256, size, mime_type FROM blobs WHERE sha256 IN (SELECT sha256 FROM v_blob_refs) ORDER BY sha256;`))
	return out.String()
}

func dumpTable(ctx context.Context, c sqlitedb.Conn, table string, out io.Writer) error {
	rows, err := c.Query(ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		vals, err := rows.SliceScan()
		if err != nil {
			return err
		}
		for i, name := range names {
			if name != "owner_pk" { // the key of a row, which may be another
				fmt.Fprintf(out, "%s=%q ", name, fmt.Sprint(vals[i]))
			}
		}
		fmt.Fprintln(out)
	}
	return rows.Err()
}

func archiveOf(t *testing.T, s *repo.Store) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.zip")
	var out bytes.Buffer
	res, err := importexport.Export(t.Context(), s, &out, importexport.FormatArchive, "2026-11-01T10:00:00.000Z", importexport.Options{})
	fatal(t, err)
	if len(res.Missing) > 0 || res.Bytes != int64(out.Len()) {
		t.Errorf("%+v of %d bytes", res, out.Len())
	}
	fatal(t, os.WriteFile(file, out.Bytes(), 0o600))
	return file
}

// TestArchive: a store that comes from an archive is equal to the one that it was
// made of, in records, revisions, history, trash, imports, quarantine and contents.
func TestArchive(t *testing.T) {
	from := filled(t)
	file := archiveOf(t, from)
	to := testdb.Open(t)
	res, err := importexport.Import(t.Context(), to, file, importexport.ImportOptions{})
	fatal(t, err)
	if res.Format != importexport.FormatArchive || res.Collections["notes"].Created != 7 || res.History == 0 || res.Contents == 0 {
		t.Errorf("%+v", res)
	}
	wantSame(t, dump(t, to), dump(t, from))
	diff, err := importexport.Diff(t.Context(), from.Dir(), to.Dir(), func(d importexport.Difference) error { t.Errorf("%+v", d); return nil })
	if err != nil || diff.Equal["sessions"] != 8 {
		t.Errorf("%+v, %v", diff, err)
	}
	again, err := importexport.Import(t.Context(), to, file, importexport.ImportOptions{})
	if err != nil || again.History != 0 || again.Contents != 0 || again.Collections["notes"].Skipped != 7 {
		t.Errorf("again: %+v, %v", again, err)
	}
	wantSame(t, dump(t, to), dump(t, from))
	second := archiveOf(t, to)
	a, err := os.ReadFile(file)
	fatal(t, err)
	b, err := os.ReadFile(second)
	fatal(t, err)
	if len(a) == 0 || len(b) == 0 {
		t.Error("an archive is empty")
	}
}

func wantSame(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range b {
		if i >= len(a) || a[i] != b[i] {
			g := "nothing"
			if i < len(a) {
				g = a[i]
			}
			t.Fatalf("line %d is\n%.600s\nwant\n%.600s", i, g, b[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(a), len(b))
}

// TestJSONForms: records with odd values come back from JSON as they were.
func TestJSONForms(t *testing.T) {
	from := filled(t)
	for _, form := range []importexport.Format{importexport.FormatJSON, importexport.FormatNDJSON} {
		t.Run(string(form), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "export")
			var out bytes.Buffer
			_, err := importexport.Export(t.Context(), from, &out, form, "2026-11-01T10:00:00.000Z", importexport.Options{Trash: true})
			fatal(t, err)
			fatal(t, os.WriteFile(file, out.Bytes(), 0o600))
			to := testdb.Open(t)
			_, err = importexport.Import(t.Context(), to, file, importexport.ImportOptions{})
			fatal(t, err)
			_, err = importexport.Diff(t.Context(), from.Dir(), to.Dir(), func(d importexport.Difference) error { t.Errorf("%+v", d); return nil })
			fatal(t, err)
			_, err = importexport.Diff(t.Context(), from.Dir(), file, func(d importexport.Difference) error { t.Errorf("the file: %+v", d); return nil })
			fatal(t, err)
		})
	}
}

// TestConflicts: each way does what it says, and nothing else.
func TestConflicts(t *testing.T) {
	at := func(day string) schema.Time { return schema.Time("2026-11-" + day + "T10:00:00.000Z") }
	mine := func(t *testing.T) *repo.Store {
		s := testdb.Open(t)
		fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "old"}, Content: "mine", LastUpdated: at("01")},
			&schema.Note{Head: schema.Head{ID: "new"}, Content: "mine", LastUpdated: at("09")}, &schema.Note{Head: schema.Head{ID: "same"}, Content: "same", Timestamp: at("01"), LastUpdated: at("01")}))
		return s
	}
	theirs := testdb.Open(t)
	fatal(t, theirs.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "old"}, Content: "theirs", LastUpdated: at("05")},
		&schema.Note{Head: schema.Head{ID: "new"}, Content: "theirs", LastUpdated: at("05")}, &schema.Note{Head: schema.Head{ID: "same"}, Content: "same", Timestamp: at("01"), LastUpdated: at("01")},
		&schema.Note{Head: schema.Head{ID: "added"}, Content: "theirs", LastUpdated: at("05")}))
	file := archiveOf(t, theirs)
	for way, want := range map[importexport.Conflict]string{
		importexport.ConflictFail:    "new:mine old:mine same:same",
		importexport.ConflictSkip:    "added:theirs new:mine old:mine same:same",
		importexport.ConflictReplace: "added:theirs new:theirs old:theirs same:same",
		importexport.ConflictNewer:   "added:theirs new:mine old:theirs same:same",
		importexport.ConflictBoth:    "added:theirs new:mine old:mine same:same UUID:theirs UUID:theirs",
	} {
		t.Run(string(way), func(t *testing.T) {
			s := mine(t)
			dry, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way, DryRun: true})
			if failed := errors.Is(err, importexport.ErrConflicts); failed != (way == importexport.ConflictFail) {
				t.Fatalf("dry: %v", err)
			}
			if n, err := s.Notes.Count(t.Context(), repo.Query{}); err != nil || n != 3 {
				t.Fatalf("a dry run left %d notes, %v", n, err)
			}
			res, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way})
			if failed := errors.Is(err, importexport.ErrConflicts); failed != (way == importexport.ConflictFail) {
				t.Fatalf("%v", err)
			}
			if *res.Collections["notes"] != *dry.Collections["notes"] || res.Collections["notes"].Conflicts != 2 {
				t.Errorf("did %+v, would do %+v", res.Collections["notes"], dry.Collections["notes"])
			}
			if got := contentsOf(t, s); got != want {
				t.Errorf("the notes are %s, want %s", got, want)
			}
			if way != importexport.ConflictFail {
				importedAgain(t, s, file, way, want)
			}
		})
	}
}

// importedAgain wants a second import of the same to change nothing.
func importedAgain(t *testing.T, s *repo.Store, file string, way importexport.Conflict, want string) {
	t.Helper()
	for _, dryRun := range []bool{true, false} {
		res, err := importexport.Import(t.Context(), s, file, importexport.ImportOptions{OnConflict: way, DryRun: dryRun})
		fatal(t, err)
		if n := res.Collections["notes"]; n.Created+n.Replaced != 0 || n.Skipped != n.Read {
			t.Errorf("imported again, dry run %v: %+v", dryRun, n)
		}
	}
	if got := contentsOf(t, s); got != want {
		t.Errorf("imported again, the notes are %s, want %s", got, want)
	}
}

func contentsOf(t *testing.T, s *repo.Store) string {
	t.Helper()
	var known, made []string
	for _, id := range []string{"added", "new", "old", "same"} {
		if v, err := s.Notes.Get(t.Context(), id); err == nil {
			known = append(known, id+":"+v.Content)
		}
	}
	for v, err := range s.Notes.All(t.Context(), repo.Query{}) {
		fatal(t, err)
		if len(v.ID) == 36 {
			made = append(made, "UUID:"+v.Content)
		}
	}
	return strings.Join(append(known, made...), " ")
}
