package backup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/backup/pages"
	"taskstore/internal/durable"
	"taskstore/internal/pattern"
)

// Catalog is a directory of backups. It holds no resources and may be used by
// many goroutines and processes at once: those that change it wait for each
// other on a lock file.
type Catalog struct {
	dir string
	opt Options
}

// Options says how a catalog works. Only reading can do with the zero value.
type Options struct {
	// Describe tells what a copy holds; Create needs it.
	Describe Describe
	// Have tells whether a content is there that a backup names, where Create is not
	// told how to bring it: what is not is marked as missing. nil believes that all are.
	Have func(context.Context, Content) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Program goes into the manifests: name and version of what makes backups.
	Program string
	// Log is told what is done by itself; nil is silent.
	Log *slog.Logger

	progress func(what string, done, total int64)
	step     func(string) // told what comes next; for tests

	aheadFrom int64 // see the constant
}

// Describe tells what the database in a file holds. The file is a copy that
// nobody writes to, and is not changed.
type Describe func(ctx context.Context, file string) (Facts, error)

// Facts are what only those know who know what a database is for.
type Facts struct {
	Schema   int64             // version of the schema
	Counts   map[string]int64  // live records by collection
	Hashes   map[string]string // of the content of each collection; may be nil
	Contents []Content         // what the database names and does not hold
	Damage   []string          // what is damaged in it: the copy is as good as the store was
}

// Content is something that a backup needs and does not hold: a file of the
// blob directory.
type Content struct {
	SHA256  string
	Size    int64 // -1 if it is not known
	Missing bool  // it was not there when the backup was made
}

// Open names a directory of backups. Nothing is made or read yet.
func Open(dir string, opt Options) *Catalog {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.aheadFrom = aheadFrom
	return &Catalog{dir: dir, opt: opt}
}

// WithProgress is the same catalog, with someone who is told of long work: what is
// done, and how many of how many bytes. nil is nobody.
func (c *Catalog) WithProgress(fn func(what string, done, total int64)) *Catalog {
	told := *c
	told.opt.progress = fn
	return &told
}

// meter tells of the bytes that pass through it.
type meter struct {
	c     *Catalog
	what  string
	total int64
	done  int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if m.c.opt.progress != nil {
		m.c.opt.progress(m.what, m.done, m.total)
	}
	return len(p), nil
}

// Dir is the directory.
func (c *Catalog) Dir() string { return c.dir }

func (c *Catalog) String() string { return c.dir }

func (c *Catalog) at(step string) {
	if c.opt.step != nil {
		c.opt.step(step)
	}
}

// Files of a backup, after its id. A backup is there if its manifest is. What
// begins with a dot is on its way in or out.
const (
	dbFile       = ".db.zst"
	contentsFile = ".contents.zst"
	stateFile    = ".state.json"
	manifestFile = ".json"
	lockFile     = ".lock"
)

func (c *Catalog) path(id, suffix string) string { return filepath.Join(c.dir, id+suffix) }

// hidden is the name of a file that does not count.
func (c *Catalog) hidden(id, suffix string) string { return filepath.Join(c.dir, "."+id+suffix) }

var idForm = pattern.Of(`^\d{8}-\d{6}-\d{3}-[0-9a-f]{4}$`)

// newID names a backup by its time, so that names sort like times, and by
// chance, so that it is the only one of its name in every catalog.
func newID(now time.Time) (string, error) {
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return strings.Replace(now.UTC().Format("20060102-150405.000"), ".", "-", 1) + "-" + hex.EncodeToString(b[:]), nil
}

// forever is how long a catalog is waited for: as long as the caller's context.
const forever = math.MaxInt64

// lock keeps others from changing the catalog. It makes the directory.
func (c *Catalog) lock(ctx context.Context) (unlock func() error, err error) {
	if err := durable.MakeDir(c.dir); err != nil {
		return nil, err
	}
	unlock, err = durable.Lock(ctx, filepath.Join(c.dir, lockFile), durable.Exclusive, forever)
	if err != nil {
		return nil, fmt.Errorf("wait for the catalog's lock: %w", err)
	}
	return unlock, nil
}

// Hold runs fn while no backup is made or removed, by whomever.
func (c *Catalog) Hold(ctx context.Context, fn func() error) (err error) {
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return fn()
}

// ids lists the backups that are there, the oldest first. A missing directory
// has none.
func (c *Catalog) ids() ([]string, error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), manifestFile); ok && idForm.MatchString(id) {
			list = append(list, id)
		}
	}
	return list, err // ReadDir sorts
}

// List gives the backups, the newest first. One whose manifest or state cannot
// be read is among them: see Backup.Unreadable. What is on its way in or out is
// not. The lists of contents are not read.
func (c *Catalog) List(ctx context.Context) (list []Backup, err error) {
	defer pages.Wrap(&err, "list the backups in %s", c.dir)
	ids, err := c.ids()
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Backward(ids) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := c.read(id)
		if errors.Is(b.Unreadable, fs.ErrNotExist) {
			continue // removed while we were looking
		}
		list = append(list, b)
	}
	return list, nil
}

// ErrNone says that there is no such backup.
var ErrNone = errors.New("there is no such backup")

// Get finds a backup by its id, by the beginning of it that no other has, or by
// Latest.
func (c *Catalog) Get(ctx context.Context, id string) (b Backup, err error) {
	defer pages.Wrap(&err, "find backup %s in %s", id, c.dir)
	if id == Latest {
		return c.latest(ctx)
	}
	ids, err := c.ids()
	if err != nil {
		return Backup{}, err
	}
	if id, err = OneOf(ids, id); err != nil {
		return Backup{}, err
	}
	return c.read(id), nil
}

// OneOf finds the one of some ids that begins so; ErrNone is that none does, or more.
func OneOf(ids []string, begin string) (string, error) {
	var found []string
	for _, id := range ids {
		if begin != "" && strings.HasPrefix(id, begin) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", ErrNone
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: %d begin so, say more of it", ErrNone, len(found))
}
