//go:build unix

package repo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"taskstore/backup"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"
)

// attachment is one with a content.
func attachment(id, text string) *schema.Attachment {
	a := &schema.Attachment{Head: schema.Head{ID: id}}
	a.File.Text = "data:text/plain," + text
	return a
}

// TestMovedStore: the directory of an open store is moved or removed, and another store may be put in
// its place. Nothing is acknowledged that nobody would find, nothing is begun anew in the place,
// what was acknowledged before is where the store is, and the other one is touched by nobody.
func TestMovedStore(t *testing.T) {
	for name, c := range map[string]struct{ away, replaced bool }{
		"moved": {true, false}, "removed": {false, false}, "moved and replaced": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir, away := filepath.Join(root, "store"), filepath.Join(root, "away")
			s, err := repo.Open(t.Context(), dir, repo.Options{})
			fatal(t, err)
			fatal(t, s.Attachments.Save(t.Context(), attachment("kept", strings.Repeat("kept ", 9))))
			if c.away {
				fatal(t, os.Rename(dir, away))
			} else {
				fatal(t, os.RemoveAll(dir))
			}
			var second *repo.Store
			if c.replaced {
				second, err = repo.Open(t.Context(), dir, repo.Options{})
				fatal(t, err)
				_, err = second.Contents.Put(t.Context(), strings.NewReader("nobody needs it yet"), "")
				fatal(t, err)
			}
			wantRefused(t, s)
			if !c.replaced {
				if left, err := os.ReadDir(dir); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("begun anew: %v, %v", left, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error("close:", err)
			}
			if c.replaced {
				fatal(t, second.Notes.Save(t.Context(), note("other", "x")))
				fatal(t, second.Close())
				testdb.WantClean(t, dir)
				if list, err := testdb.Reopen(t, dir).Contents.Trash(t.Context()); err != nil || len(list) != 0 {
					t.Errorf("collected of another store: %v, %v", list, err)
				}
			}
			if c.away {
				testdb.WantClean(t, away)
				again := testdb.Reopen(t, away)
				a, err := again.Attachments.Get(t.Context(), "kept")
				fatal(t, err)
				if _, err := again.Contents.Text(t.Context(), a.File); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// wantRefused wants every change to be refused, and in its value nothing to be changed.
func wantRefused(t *testing.T, s *repo.Store) {
	t.Helper()
	ctx := t.Context()
	lost := attachment("lost", strings.Repeat("lost ", 900))
	_, _, backed := s.Backup(ctx, backup.CreateOptions{})
	_, put := s.Contents.Put(ctx, strings.NewReader("text"), "")
	_, collected := s.Contents.Collect(ctx, contents.CollectOptions{})
	_, emptied := s.Contents.EmptyTrash(ctx, contents.EmptyOptions{})
	_, vacuumed := s.Vacuum(ctx)
	for what, err := range map[string]error{
		"save": s.Notes.Save(ctx, note("lost", "x")), "save with content": s.Attachments.Save(ctx, lost), "delete": s.Attachments.Delete(ctx, "kept"),
		"update": s.Update(ctx, func(ctx context.Context, tx *repo.Tx) error { return tx.Notes.Save(ctx, note("lost", "x")) }),
		"backup": backed, "put": put, "collect": collected, "empty": emptied, "vacuum": vacuumed,
	} {
		if !errors.Is(err, repo.ErrMoved) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if lost.File.Blob != "" || lost.Rev != 0 {
		t.Errorf("the value was changed: %+v", lost)
	}
}

const permissionsEnv = "REPO_PERMISSIONS"

// TestPermissionsLost: rights on the files go while a store is open. What cannot be done is said, what was
// acknowledged stays, and once the rights are back all goes on. The superuser has all rights: for that
// the test is run again by somebody else.
func TestPermissionsLost(t *testing.T) {
	if dir := os.Getenv(permissionsEnv); dir != "" {
		losePermissions(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		losePermissions(t, filepath.Join(t.TempDir(), "store"))
		return
	}
	cmd, dir := asNobody(t)
	cmd.Args = append(cmd.Args, "-test.run=^TestPermissionsLost$", "-test.v")
	cmd.Env = append(os.Environ(), permissionsEnv+"="+filepath.Join(dir, "store"), "TMPDIR="+dir, "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestPermissionsLost") {
		t.Errorf("%v\n%s", err, out)
	}
}

// asNobody gives a run of this program as the user nobody, and a directory that is theirs.
func asNobody(t *testing.T) (cmd *exec.Cmd, dir string) {
	t.Helper()
	const nobody = 65534
	dir, err := os.MkdirTemp("", "nobody-*")
	fatal(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "program")
	from, err := os.Open(os.Args[0])
	fatal(t, err)
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	fatal(t, err)
	_, err = io.Copy(to, from)
	fatal(t, errors.Join(err, to.Close(), os.Chown(dir, nobody, nobody)))
	cmd = exec.CommandContext(t.Context(), program)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd, dir
}

func losePermissions(t *testing.T, dir string) {
	s, err := repo.Open(t.Context(), dir, repo.Options{})
	fatal(t, err)
	kept := map[string]bool{}
	save := func(id string) error {
		err := s.Attachments.Save(t.Context(), attachment(id, "content of "+id))
		kept[id] = kept[id] || err == nil
		return err
	}
	fatal(t, save("first"))
	for n, names := range [][]string{{"blobs"}, {"store.db", "store.db-wal", "store.db-shm"}, {"."}, {"blobs", "store.db", "."}} {
		for _, name := range names {
			fatal(t, os.Chmod(filepath.Join(dir, name), 0))
		}
		err := save(fmt.Sprint("without ", n))
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, repo.ErrReadOnly) {
			t.Errorf("without %v a save says %v", names, err)
		}
		var reads sync.WaitGroup
		for range 12 { // more than there are connections
			reads.Go(func() {
				_, err := s.Notes.Count(t.Context(), repo.Query{})
				if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, repo.ErrReadOnly) {
					t.Errorf("without %v a read says %v", names, err)
				}
			})
		}
		reads.Wait()
		for i := len(names) - 1; i >= 0; i-- {
			fatal(t, os.Chmod(filepath.Join(dir, names[i]), 0o700))
		}
		fatal(t, save(fmt.Sprint("after ", n)))
	}
	fatal(t, s.Close())
	testdb.WantClean(t, dir)
	s = testdb.Reopen(t, dir)
	for id := range kept {
		a, err := s.Attachments.Get(t.Context(), id)
		if err == nil {
			_, err = s.Contents.Text(t.Context(), a.File)
		}
		if kept[id] && err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
