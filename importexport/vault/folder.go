// Package vault keeps records as a folder that Obsidian and other editors of Markdown
// open: a page for each record, whose front matter is the record and whose names are good
// on every system, and the contents beside, each once.
//
// It promises that a folder that is not empty is written into only if an export has
// written it; that no file is replaced or removed that is not as an export has left it,
// and none that an export has not written; and that the front matter of a page gives the
// same JSON back. An export that is interrupted leaves a folder that says so, and the next
// one completes it.
//
// What a record is, and what is worth showing of it, it leaves to its callers.
package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"taskstore/internal/durable"
	"taskstore/schema"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/unicode/norm"
)

// Folder is a vault that is being written. Its files are written beside, in a hidden
// folder, and come into their places with Commit.
type Folder struct {
	dir     string
	made    bool             // the directory was not there before
	old     map[string]known // what an export has written before, and is as it left it
	entries []Entry          // of the old marker
	theirs  []string         // files that nobody but the user has written
	unlock  func() error
	staged  []staged
}

// known is a file that was looked at: what it holds, and by what one sees that nobody has
// written to it since.
type known struct {
	sum string
	was fs.FileInfo
}

type staged struct {
	Entry
	temp string
}

// Begin makes a directory a vault, or begins to replace the one that is there. Errors:
// *schema.InvalidError for a directory that an export did not write, and for one with pages
// that were changed since; durable.ErrLocked.
func Begin(ctx context.Context, dir string) (_ *Folder, err error) {
	dir = durable.Target(dir)
	f := &Folder{dir: dir, old: map[string]known{}}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := durable.MakeDir(dir); err != nil {
			return nil, err
		}
		f.made = true
	}
	if err := f.ours(); err != nil {
		return nil, err
	}
	if f.unlock, err = durable.Lock(ctx, filepath.Join(dir, lockName), durable.Exclusive, 0); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := f.look(ctx); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(dir, stagedName)); err != nil { // of an export that was interrupted
		return nil, err
	}
	return f, durable.Mkdir(filepath.Join(dir, stagedName))
}

// ours refuses a directory that is not empty and that no export has written.
func (f *Folder) ours() error {
	if IsVault(f.dir) {
		return nil
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name != stagedName && name != lockName {
			return f.refuse(fmt.Sprintf("it is not empty and no export has written it: it holds %q; name another directory, or one that is not there yet", name))
		}
	}
	return nil
}

func (f *Folder) refuse(problem string) error {
	return &schema.InvalidError{Kind: "vault", ID: f.dir, Problem: problem}
}

// look finds out which of the files are ours and as we left them.
func (f *Folder) look(ctx context.Context) error {
	m, err := readMarker(f.dir)
	if err != nil {
		return err
	}
	written := map[string][]string{}
	if m != nil {
		f.entries = m.Files
		for _, e := range m.Files {
			written[e.Path] = append(written[e.Path], e.SHA256)
		}
	}
	var changed []string
	err = eachFile(f.dir, true, func(name string, e fs.DirEntry) error {
		name = norm.NFC.String(name) // which some file systems take apart
		sums, ours := written[name]
		if !ours {
			f.theirs = append(f.theirs, name)
			return nil
		}
		was, err := e.Info()
		if err != nil {
			return err
		}
		sum, err := sumOf(ctx, filepath.Join(f.dir, name))
		if err != nil {
			return err
		}
		if f.old[name] = (known{sum, was}); !slices.Contains(sums, sum) {
			changed = append(changed, name)
		}
		return nil
	})
	if err == nil && len(changed) > 0 {
		err = f.refuse(fmt.Sprintf("%d of its files were changed since they were exported, the first is %q; import it first, or name another directory", len(changed), changed[0]))
	}
	return err
}

// Theirs are the paths of the files in the directory that no export has written. They
// stay as they are.
func (f *Folder) Theirs() []string { return f.theirs }

// Put writes a file that is to be at a path. record is its kind and id; "" for a content,
// whose bytes must be those of its hash want. A file whose write fails is none.
func (f *Folder) Put(name, record, want string, write func(io.Writer) error) (size int64, err error) {
	temp := filepath.Join(f.dir, stagedName, strconv.Itoa(len(f.staged)))
	file, err := durable.New(temp)
	if err != nil {
		return 0, err
	}
	sum := sha256.New()
	n := &counter{w: io.MultiWriter(file, sum)}
	err = errors.Join(write(n), file.Close())
	is := hex.EncodeToString(sum.Sum(nil))
	if err == nil && want != "" && is != want {
		err = fmt.Errorf("%s: %w", want, ErrContent)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(temp))
	}
	f.staged = append(f.staged, staged{Entry{Path: name, SHA256: is, Size: n.n, Record: record}, temp})
	return n.n, nil
}

