package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/importexport/legacy"
	"taskstore/internal/bench/process"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// importSet is a directory as the app would have left it.
type importSet struct {
	dir   string
	files int
	bytes int64
}

// importSet writes n sessions, and twice as many notes and tasks, in a form.
func (e *env) importSet(form testdb.DirForm, n int) (set importSet, err error) {
	set.dir = e.newDir()
	size := testdb.LegacySize{Sessions: n, Notes: 2 * n, Tasks: 2 * n, Topics: 50, Companies: 50, Contacts: 50, Items: 10}
	if err := os.MkdirAll(set.dir, 0o755); err != nil {
		return set, err
	}
	if _, err := testdb.GenerateLegacy(set.dir, testdb.LegacyOptions{Form: form, Seed: 7, Size: size}); err != nil {
		return set, err
	}
	err = filepath.WalkDir(set.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			set.files++
			set.bytes += info.Size()
		}
		return err
	})
	return set, err
}

// benchImport imports what the app would have written, index and read-back included,
// each time in a process of its own.
func benchImport(ctx context.Context, e *env) error {
	n := e.size(10_000, 100)
	for _, form := range []testdb.DirForm{testdb.DirWrapped, testdb.DirEntity} {
		set, err := e.importSet(form, n)
		if err != nil {
			return err
		}
		var rates, mem []float64
		for range (e.rounds + 1) / 2 { // half as often: it takes long
			rate, out, err := e.imports(set, e.newDir(), n)
			if err != nil {
				return err
			}
			rates, mem = append(rates, rate), append(mem, float64(out.Peak-out.Base))
		}
		e.table.add(line{name: fmt.Sprintf("import and verify, %s: %d MB in %d files", form, set.bytes/1e6, set.files), ours: rates, unit: "B/s", goal: 25e6, atLeast: true})
		if mem[0] > 0 {
			e.table.add(line{name: "  memory above that of the idle process, with the store open", ours: mem, unit: "B", goal: 64e6})
		}
		if err := os.RemoveAll(set.dir); err != nil {
			return err
		}
	}
	return e.importLimit(ctx)
}

// imports imports a set with n sessions into a new store and gives the bytes a second.
func (e *env) imports(set importSet, store string, n int) (float64, said, error) {
	out, seconds, err := startSelf("import", store, set.dir)
	if err == nil && out.Rows != n {
		err = wrong("sessions imported", out.Rows, n)
	}
	return float64(set.bytes) / seconds, out, err
}

// childImports gives the sessions that are there then, and the resident bytes with the
// store open and nothing done.
func childImports(ctx context.Context, dir, from string) (n int, idle int64, err error) {
	s, err := repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		return 0, 0, err
	}
	idle, _ = process.Memory()
	r, err := legacy.Import(ctx, s, from, legacy.Options{})
	if err == nil && !r.Verified {
		err = errors.New("the import is not verified")
	}
	n, e := s.Sessions.Count(ctx, repo.Query{})
	return n, idle, errors.Join(err, e, s.Close())
}

// importLimit compares an import with the least that any import into these tables
// has to do, done by hand: every byte read, hashed and looked through as JSON by one
// goroutine, the finished rows inserted and indexed by another. Nothing is decoded,
// merged, checked or read back.
func (e *env) importLimit(ctx context.Context) error {
	n := e.size(2_000, 50)
	set, err := e.importSet(testdb.DirWrapped, n)
	if err != nil {
		return err
	}
	ours, limit, err := e.interleave(func() (float64, error) {
		rate, _, err := e.imports(set, e.newDir(), n)
		return rate, err
	}, e.byHand(ctx, set, n))
	if err != nil {
		return err
	}
	e.table.add(line{name: fmt.Sprintf("import of %d MB / the finished rows by hand", set.bytes/1e6), ours: ours, other: limit, unit: "B/s", goal: 0.6, atLeast: true})
	return nil
}

// byHand gives the function that copies the rows of an import of the set by hand.
func (e *env) byHand(ctx context.Context, set importSet, n int) func() (float64, error) {
	store := e.newDir()
	return func() (float64, error) {
		if _, err := os.Stat(store); errors.Is(err, fs.ErrNotExist) {
			if _, _, err := e.imports(set, store, n); err != nil {
				return 0, err
			}
		}
		empty, err := e.fresh(ctx)
		if err != nil {
			return 0, err
		}
		if err := empty.Close(); err != nil {
			return 0, err
		}
		out, _, err := startSelf("rows", empty.Dir(), store, set.dir)
		return float64(set.bytes) / out.Seconds, err
	}
}
