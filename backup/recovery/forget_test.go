package recovery_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/backup"
	"taskstore/backup/recovery"
	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"

	"github.com/klauspost/compress/zstd"
)

// canaries are words that nothing else has, by their last letters.
type canaries struct {
	random *rand.Rand
	words  map[string]string
}

// canaryTail is how many letters at the end of a canary are looked for: FTS5 leaves out of a word what the word
// before has too.
const canaryTail = 12

func (c *canaries) word() string {
	var b strings.Builder
	for range 20 {
		b.WriteByte(byte('a' + c.random.IntN(26)))
	}
	word := b.String()
	c.words[word[len(word)-canaryTail:]] = word
	return word
}

// text is so long that it does not fit into a page.
func (c *canaries) text(words int) string {
	var b strings.Builder
	for range words {
		b.WriteString("of " + c.word() + ", ")
	}
	return b.String()
}

// in gives the canaries that some bytes hold.
func (c *canaries) in(data []byte) (found []string) {
	data = bytes.ToLower(data)
	for at := 0; at+canaryTail <= len(data); at++ {
		if word, ok := c.words[string(data[at:at+canaryTail])]; ok && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

// readAsOther reads a file in another process: closing one of a live database would drop the locks on it.
func readAsOther(path string) ([]byte, error) { return exec.Command("cat", path).Output() }

// holders gives the files below a directory that hold a canary, as they are or unpacked.
func (c *canaries) holders(t *testing.T, dir string) (list []string) {
	t.Helper()
	files := 0
	fatal(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, ".lock") {
			return err
		}
		files++
		data, err := readAsOther(path)
		if err != nil {
			return err
		}
		found := c.in(data)
		if r, err := zstd.NewReader(bytes.NewReader(data)); err == nil {
			plain, _ := io.ReadAll(r) // what is no zstd gives nothing
			r.Close()
			found = append(found, c.in(plain)...)
		}
		if len(found) > 0 {
			list = append(list, fmt.Sprintf("%s holds %d canaries", path[len(dir)+1:], len(found)))
		}
		return nil
	}))
	if files < 2 {
		t.Errorf("only %d files in %s", files, dir)
	}
	return list
}

// planted is a store with many records, and one of each searched kind that holds canaries in its
// texts, in states that it had, in an item and in a content.
func planted(t *testing.T, c *canaries) *repo.Store {
	t.Helper()
	s := testdb.Open(t)
	ctx := t.Context()
	for i := range 60 {
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: fmt.Sprint("other", i)}, Title: fmt.Sprint("note ", i), Content: strings.Repeat(fmt.Sprint("plain words ", i, " "), 60)}))
	}
	content := base64.StdEncoding.EncodeToString([]byte(c.text(200)))
	n := &schema.Note{Head: schema.Head{ID: "secret"}, Title: c.word(), Content: c.text(2), Tags: []string{c.word()},
		Attachments: []schema.InlineAttachment{{Item: schema.Item{ID: "file"}, FileInfo: schema.FileInfo{Name: c.word(), Base64: schema.Content{Text: content}}}},
		Updates:     []schema.NoteUpdate{{Item: schema.Item{ID: "u"}, Content: c.text(300)}}}
	fatal(t, s.Notes.Save(ctx, n))
	for _, words := range []int{3, 1500, 40, 700} {
		n.Content, n.Title = c.text(words), c.word()
		fatal(t, s.Notes.Save(ctx, n))
		fatal(t, s.Notes.Save(ctx, &schema.Note{Head: schema.Head{ID: fmt.Sprint("later", words)}, Content: "between " + fmt.Sprint(words)}))
	}
	n.Attachments = nil
	fatal(t, s.Notes.Save(ctx, n))
	return s
}

func newCanaries() *canaries {
	seed := rand.Uint64()
	return &canaries{random: rand.New(rand.NewPCG(seed, seed)), words: map[string]string{}}
}

// TestPurgedIsGone: after a purge and an optimize no backup that is made holds a word of the record,
// after a vacuum the store's own files do not.
func TestPurgedIsGone(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	before := create(t, s)
	if got := c.holders(t, s.Dir()); len(got) < 3 {
		t.Fatalf("before anything is purged only %q hold canaries", got)
	}
	fatal(t, s.Notes.Purge(ctx, "secret"))
	fatal(t, s.Backups().Remove(ctx, before.ID))
	_, err := s.Optimize(ctx)
	fatal(t, err)
	create(t, s)
	if got := c.holders(t, filepath.Join(s.Dir(), "backups")); len(got) > 0 {
		t.Errorf("after optimize %q", got)
	}
	_, err = s.Contents.Collect(ctx, contents.CollectOptions{})
	fatal(t, err)
	_, err = s.Contents.EmptyTrash(ctx, contents.EmptyOptions{})
	fatal(t, err)
	if done, err := s.Vacuum(ctx); err != nil || done.Log > 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.holders(t, s.Dir()); len(got) > 0 {
		t.Errorf("after vacuum %q", got)
	}
	if page, err := s.Search(ctx, repo.Search{Query: repo.Query{Text: "*between*"}}); err != nil || page.Total != 4 {
		t.Errorf("%d texts are found by a part of a word, %v", page.Total, err)
	}
}

