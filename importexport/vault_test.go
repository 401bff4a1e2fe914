package importexport_test

import (
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

	"taskstore/importexport"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

const vaultTime schema.Time = "2026-11-01T10:00:00.000Z"

// vaultOf exports a store as a vault.
func vaultOf(t *testing.T, s *repo.Store, dir string, opt importexport.Options) importexport.Result {
	t.Helper()
	res, err := importexport.ExportVault(t.Context(), s, dir, vaultTime, opt)
	fatal(t, err)
	return res
}

// wantSameIn holds that two sources have equal records.
func wantSameIn(t *testing.T, a, b string) {
	t.Helper()
	res, err := importexport.Diff(t.Context(), a, b, func(d importexport.Difference) error {
		t.Errorf("%s %s %s: %.500v", d.Change, d.Kind, d.ID, d.Fields)
		return nil
	})
	fatal(t, err)
	n := 0
	for _, equal := range res.Equal {
		n += equal
	}
	if n == 0 {
		t.Error("nothing was compared")
	}
}

// filesIn are the files below a directory, with what they hold, but the marker and the lock.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".taskstore-vault") {
			return err
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))] = string(text)
		return err
	}))
	return files
}

// TestVaultRoundTrip: odd records of every kind, with trash and contents, come back from a
// vault as they were.
func TestVaultRoundTrip(t *testing.T) {
	from := filled(t)
	dir := filepath.Join(t.TempDir(), "vault")
	res := vaultOf(t, from, dir, importexport.Options{Trash: true})
	if len(res.Missing) > 0 || res.Bytes == 0 {
		t.Errorf("%+v", res)
	}
	wantSameIn(t, from.Dir(), dir)
	to := testdb.Open(t)
	got, err := importexport.Import(t.Context(), to, dir, importexport.ImportOptions{})
	fatal(t, err)
	if got.Format != importexport.FormatMarkdown || len(got.Unread) > 0 || got.Collections["notes"].Created != 7 {
		t.Errorf("%+v", got)
	}
	wantSameIn(t, from.Dir(), to.Dir())
	again := filepath.Join(t.TempDir(), "again")
	vaultOf(t, from, again, importexport.Options{Trash: true})
	if a, b := filesIn(t, dir), filesIn(t, again); len(a) != len(b) || len(a) == 0 {
		t.Errorf("%d files and %d", len(a), len(b))
	} else {
		for name := range a {
			if a[name] != b[name] {
				t.Errorf("%s differs in the second export", name)
			}
		}
	}
}

