package offsite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"taskstore/backup"
	"taskstore/backup/internal/backuptest"
	"taskstore/backup/offsite/shelf"
	"taskstore/blobs"
)

// home is a store that is backed up: a database, contents, and a catalog for backups made ready.
type home struct {
	db, dir  string
	add      func(n int)
	contents *blobs.Dir
	list     []backup.Content
	catalog  *backup.Catalog
	now      time.Time
}

const testPiece = 3000 // bytes: so that contents of a few KB have several

func newHome(t *testing.T, sizes ...int) *home {
	t.Helper()
	h := &home{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	path, pool := backuptest.NewStore(t, 20)
	h.db, h.add = path, func(n int) { backuptest.Add(t, pool, n) }
	dir := t.TempDir()
	h.dir = dir
	var err error
	if h.contents, err = blobs.Open(filepath.Join(dir, "blobs"), blobs.Options{}); err != nil {
		t.Fatal(err)
	}
	h.catalog = backup.Open(filepath.Join(dir, "backups"), backup.Options{Now: func() time.Time { return h.now }, Describe: func(context.Context, string) (backup.Facts, error) {
		return backup.Facts{Schema: 7, Counts: map[string]int64{"notes": 20}, Contents: append([]backup.Content{}, h.list...)}, nil
	}})
	h.put(t, sizes...)
	return h
}

// put adds contents of some sizes.
func (h *home) put(t *testing.T, sizes ...int) {
	t.Helper()
	for _, size := range sizes {
		body := make([]byte, size)
		r := rand.New(rand.NewPCG(uint64(size), uint64(len(h.list))))
		for i := range body {
			body[i] = byte(r.Uint32())
		}
		info, err := h.contents.Put(t.Context(), bytes.NewReader(body), blobs.PutOptions{})
		if err != nil {
			t.Fatal(err)
		}
		h.list = append(h.list, backup.Content{SHA256: info.SHA256, Size: info.Size})
	}
}

// push makes a backup and sends it, as package recovery does.
func (h *home) push(ctx context.Context, to *Target) (b backup.Backup, err error) {
	h.now = h.now.Add(time.Hour)
	use, err := to.Use(ctx)
	if err != nil {
		return b, err
	}
	defer use.Done()
	b, _, err = h.catalog.Create(ctx, h.db, backup.CreateOptions{Bring: func(ctx context.Context, list []backup.Content) error {
		_, err := to.PutContents(ctx, h.contents, list)
		return err
	}})
	if err != nil {
		return b, err
	}
	_, err = to.PutBackup(ctx, use, h.contents, h.catalog, b)
	return b, err
}

func (h *home) mustPush(t *testing.T, to *Target) backup.Backup {
	t.Helper()
	b, err := h.push(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// made is a target of tests with its key.
type made struct {
	*Target
	dir      string
	identity string
	memory   string
}

func newPlace(t *testing.T, sealed bool) made {
	t.Helper()
	m := made{dir: t.TempDir(), memory: t.TempDir()}
	opt := InitOptions{Options: Options{Memory: m.memory}, NewIdentity: sealed, piece: testPiece}
	target, identity, err := Init(t.Context(), shelf.OpenDir(m.dir, nil), opt)
	if err != nil {
		t.Fatal(err)
	}
	m.Target, m.identity = target, identity
	return m
}

// open opens the target again: as another program of the same store, or with the key alone.
func (m made) open(t *testing.T, objs shelf.Objects, opt Options) *Target {
	t.Helper()
	target, err := Open(t.Context(), objs, opt)
	if err != nil {
		t.Fatal(err)
	}
	target.objs.Pause = time.Microsecond
	return target
}

func (m made) objs() shelf.Objects { return shelf.OpenDir(m.dir, nil) }

// withKey opens the target as a machine that has nothing but the key.
func (m made) withKey(t *testing.T) *Target { return m.withKeyAt(t, m.objs()) }

func (m made) withKeyAt(t *testing.T, objs shelf.Objects) *Target {
	return m.open(t, objs, Options{Identity: m.identity})
}

// wantWhole fetches a backup with the key alone and compares it with what there was, byte by byte.
func (m made) wantWhole(t *testing.T, b backup.Backup, h *home) {
	t.Helper()
	from := m.withKey(t)
	to := backup.Open(t.TempDir(), backup.Options{})
	got, err := from.Get(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = from.Fetch(t.Context(), got, to); err != nil {
		t.Fatal(err)
	}
	if err := to.Verify(t.Context(), got.ID, false, nil); err != nil {
		t.Error(err)
	}
	named, err := to.Contents(t.Context(), got)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range named {
		if sum, n, err := sumOf(t.Context(), from, c.SHA256); !c.Missing && (err != nil || sum != c.SHA256 || n != c.Size) {
			t.Errorf("content %s of %d: %s of %d, %v", c.SHA256, c.Size, sum, n, err)
		}
	}
}

func sumOf(ctx context.Context, from *Target, sha string) (sum string, n int64, err error) {
	r, err := from.Content(ctx, sha)
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	h := sha256.New()
	n, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// files are the objects of a kind, by a part of their names.
func (m made) files(t *testing.T, part string) (list []string) {
	t.Helper()
	for o, err := range m.objs().List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(o.Name, part) {
			list = append(list, o.Name)
		}
	}
	return list
}

func (m made) path(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }

func (m made) spoil(t *testing.T, name string, how func([]byte) []byte) {
	t.Helper()
	body, err := os.ReadFile(m.path(name))
	if err == nil {
		err = os.WriteFile(m.path(name), how(body), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// faulty is a place that fails now and then: it drops, cuts, lies, and does what it says that it
// has not done.
type faulty struct {
	shelf.Objects
	mu   sync.Mutex
	dice *rand.Rand
	rate float64
	seen map[string]int
}

func newFaulty(objs shelf.Objects, seed uint64, rate float64) *faulty {
	return &faulty{Objects: objs, dice: rand.New(rand.NewPCG(seed, 1)), rate: rate, seen: map[string]int{}}
}

func (f *faulty) fails(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dice.Float64() >= f.rate {
		return false
	}
	f.seen[what]++
	return true
}

func busy(what string) error {
	return &Error{Place: "faulty", Why: fmt.Errorf("%w: %s", ErrBusy, what)}
}

func (f *faulty) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	switch {
	case f.fails("drop"):
		return busy("503 SlowDown")
	case f.fails("half"):
		return f.Objects.Put(ctx, name, body[:len(body)/2], ifAbsent) // and says that it is done
	case f.fails("lost answer"):
		return errors.Join(f.Objects.Put(ctx, name, body, ifAbsent), busy("the answer was lost"))
	}
	return f.Objects.Put(ctx, name, body, ifAbsent)
}

func (f *faulty) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	if f.fails("no get") {
		return nil, busy("500")
	}
	r, err := f.Objects.Get(ctx, name, from)
	if err != nil {
		return nil, err
	}
	switch {
	case f.fails("cut"):
		return closing{io.MultiReader(io.LimitReader(r, 100), broken{}), r}, nil
	case f.fails("other bytes"):
		return closing{io.MultiReader(strings.NewReader("x"), r), r}, nil
	}
	return r, nil
}

// closing is a reader with what closes it.
type closing struct {
	io.Reader
	io.Closer
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, busy("cut") }

func (f *faulty) Stat(ctx context.Context, name string) (shelf.Object, error) {
	if f.fails("no stat") {
		return shelf.Object{}, busy("500")
	}
	return f.Objects.Stat(ctx, name)
}

func (f *faulty) List(ctx context.Context, prefix, after string) iter.Seq2[shelf.Object, error] {
	return func(yield func(shelf.Object, error) bool) {
		for o, err := range f.Objects.List(ctx, prefix, after) {
			if err == nil && f.fails("list cut") {
				yield(shelf.Object{}, busy("cut"))
				return
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// hooked is a place that tells a test before it does what it is asked: an error is its answer then.
type hooked struct {
	shelf.Objects
	put, get func(name string) error
	list     func(prefix string) error // errNothing: it lists nothing; errOther: under other names
}

var errNothing, errOther = errors.New("nothing"), errors.New("other names")

func (p *hooked) Put(ctx context.Context, name string, body []byte, ifAbsent bool) error {
	err := p.Objects.Put(ctx, name, body, ifAbsent)
	if p.put != nil && err == nil {
		err = p.put(name) // it was done, and the answer is another
	}
	return err
}

func (p *hooked) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	if p.get != nil {
		if err := p.get(name); err != nil {
			return nil, err
		}
	}
	return p.Objects.Get(ctx, name, from)
}

func (p *hooked) List(ctx context.Context, prefix, after string) iter.Seq2[shelf.Object, error] {
	how := error(nil)
	if p.list != nil {
		how = p.list(prefix)
	}
	return func(yield func(shelf.Object, error) bool) {
		for o, err := range p.Objects.List(ctx, prefix, after) {
			if how == errOther {
				o.Name = o.Name[:len(o.Name)-2] + "00"
			}
			if how == errNothing || !yield(o, err) {
				return
			}
		}
	}
}

// hook has a test told of what the target asks of its place.
func (m *made) hook() *hooked {
	p := &hooked{Objects: m.Target.objs.Objects}
	m.Target.objs.Objects, m.Target.objs.Pause = p, time.Microsecond
	return p
}
