package legacy_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func importing(t testing.TB, s *repo.Store, path string) legacy.Report {
	t.Helper()
	r, err := legacy.Import(context.Background(), s, path, legacy.Options{})
	if err != nil {
		t.Fatalf("import %s: %v", path, err)
	}
	wantVerified(t, r)
	return r
}

func wantVerified(t testing.TB, r legacy.Report) {
	t.Helper()
	if r.Verified {
		return
	}
	t.Error("not verified")
	for f := range r.Files.All() {
		for _, w := range f.Warnings {
			if w.Code == "unaccounted" {
				t.Errorf("%s: %s: %s", f.Path, w.ID, w.Detail)
			}
		}
	}
}

// volatile are the columns that say when something was done.
var volatile = []string{"at", "saved_at", "added_at", "started_at", "finished_at", "done_at", "trashed_at", "purged_at", "applied_at", "tstamp", "sum", "report", "files"}

// dump gives every row of every table of a store that is not derived as text, without the times at
// which they were written: two stores that went the same way have equal dumps.
func dump(t testing.TB, s *repo.Store, leaveOut ...string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "#", "%23", "?", "%3f").Replace(filepath.ToSlash(s.Path()))+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all []string
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search%' AND name NOT LIKE 'facet%' ORDER BY name") {
		if slices.Contains(leaveOut, table) {
			continue
		}
		var fields []string
		for _, c := range column(t, db, "SELECT name FROM pragma_table_info('"+table+"') ORDER BY cid") {
			if !slices.Contains(volatile, c) && !slices.Contains(leaveOut, table+"."+c) {
				fields = append(fields, "quote("+c+")")
			}
		}
		if len(fields) > 0 {
			all = append(all, column(t, db, "SELECT '"+table+" ' || "+strings.Join(fields, "||' '||")+" FROM "+table)...)
		}
	}
	// Which log the store has written to last follows from which commands wrote, and when.
	all = slices.DeleteFunc(all, func(row string) bool { return strings.HasPrefix(row, "store 'log' ") })
	slices.Sort(all)
	return all
}

func column(t testing.TB, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func wantSame(t testing.TB, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got\n%.4000s", what, diff)
	}
}