// TestVaultTitles: whatever a title is, the page has a name of its own, its front matter
// parses, and the title comes back.
func TestVaultTitles(t *testing.T) {
	from := testdb.Open(t)
	titles := []string{"CON", "con.txt", "---", "...", "", "a: b # c", `"quoted" 'and' \back\`, "- list", "{a: 1}", "line\nbreak\r\n---\nmore", "🏳️‍🌈 flag", "../../etc", "A/B", "a/b", "é", "e\u0301", "É",
		"Straße", "STRASSE", strings.Repeat("long é ", 100), "2024-01-01", "true", "!!tag", "&anchor", "*alias", "<<", "%", "@x", "`x`", "\u0085\u2028\ufeff\u202e", "\x01\x7f", "[[link|x]]", "a\x1b[31m", "null", "~"}
	want := map[string]string{}
	for i, title := range titles {
		id := fmt.Sprint("n", i)
		want[id] = title
		note := &schema.Note{Head: schema.Head{ID: id}, Title: title, Content: "---\n" + title + "\r\n---\n ", Timestamp: vaultTime}
		fatal(t, errors.Join(from.Notes.Save(t.Context(), note), from.Tasks.Save(t.Context(), &schema.Task{Head: schema.Head{ID: id}, Title: title, CreatedAt: vaultTime})))
	}
	dir := filepath.Join(t.TempDir(), "vault")
	vaultOf(t, from, dir, importexport.Options{})
	seen := map[string]bool{}
	for name := range filesIn(t, dir) {
		if low := strings.ToLower(name); seen[low] {
			t.Errorf("%q is there twice", name)
		} else {
			seen[low] = true
		}
		base := strings.TrimSuffix(filepath.Base(name), ".md")
		if len(base) > 110 || strings.ContainsAny(base, "/\\:*?\"<>|#^[]\x00\x1b") || strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".") || strings.EqualFold(base, "con") {
			t.Errorf("the name %q", name)
		}
	}
	if len(seen) != 2*len(titles) {
		t.Errorf("%d files of %d titles", len(seen), len(titles))
	}
	to := testdb.Open(t)
	_, err := importexport.Import(t.Context(), to, dir, importexport.ImportOptions{})
	fatal(t, err)
	for id, title := range want {
		note, err := to.Notes.Get(t.Context(), id)
		if err != nil || note.Title != title || note.Content != "---\n"+title+"\r\n---\n " {
			t.Errorf("%q is %q with %q, %v", title, note.Title, note.Content, err)
		}
	}
	wantSameIn(t, from.Dir(), to.Dir())
}

// small is a store with a note that refers to a topic and to a picture, and a session.
func small(t *testing.T) *repo.Store {
	t.Helper()
	s, ctx := testdb.Open(t), t.Context()
	info, err := s.Contents.Put(ctx, strings.NewReader("\x89PNG\r\n\x1a\n and more"), "")
	fatal(t, err)
	fatal(t, errors.Join(
		s.Topics.Save(ctx, &schema.Topic{Head: schema.Head{ID: "t1"}, Subject: schema.Subject{Name: "The topic", CreatedAt: vaultTime}}),
		s.Attachments.Save(ctx, &schema.Attachment{Head: schema.Head{ID: "a1"}, FileInfo: schema.FileInfo{Name: "shot.png", CreatedAt: vaultTime}, File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}},
			&schema.Attachment{Head: schema.Head{ID: "a2"}, FileInfo: schema.FileInfo{Name: "shot.png", CreatedAt: vaultTime}, File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}),
		s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n1"}, Title: "First", Content: "# words\n", Timestamp: vaultTime, Tags: []string{"b", "a"}, Links: []schema.Link{{Member: "topicId", Kind: "topic", ID: "t1"}}}),
		s.Sessions.Save(ctx, &schema.Session{Head: schema.Head{ID: "s1"}, Name: "Morning", StartTime: vaultTime,
			Screenshots:  []schema.Screenshot{{Item: schema.Item{ID: "x1"}, Timestamp: "2026-11-01T10:01:00.000Z", AttachmentID: "a1", UserComment: "what was seen"}},
			ContextItems: []schema.ContextItem{{Item: schema.Item{ID: "c1"}, Timestamp: "2026-11-01T10:00:30.000Z", Type: "marker", Content: "begun"}}})))
	return s
}

// TestVaultPages: pages refer to each other, a content is there once, and a session has
// its moments in their order.
func TestVaultPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	vaultOf(t, small(t), dir, importexport.Options{})
	files := filesIn(t, dir)
	for name, parts := range map[string][]string{
		"notes/First.md":       {"_links: [\"[[topics/The topic|The topic]]\"]\n", "tags: [\"b\", \"a\"]\n", "\n---\n# words\n"},
		"sessions/Morning.md":  {"\n# Morning\n", "\n## Moments\n\n- 2026-11-01T10:00:30.000Z marker: begun\n- 2026-11-01T10:01:00.000Z screenshot [[attachments/shot|shot.png]]: what was seen\n"},
		"topics/The topic.md":  {"name: \"The topic\"\n"},
		"attachments/shot.png": {"\x89PNG"},
		"attachments/shot.md":  {"![[attachments/shot.png|shot.png]]"},
	} {
		for _, part := range parts {
			if !strings.Contains(files[name], part) {
				t.Errorf("%s has no %q:\n%s", name, part, files[name])
			}
		}
	}
	if len(files) != 6 {
		t.Errorf("%q", slices.Sorted(func(yield func(string) bool) {
			for name := range files {
				if !yield(name) {
					return
				}
			}
		}))
	}
}

// TestVaultAgain: an export replaces what an export has written, and touches nothing else.
func TestVaultAgain(t *testing.T) {
	s, ctx := small(t), t.Context()
	dir := filepath.Join(t.TempDir(), "vault")
	vaultOf(t, s, dir, importexport.Options{})
	own := map[string]string{".obsidian/app.json": "{}", "mine.md": "my own", "notes/second.md": "mine too"}
	for name, text := range own {
		name = filepath.Join(dir, filepath.FromSlash(name))
		fatal(t, errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)))
	}
	fatal(t, errors.Join(s.Topics.Purge(ctx, "t1"), s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: "n2"}, Title: "Second", Content: "x", Timestamp: vaultTime})))
	vaultOf(t, s, dir, importexport.Options{})
	files := filesIn(t, dir)
	for name, text := range own {
		if files[name] != text {
			t.Errorf("%s is %q", name, files[name])
		}
	}
	if _, there := files["topics/The topic.md"]; there || !strings.HasSuffix(files["notes/Second 2.md"], "---\nx") {
		t.Errorf("the old page is there, or the new one is not: %v %q", there, files["notes/Second 2.md"])
	}
	res, err := importexport.Import(ctx, testdb.Open(t), dir, importexport.ImportOptions{})
	if err != nil || len(res.Unread) != 2 {
		t.Errorf("%q, %v", res.Unread, err)
	}
}

// TestVaultRefuses: an export refuses what it may not write into, and leaves it as it was.
func TestVaultRefuses(t *testing.T) {
	s := small(t)
	for name, prepare := range map[string]func(dir string) error{
		"somebody's": func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "x"), []byte("x"), 0o600))
		},
		"a file": func(dir string) error { return os.WriteFile(dir, []byte("x"), 0o600) },
		"changed": func(dir string) error {
			_, err := importexport.ExportVault(t.Context(), s, dir, vaultTime, importexport.Options{})
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "notes", "First.md"), []byte("edited"), 0o600))
		},
		"damaged marker": func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, ".taskstore-vault.json"), []byte("{"), 0o600))
		},
		"marker that leads out": func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, ".taskstore-vault.json"), []byte(`{"format":"taskstore-vault/1","state":"whole","files":[{"path":"../x"}]}`), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "v")
			fatal(t, prepare(dir))
			before := filesIn(t, dir)
			_, err := importexport.ExportVault(t.Context(), s, dir, vaultTime, importexport.Options{})
			if err == nil || !errors.As(err, new(*schema.InvalidError)) && name != "a file" {
				t.Errorf("%v", err)
			}
			if after := filesIn(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("%v became %v", before, after)
			}
		})
	}
}

// TestVaultInterrupted: an export that ends before its time leaves nothing where nothing was,
// and the old vault where one was.
func TestVaultInterrupted(t *testing.T) {
	s := small(t)
	dir := filepath.Join(t.TempDir(), "v")
	stop := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := importexport.ExportVault(ctx, s, dir, vaultTime, importexport.Options{Progress: func(done, _ int) {
			if done == 2 {
				cancel()
			}
		}})
		return err
	}
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory: %v", err)
	}
	vaultOf(t, s, dir, importexport.Options{})
	before := filesIn(t, dir)
	fatal(t, s.Notes.Save(t.Context(), &schema.Note{Head: schema.Head{ID: "n2"}, Content: "x", Timestamp: vaultTime}))
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if after := filesIn(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%v became %v", before, after)
	}
	marker := filepath.Join(dir, ".taskstore-vault.json")
	text, err := os.ReadFile(marker)
	fatal(t, err)
	fatal(t, os.WriteFile(marker, bytes.Replace(text, []byte(`"whole"`), []byte(`"replacing"`), 1), 0o600))
	if _, err := importexport.Import(t.Context(), testdb.Open(t), dir, importexport.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("a vault that is not whole: %v", err)
	}
	vaultOf(t, s, dir, importexport.Options{})
	wantSameIn(t, s.Dir(), dir)
}

// TestVaultEdited: what an editor changed comes in, and what is not read is said.
func TestVaultEdited(t *testing.T) {
	s, ctx := small(t), t.Context()
	dir := filepath.Join(t.TempDir(), "v")
	vaultOf(t, s, dir, importexport.Options{})
	write := func(name, text string) {
		fatal(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600))
	}
	files := filesIn(t, dir)
	front, _, _ := strings.Cut(files["notes/First.md"], "\n---\n")
	fatal(t, os.Rename(filepath.Join(dir, "notes", "First.md"), filepath.Join(dir, "elsewhere.md")))
	write("elsewhere.md", strings.Replace(front, `tags: ["b", "a"]`, "tags:\n  - b # a comment\n  - 'new'", 1)+"\n---\nother words")
	write("sessions/Morning.md", strings.Replace(files["sessions/Morning.md"], "begun", "ended", 2)+"more")
	write("notes/new.md", "---\n_kind: note\n---\nby hand")
	fatal(t, os.Remove(filepath.Join(dir, "topics", "The topic.md")))
	res, err := importexport.Import(ctx, s, dir, importexport.ImportOptions{OnConflict: importexport.ConflictReplace})
	fatal(t, err)
	note, err := s.Notes.Get(ctx, "n1")
	if err != nil || note.Content != "other words" || !slices.Equal(note.Tags, []string{"b", "new"}) {
		t.Errorf("%q %q, %v", note.Content, note.Tags, err)
	}
	session, err := s.Sessions.Get(ctx, "s1", repo.Full)
	if err != nil || session.ContextItems[0].Content != "ended" {
		t.Errorf("%+v, %v", session.ContextItems, err)
	}
	if n, err := s.Notes.Count(ctx, repo.Query{}); err != nil || n != 2 {
		t.Errorf("%d notes, %v", n, err)
	}
	if text := strings.Join(res.Unread, "\n"); len(res.Unread) != 2 || !strings.Contains(text, "sessions/Morning.md: the text") || !strings.Contains(text, "topic/t1") {
		t.Errorf("%q", res.Unread)
	}
	write("attachments/shot.png", "other bytes")
	if _, err := importexport.Import(ctx, testdb.Open(t), dir, importexport.ImportOptions{}); !errors.Is(err, importexport.ErrForm) || !strings.Contains(err.Error(), "shot.png") {
		t.Errorf("a content that was changed: %v", err)
	}
	write("attachments/shot.png", files["attachments/shot.png"])
	write("notes/new.md", "---\n_kind: [\n---\n")
	if _, err := importexport.Import(ctx, testdb.Open(t), dir, importexport.ImportOptions{}); !errors.Is(err, importexport.ErrForm) || !strings.Contains(err.Error(), "new.md") {
		t.Errorf("bad front matter: %v", err)
	}
}

// TestVaultMissing: a content that is nowhere is said by the export and by the import, and
// the record keeps its hash.
func TestVaultMissing(t *testing.T) {
	s := testdb.Unchecked(t)
	info, err := s.Contents.Put(t.Context(), strings.NewReader("soon gone"), "")
	fatal(t, err)
	fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: schema.Head{ID: "a1"}, FileInfo: schema.FileInfo{Name: "CON.png", CreatedAt: vaultTime}, File: schema.Content{Blob: info.SHA256, Form: schema.FormFile}}))
	fatal(t, os.Remove(filepath.Join(s.Dir(), "blobs", info.SHA256[:2], info.SHA256)))
	dir := filepath.Join(t.TempDir(), "v")
	if res := vaultOf(t, s, dir, importexport.Options{}); len(res.Missing) != 1 || res.Missing[0].SHA256 != info.SHA256 {
		t.Errorf("%+v", res.Missing)
	}
	to := testdb.Unchecked(t)
	res, err := importexport.Import(t.Context(), to, dir, importexport.ImportOptions{})
	if err != nil || !slices.Equal(res.Missing, []string{info.SHA256}) {
		t.Errorf("%+v, %v", res, err)
	}
	a, err := to.Attachments.Get(t.Context(), "a1")
	if err != nil || a.File.Blob != info.SHA256 {
		t.Errorf("%+v, %v", a.File, err)
	}
}

// TestVaultContents: the bytes come with the records, also of contents in the JSON of notes and
// of those whose text does not follow from them.
func TestVaultContents(t *testing.T) {
	from := testdb.Open(t)
	note := new(schema.Note)
	_, err := schema.Decode([]byte(`{"id":"n1","content":"x","timestamp":"2026-11-01T10:00:00.000Z","attachments":[{"id":"i1","name":"a.png","base64":"data:image/png;base64,iVBORw0KGgo=","thumbnail":"iVBO Rw0K\nGgo"},{"id":"i2","name":"A.PNG","base64":"not base64!"}]}`), note)
	fatal(t, err)
	fatal(t, from.Notes.Save(t.Context(), note))
	dir := filepath.Join(t.TempDir(), "v")
	vaultOf(t, from, dir, importexport.Options{})
	if files := filesIn(t, dir); files["attachments/a.png"] != "\x89PNG\r\n\x1a\n" || files["attachments/A 2.PNG"]+files["attachments/A.PNG"] != "not base64!" {
		t.Errorf("%q", files)
	}
	to := testdb.Open(t)
	_, err = importexport.Import(t.Context(), to, dir, importexport.ImportOptions{})
	fatal(t, err)
	var texts [2]bytes.Buffer
	for i, s := range []*repo.Store{from, to} {
		_, err := importexport.Export(t.Context(), s, &texts[i], importexport.FormatNDJSON, vaultTime, importexport.Options{})
		fatal(t, err)
	}
	if a, b := texts[0].String(), texts[1].String(); a != b || !strings.Contains(a, "iVBO Rw0K") {
		t.Errorf("%s\nbecame\n%s", a, b)
	}
}
