package repo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

const creationEnv = "REPO_CREATE_STORE"

// TestCreateChild is the process that is killed while it makes a store.
func TestCreateChild(t *testing.T) {
	dir := os.Getenv(creationEnv)
	if dir == "" {
		t.Skip("runs as the child of another test only")
	}
	fmt.Println("ready")
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	fatal(t, err)
	fatal(t, s.Close())
	select {}
}

// TestCreateKilled: whoever is killed while making a store leaves none, or a whole
// one, and nothing that the next would not clean up.
func TestCreateKilled(t *testing.T) {
	t.Parallel()
	for range 3 * *repo.CrashRounds {
		dir := testdb.Dir(t)
		child := exec.Command(os.Args[0], "-test.run=^TestCreateChild$")
		child.Env = append(os.Environ(), creationEnv+"="+dir)
		out, err := child.StdoutPipe()
		fatal(t, err)
		fatal(t, child.Start())
		_, err = out.Read(make([]byte, 1))
		fatal(t, err)
		time.Sleep(rand.N(80 * time.Millisecond))
		fatal(t, child.Process.Kill())
		_ = child.Wait()
		if file, err := os.Stat(repo.DBPath(dir)); err == nil && file.Size() > 0 {
			testdb.WantClean(t, dir)
		}
		s, err := repo.Open(t.Context(), dir, repo.Options{NoMigrate: true})
		fatal(t, err)
		status, err := s.Status(t.Context())
		fatal(t, errors.Join(err, s.Close()))
		if status.Index.State != "ready" {
			t.Errorf("the index is %s", status.Index.State)
		}
		if left, _ := filepath.Glob(repo.DBPath(dir) + "?*"); len(left) > 0 {
			t.Errorf("left %v", left)
		}
	}
}

// TestCreateEmpty: a file without a byte is where a store is still to be made, unless
// there are contents of one.
func TestCreateEmpty(t *testing.T) {
	dir := testdb.Dir(t)
	fatal(t, os.WriteFile(repo.DBPath(dir), nil, 0o600))
	if _, err := repo.Open(t.Context(), dir, repo.Options{ReadOnly: true}); !errors.Is(err, repo.ErrNoStore) {
		t.Errorf("for reading: %v", err)
	}
	s, err := repo.Open(t.Context(), dir, repo.Options{NoMigrate: true})
	fatal(t, err)
	fatal(t, s.Attachments.Save(t.Context(), &schema.Attachment{Head: schema.Head{ID: "a"}, FileInfo: schema.FileInfo{Base64: schema.Content{Text: "aGVsbG8gd29ybGQ="}}}))
	fatal(t, s.Close())
	for _, lose := range []func() error{
		func() error { return os.Truncate(repo.DBPath(dir), 0) },
		func() error { return os.Remove(repo.DBPath(dir)) },
	} {
		fatal(t, lose())
		for _, opt := range []repo.Options{{}, {NoMigrate: true}, {ReadOnly: true}} {
			if _, err := repo.Open(t.Context(), dir, opt); !errors.Is(err, repo.ErrNoDatabase) || !errors.Is(err, repo.ErrNoStore) {
				t.Errorf("%+v: %v", opt, err)
			}
		}
	}
}

// TestSharedContents: two stores with one directory of contents would collect what the other needs.
func TestSharedContents(t *testing.T) {
	first := testdb.Open(t)
	fatal(t, first.Close())
	second := testdb.Dir(t)
	if err := os.Symlink(repo.BlobsDir(first.Dir()), repo.BlobsDir(second)); err != nil {
		t.Skip(err)
	}
	marker := filepath.Join(repo.BlobsDir(first.Dir()), blobs.OwnerFile)
	refused := func(when string) {
		t.Helper()
		if _, err := repo.Open(t.Context(), second, repo.Options{}); !errors.Is(err, repo.ErrSharedContents) || !strings.Contains(err.Error(), first.Dir()) {
			t.Errorf("%s: %v", when, err)
		}
	}
	refused("marked")
	fatal(t, os.Remove(marker))
	refused("of an earlier version")
	again := testdb.Reopen(t, first.Dir())
	fatal(t, again.Close())
	if text, err := os.ReadFile(marker); err != nil || string(text) != first.Dir() {
		t.Errorf("the mark is %q, %v", text, err)
	}
}

// TestOwnContents: a store that was moved, copied or linked to keeps its contents, and a
// folder elsewhere is given to one store.
func TestOwnContents(t *testing.T) {
	root := t.TempDir()
	from, to := filepath.Join(root, "from"), filepath.Join(root, "to")
	opens := func(dir string) error {
		s, err := repo.Open(t.Context(), dir, repo.Options{})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	fatal(t, opens(from))
	fatal(t, os.Rename(from, to))
	fatal(t, opens(to))
	fatal(t, os.Symlink(to, from))
	fatal(t, opens(from))
	fatal(t, opens(to))
	fatal(t, os.Remove(from))
	fatal(t, os.CopyFS(from, os.DirFS(to)))
	fatal(t, opens(from))
	fatal(t, opens(to))
	far := filepath.Join(root, "far")
	fatal(t, os.Rename(repo.BlobsDir(from), far))
	fatal(t, os.Symlink(far, repo.BlobsDir(from)))
	fatal(t, opens(from))
	fatal(t, os.Rename(from, from+"2"))
	if err := opens(from + "2"); !errors.Is(err, repo.ErrSharedContents) {
		t.Errorf("the folder's store is not there: %v", err)
	}
	fatal(t, os.Remove(filepath.Join(far, blobs.OwnerFile)))
	fatal(t, opens(from+"2"))
}

// TestContentsIsFile: what is a file instead of a directory keeps nobody from reading.
func TestContentsIsFile(t *testing.T) {
	s := testdb.Unchecked(t)
	fatal(t, s.Close())
	for _, name := range []string{"blobs", "backups"} {
		fatal(t, os.RemoveAll(filepath.Join(s.Dir(), name)))
		fatal(t, os.WriteFile(filepath.Join(s.Dir(), name), []byte("x"), 0o600))
	}
	r, err := repo.Open(t.Context(), s.Dir(), repo.Options{ReadOnly: true})
	fatal(t, err)
	if _, err := r.Status(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.Notes.Count(t.Context(), repo.Query{}); err != nil {
		t.Error(err)
	}
	fatal(t, r.Close())
}

// TestUnfinishedRestore: a restore that was killed is ended at the next opening, also in a directory whose name is
// a pattern; and what is put aside without a database in it makes no new store in the place of a lost one.
func TestUnfinishedRestore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a[b*c?d")
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	fatal(t, err)
	fatal(t, s.Notes.Save(t.Context(), note("n", "text")))
	_, _, err = s.Backup(t.Context(), backup.CreateOptions{})
	fatal(t, err)
	fatal(t, s.Close())
	aside := s.Path() + ".aside-20260101T000000Z"
	fatal(t, os.Mkdir(aside, 0o700))
	fatal(t, os.Rename(s.Path(), filepath.Join(aside, "incoming")))
	s = testdb.Reopen(t, dir)
	if _, err := s.Notes.Get(t.Context(), "n"); err != nil {
		t.Error(err)
	}
	fatal(t, s.Close())
	fatal(t, errors.Join(os.RemoveAll(aside), os.Mkdir(aside, 0o700), os.Remove(s.Path())))
	if _, err := repo.Open(t.Context(), dir, repo.Options{}); !errors.Is(err, repo.ErrLost) {
		t.Errorf("opened: %v", err)
	}
}