// tree gives the bytes and times of every file below dir.
func tree(t testing.TB, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		list = append(list, fmt.Sprintf("%s %s %x", path, info.ModTime().Format(time.RFC3339Nano), text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// collections reads and writes the entities of each collection as JSON.
type collections map[string]struct {
	get     func(ctx context.Context, id string) ([]byte, *schema.Head, error)
	ids     func(ctx context.Context, trash bool) ([]string, error)
	history func(ctx context.Context, id string) ([]repo.Revision, error)
}

func of(t testing.TB, s *repo.Store) collections {
	all := collections{}
	add(t, all, s, "sessions", s.Sessions.Collection, func(v *schema.Session) *schema.Head { return &v.Head })
	add(t, all, s, "notes", s.Notes, func(v *schema.Note) *schema.Head { return &v.Head })
	add(t, all, s, "tasks", s.Tasks, func(v *schema.Task) *schema.Head { return &v.Head })
	add(t, all, s, "topics", s.Topics, func(v *schema.Topic) *schema.Head { return &v.Head })
	add(t, all, s, "companies", s.Companies, func(v *schema.Company) *schema.Head { return &v.Head })
	add(t, all, s, "contacts", s.Contacts, func(v *schema.Contact) *schema.Head { return &v.Head })
	add(t, all, s, "attachments", s.Attachments, func(v *schema.Attachment) *schema.Head { return &v.Head })
	return all
}

func add[T any](t testing.TB, all collections, s *repo.Store, name string, c repo.Collection[T], head func(*T) *schema.Head) {
	entry := all[name]
	entry.get = func(ctx context.Context, id string) ([]byte, *schema.Head, error) {
		v, err := c.Get(ctx, id, repo.Full)
		if err != nil {
			return nil, nil, err
		}
		raw, err := schema.Encode(&v, schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
			text, err := s.Contents.Text(ctx, c)
			return text, err == nil, err
		}})
		return raw, head(&v), err
	}
	entry.ids = func(ctx context.Context, trash bool) (ids []string, err error) {
		for v, err := range c.All(ctx, repo.Query{Trash: trash}) {
			if err != nil {
				return nil, err
			}
			ids = append(ids, head(&v).ID)
		}
		return ids, nil
	}
	entry.history = c.History
	all[name] = entry
}

// wantLive wants exactly these live entities, equal as JSON.
func wantLive(t testing.TB, s *repo.Store, collection string, want map[string][]byte) {
	t.Helper()
	c := of(t, s)[collection]
	ids, err := c.ids(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if want[id] == nil {
			t.Errorf("%s %q was invented", collection, id)
		}
	}
	for id, raw := range want {
		got, head, err := c.get(context.Background(), id)
		if err != nil {
			t.Errorf("%s %q: %v", collection, id, err)
			continue
		}
		if head.TrashedAt != "" {
			t.Errorf("%s %q is in the trash: %s", collection, id, head.TrashReason)
		}
		testdb.WantJSON(t, collection+" "+id, got, raw)
	}
}

// wantContent wants all of a content in the store.
func wantContent(t testing.TB, s *repo.Store, want testdb.LegacyContent, form testdb.DirForm) {
	t.Helper()
	ctx := context.Background()
	for _, kind := range testdb.LegacyKinds {
		wantLive(t, s, kind, want.All(kind))
	}
	for key, raw := range want.Values {
		if form == testdb.DirExport && key != "aiSettings" && key != "preferences" {
			continue
		}
		got, err := s.Settings.Get(ctx, key)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		testdb.WantJSON(t, key, []byte(got.Value), raw)
	}
	if form == testdb.DirExport {
		return
	}
	for _, a := range want.Attachments {
		v, err := s.Attachments.Get(ctx, a.ID, repo.Full)
		if err != nil {
			t.Errorf("attachment %s: %v", a.ID, err)
			continue
		}
		wantBytes(t, s, v, a)
		if raw, _, err := of(t, s)["attachments"].get(ctx, a.ID); err != nil || a.Meta != nil && !sameJSON(raw, a.Meta) {
			t.Errorf("attachment %s is %s, want %s (%v)", a.ID, raw, a.Meta, err)
		}
	}
}

func wantBytes(t testing.TB, s *repo.Store, v schema.Attachment, a testdb.LegacyAttachment) {
	t.Helper()
	c := v.Stored()
	if c.Blob != a.SHA256 {
		t.Errorf("attachment %s has content %q, want %q", a.ID, c.Blob, a.SHA256)
		return
	}
	if info, err := s.Contents.Stat(context.Background(), c.Blob); err != nil || info.Size != a.Size {
		t.Errorf("attachment %s: content of %d bytes, want %d (%v)", a.ID, info.Size, a.Size, err)
	}
	if text, err := s.Contents.Text(context.Background(), c); err != nil || text != a.Text {
		t.Errorf("attachment %s gives back %.60q, want %.60q (%v)", a.ID, text, a.Text, err)
	}
}

func sameJSON(a, b []byte) bool {
	x, err := testdb.Canon(a)
	y, err2 := testdb.Canon(b)
	return err == nil && err2 == nil && x == y
}

// put replaces a file of a directory.
func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, testdb.LegacySavedAt, testdb.LegacySavedAt); err != nil {
		t.Fatal(err)
	}
}

func hashOf(t testing.TB, raw []byte) string {
	t.Helper()
	sum, err := rawjson.Hash(jsontext.Value(raw))
	if err != nil {
		t.Fatal(err)
	}
	return sum.String()
}

func asInvalid(err error, target **schema.InvalidError) bool { return errors.As(err, target) }

func readBlob(t testing.TB, s *repo.Store, sha string) string {
	t.Helper()
	r, err := s.Contents.Open(context.Background(), sha)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