// ErrContent says that a content is not that of its hash.
var ErrContent = errors.New("the content is not that of its hash")

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Commit puts the files in their places, and takes those away that an earlier export has
// written and this one has not. Until it is done the vault says that it is not whole.
func (f *Folder) Commit(ctx context.Context, at schema.Time, missing []string) error {
	if err := f.flush(ctx); err != nil {
		return err
	}
	m := &Marker{Format: Format, State: replacing, At: at, Missing: missing, Files: slices.Clone(f.entries)}
	now := make([]Entry, len(f.staged))
	for i, s := range f.staged {
		now[i] = s.Entry
	}
	m.Files = append(m.Files, now...)
	if err := m.write(f.dir); err != nil {
		return err
	}
	if err := f.clear(now); err != nil {
		return err
	}
	for _, s := range f.staged {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.place(s); err != nil {
			return err
		}
	}
	if err := f.syncFolders(); err != nil {
		return err
	}
	m.State, m.Files = whole, now
	return m.write(f.dir)
}

// flush puts what was written on disk, several files at a time.
func (f *Folder) flush(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, s := range f.staged {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return durable.FlushWritten(s.temp)
		})
	}
	return group.Wait()
}

// clear takes away what earlier exports have written and is not wanted any more. It comes
// first: a name that differs in case alone is the same one on some systems.
func (f *Folder) clear(now []Entry) error {
	keep := make(map[string]bool, len(now))
	for _, e := range now {
		keep[e.Path] = true
	}
	for name := range f.old {
		if keep[name] {
			continue
		}
		if err := f.steady(name); err != nil {
			return err
		}
		if err := os.Remove(f.full(name)); err != nil {
			return err
		}
	}
	return nil
}

// place puts a file in its place. One that is there already is not touched.
func (f *Folder) place(s staged) error {
	to := f.full(s.Path)
	if err := f.folder(path.Dir(s.Path)); err != nil {
		return err
	}
	was, there := f.old[s.Path]
	if !there {
		err := durable.Publish(s.temp, to)
		if errors.Is(err, fs.ErrExist) {
			err = f.refuse(fmt.Sprintf("%q was put into it meanwhile; export again", s.Path))
		}
		return err
	}
	if err := f.steady(s.Path); err != nil || was.sum == s.SHA256 {
		return err
	}
	return durable.Replace(s.temp, to)
}

// folder makes a folder of the vault. A link that stands there leads elsewhere.
func (f *Folder) folder(name string) error {
	full := f.full(name)
	info, err := os.Lstat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return durable.Mkdir(full)
	case err == nil && !info.IsDir():
		return f.refuse(fmt.Sprintf("%q in it is no folder; name another directory", name))
	}
	return err
}

func (f *Folder) full(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// steady refuses to touch a file that somebody has written to since it was looked at.
func (f *Folder) steady(name string) error {
	info, err := os.Lstat(f.full(name))
	if err != nil {
		return err
	}
	if was := f.old[name].was; info.Size() != was.Size() || !info.ModTime().Equal(was.ModTime()) {
		return f.refuse(fmt.Sprintf("%q was changed meanwhile; import it first, or name another directory", name))
	}
	return nil
}

func (f *Folder) syncFolders() error {
	done := map[string]bool{}
	for _, s := range f.staged {
		folder, _, _ := strings.Cut(s.Path, "/")
		if !done[folder] {
			done[folder] = true
			if err := durable.SyncDir(f.full(folder)); err != nil {
				return err
			}
		}
	}
	return durable.SyncDir(f.dir)
}

// Close ends the writing. Without a Commit before it the directory is as it was.
func (f *Folder) Close() error {
	err := os.RemoveAll(filepath.Join(f.dir, stagedName))
	if f.unlock == nil {
		return err
	}
	if !f.made || IsVault(f.dir) {
		return errors.Join(err, f.unlock())
	}
	err = errors.Join(err, durable.RemoveLock(filepath.Join(f.dir, lockName), f.unlock))
	_ = os.Remove(f.dir) // unless somebody has put something into it
	return err
}