// TestForget: one call ends a record everywhere, in kept backups and contents too, and every backup
// that was written anew can be restored.
func TestForget(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	for i, b := range []backup.Backup{create(t, s), create(t, s)} {
		_, err := s.Backups().Pin(ctx, b.ID, i == 0)
		fatal(t, err)
	}
	fatal(t, s.Notes.Purge(ctx, "secret")) // which leaves most of it
	create(t, s)
	was, err := s.Backups().List(ctx)
	fatal(t, err)

	done, err := recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || done.Records != 0 || len(done.Backups) != 3 || done.Contents.Count != 1 || len(done.Still) > 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.holders(t, s.Dir()); len(got) > 0 {
		t.Errorf("%q", got)
	}
	list, err := s.Backups().List(ctx)
	fatal(t, err)
	if len(list) != len(was) {
		t.Fatalf("%d backups, and there were %d", len(list), len(was))
	}
	for i, b := range list {
		if !b.Created.Equal(was[i].Created) || b.Pinned != was[i].Pinned || b.Reason != was[i].Reason || !b.Good() {
			t.Errorf("%+v was %+v", b, was[i])
		}
		if d, err := recovery.RunDrill(ctx, s.Dir(), b.ID, recovery.Options{}); err != nil || d.Counts["notes"] != 64 {
			t.Errorf("%+v, %v", d, err)
		}
	}
	again, err := recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || len(again.Backups) > 0 || again.Looked != 3 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestForgetLive: a record that is there, and one that another tool has removed, are ended as well;
// one that nobody knows is not found.
func TestForgetLive(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	testdb.Shell(t, s, "DELETE FROM notes WHERE id = 'other7';")
	done, err := recovery.Forget(ctx, s, "note", []string{"secret", "other7"}, recovery.Options{})
	if err != nil || done.Records != 2 || done.Contents.Count != 1 || len(done.Still) > 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.holders(t, s.Dir()); len(got) > 0 {
		t.Errorf("%q", got)
	}
	if list, err := s.Notes.History(ctx, "other7"); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := recovery.Forget(ctx, s, "note", []string{"nobody"}, recovery.Options{}); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// TestForgetLists: what may hold the record still is named, and nothing of it goes without a word.
func TestForgetLists(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	bad := create(t, s)
	file := filepath.Join(s.Dir(), "backups", bad.ID+".db.zst")
	data, err := os.ReadFile(file)
	fatal(t, err)
	data[len(data)/2] ^= 1
	fatal(t, os.WriteFile(file, data, 0o600))
	run, err := ledger.Of(s).Begin(ctx, "/old", "hash")
	fatal(t, err)
	info, err := s.Contents.Put(ctx, strings.NewReader(`{"id":"secret","content":`), "")
	fatal(t, err)
	fatal(t, ledger.Of(s).AddQuarantined(ctx, ledger.Quarantined{Run: run.PK, File: "notes.json", Code: "syntax", Reason: "r", Blob: info.SHA256}))

	done, err := recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	fatal(t, err)
	var what []string
	for _, one := range done.Still {
		what = append(what, strings.Fields(one.What)[0])
		if one.Why == "" || one.Remedy == "" {
			t.Errorf("%+v", one)
		}
	}
	if got := fmt.Sprint(what); got != "[backup content quarantine]" {
		t.Errorf("%s, %+v", got, done)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the damaged backup went: %v", err)
	}
	fatal(t, s.Backups().Remove(ctx, bad.ID))
}

// TestForgetNamesUnowned: a content of a record that was purged before, of which nobody knows any more whose it was,
// is not left without a word, nor removed.
func TestForgetNamesUnowned(t *testing.T) {
	c := newCanaries()
	s := planted(t, c)
	ctx := t.Context()
	fatal(t, s.Notes.Purge(ctx, "secret"))
	done, err := recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || len(done.Still) != 1 || done.Still[0].Remedy != "blob gc --grace 0" {
		t.Fatalf("%+v, %v", done, err)
	}
	_, err = s.Contents.Collect(ctx, contents.CollectOptions{})
	fatal(t, err)
	done, err = recovery.Forget(ctx, s, "note", []string{"secret"}, recovery.Options{})
	if err != nil || len(done.Still) != 1 || done.Still[0].Remedy != "blob trash empty" {
		t.Fatalf("%+v, %v", done, err)
	}
}
