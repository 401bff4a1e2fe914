//go:build unix

package durable

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

const somebody, group = 54321, 54322

// belongs checks to whom a file or directory belongs.
func belongs(t *testing.T, name string, uid, gid uint32) {
	t.Helper()
	info, err := os.Lstat(name)
	fatal(t, err)
	if st := info.Sys().(*syscall.Stat_t); st.Uid != uid || st.Gid != gid {
		t.Errorf("%s belongs to %d:%d, want %d:%d", name, st.Uid, st.Gid, uid, gid)
	}
}

// theirs is a directory of somebody else, in which the superuser works.
func theirs(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "theirs")
	fatal(t, os.Mkdir(dir, 0o700))
	if err := os.Chown(dir, somebody, group); err != nil {
		t.Skipf("nothing can be given away here: %v", err)
	}
	return dir
}

// TestOwner: what the superuser makes belongs to whom the directory belongs.
func TestOwner(t *testing.T) {
	dir := theirs(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	fatal(t, MakeDir(in("a/b")), Mkdir(in("c")), Create(in("new"), func(*os.File) error { return nil }),
		WriteFile(in("state"), text("one")), CopyFile(t.Context(), in("state"), in("copy")))
	temp, err := TempDir(dir, "t-*")
	fatal(t, err)
	f, err := Temp(temp, "f-*")
	fatal(t, err)
	sealed, err := NewSealed(in("sealed"))
	fatal(t, err)
	fatal(t, f.Close(), sealed.Close())
	release, err := Lock(t.Context(), in("lock"), Exclusive, 0)
	fatal(t, err)
	fatal(t, release())
	for _, name := range []string{in("a"), in("a/b"), in("c"), in("new"), in("state"), in("copy"), in("lock"), in("sealed"), temp, f.Name()} {
		belongs(t, name, somebody, group)
	}
	hasMode(t, in("sealed"), 0o400)
	hasMode(t, in("lock"), 0o600)
}

// TestOwnerKept: what is replaced, or put in the place of something, belongs to whom it
// belonged; what a person names and is not there yet belongs to who writes it.
func TestOwnerKept(t *testing.T) {
	dir := theirs(t)
	name, other := filepath.Join(dir, "state"), filepath.Join(dir, "other")
	fatal(t, os.WriteFile(name, []byte("old"), 0o644), os.Chown(name, 7, 8))
	fatal(t, WriteFile(name, text("new")))
	belongs(t, name, 7, 8)
	holds(t, name, "new", 0o600)
	fatal(t, WriteNamed(name, text("newer")))
	belongs(t, name, 7, 8)
	fatal(t, WriteNamed(other, text("mine")))
	belongs(t, other, 0, 0)
	fatal(t, OwnLike(other, name))
	belongs(t, other, 7, 8)
	fatal(t, OwnLike(other, filepath.Join(dir, "gone")))
	belongs(t, other, 7, 8)
}

// TestOwnerOfLink: a link is not followed to what it leads to.
func TestOwnerOfLink(t *testing.T) {
	dir := theirs(t)
	far, link := filepath.Join(t.TempDir(), "far"), filepath.Join(dir, "link")
	fatal(t, os.Mkdir(far, 0o700), os.Symlink(far, link))
	if err := ownDir(link); err == nil {
		t.Error("a link passed for a directory")
	}
	belongs(t, far, uint32(os.Getuid()), uint32(os.Getgid()))
}

// TestWriteNamedDescriptor: a descriptor is written to as it stands, so that what the
// file behind it held before stays.
func TestWriteNamedDescriptor(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	fatal(t, os.WriteFile(log, []byte("before, "), 0o600))
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
	fatal(t, err)
	defer f.Close()
	name := fmt.Sprintf("/dev/fd/%d", f.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip(err)
	}
	fatal(t, WriteNamed(name, text("after")))
	holds(t, log, "before, after", 0o600)
	if _, err := f.WriteString(", and on"); err != nil {
		t.Errorf("the descriptor was closed: %v", err)
	}
	holds(t, log, "before, after, and on", 0o600)
}
