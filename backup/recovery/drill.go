package recovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"taskstore/backup"
	"taskstore/blobs"
	"taskstore/repo"
	"taskstore/repo/check"
)

// Drill is what came of restoring a backup to see whether it can be.
type Drill struct {
	ID       string
	Counts   map[string]int64 // live records that the restored store gives
	Contents int              // were read from beginning to end
	Bytes    int64            // of them
	Took     time.Duration
	Problems []string // empty: the backup is good
}

// RunDrill restores a backup in dir to scratch, opens it as a store, checks it in full,
// compares it collection by collection with its manifest, and reads every content
// it names. The outcome is recorded with the backup; ErrBad is that it is bad. A
// backup of an older schema is migrated in scratch, as after a restore.
func RunDrill(ctx context.Context, dir, id string, opt Options) (d Drill, err error) {
	began := opt.now()
	catalog := opt.catalog(dir)
	b, err := catalog.Get(ctx, id)
	if err != nil {
		return d, err
	}
	d.ID = b.ID
	w := &driller{Drill: &d, dir: dir, b: b, catalog: catalog, opt: opt}
	if err := w.run(ctx); err != nil {
		return d, err
	}
	d.Took = opt.now().Sub(began)
	var failed error
	if len(d.Problems) > 0 {
		failed = errors.New(d.Problems[0])
		if n := len(d.Problems) - 1; n > 0 {
			failed = fmt.Errorf("%w (and %d more)", failed, n)
		}
	}
	if err := catalog.Drilled(ctx, b.ID, failed); err != nil {
		return d, err
	}
	if failed != nil {
		return d, fmt.Errorf("drill backup %s: %w: %w", b.ID, ErrBad, failed)
	}
	return d, nil
}

// driller is a drill at work. What it finds wrong are Problems; an error is that it
// could not look.
type driller struct {
	*Drill
	dir     string
	b       backup.Backup
	catalog *backup.Catalog
	opt     Options
}

func (w *driller) found(format string, args ...any) {
	w.Problems = append(w.Problems, fmt.Sprintf(format, args...))
}

func (w *driller) run(ctx context.Context) (err error) {
	scratch, remove, err := w.catalog.Scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if !w.b.Known() {
		w.found("%v", w.b.Unreadable)
	}
	db := repo.DBPath(scratch)
	if err := w.catalog.Unpack(ctx, w.b, db); errors.Is(err, backup.ErrCorrupt) {
		w.found("%v", err)
		return w.contents(ctx)
	} else if err != nil {
		return err
	}
	if err := w.facts(ctx, db); err != nil {
		return err
	}
	if err := w.store(ctx, scratch); err != nil {
		return err
	}
	return w.contents(ctx)
}

// facts compares what the database holds with what the manifest says.
func (w *driller) facts(ctx context.Context, db string) error {
	facts, err := repo.Describe(ctx, db)
	if errors.Is(err, repo.ErrCorrupt) || errors.Is(err, repo.ErrNoStore) {
		w.found("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if facts.Schema != w.b.Schema {
		w.found("its schema is %d, and the manifest says %d", facts.Schema, w.b.Schema)
	}
	for name, n := range w.b.Counts {
		if facts.Counts[name] != n {
			w.found("%s: %d records, and the manifest says %d", name, facts.Counts[name], n)
		}
	}
	if len(facts.Hashes) == 0 { // of another schema than the program's
		return nil
	}
	for name, sum := range w.b.Hashes {
		if facts.Hashes[name] != sum {
			w.found("%s: their content is not what the manifest says", name)
		}
	}
	return nil
}

// store opens the copy as any program does, and checks it.
func (w *driller) store(ctx context.Context, scratch string) (err error) {
	opt := w.opt.repo()
	opt.NoCreate = true
	s, err := repo.Open(ctx, scratch, opt)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, repo.ErrFull) {
			return err
		}
		w.found("it cannot be opened as a store: %v", err)
		return nil
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, err := s.Check(ctx, check.Options{
		Only:     []string{check.AreaDB, check.AreaFK, check.AreaRows},
		Progress: func(area string, done, total int64) { w.opt.progress("check "+area, int(done), int(total)) },
	})
	if err != nil {
		return err
	}
	for _, p := range report.Problems {
		known := len(w.b.Damage) > 0 && p.Area == check.AreaRows || w.b.Orphans > 0 && p.Area == check.AreaFK
		if p.Severity == check.SeverityError && !known {
			w.found("%s %s: %s", p.Table, p.ID, p.Detail)
		}
	}
	status, err := s.Status(ctx)
	if err != nil {
		return err
	}
	w.Counts = status.Counts
	if !maps.Equal(status.Counts, w.b.Counts) && status.Schema == w.b.Schema {
		w.found("the store counts %v records, and the manifest says %v", status.Counts, w.b.Counts)
	}
	return nil
}

// contents reads what the backup names.
func (w *driller) contents(ctx context.Context) error {
	list, err := w.catalog.Contents(ctx, w.b)
	if errors.Is(err, backup.ErrCorrupt) {
		w.found("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	dir, err := blobs.Open(repo.BlobsDir(w.dir), blobs.Options{ReadOnly: true})
	if err != nil {
		w.found("%d contents that it names: %v", len(list), err)
		return nil
	}
	for i, c := range list {
		w.opt.progress("contents", i+1, len(list))
		if c.Missing {
			continue
		}
		err := dir.Verify(ctx, c.SHA256)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			w.found("%v", err)
			continue
		}
		w.Contents++
		w.Bytes += max(c.Size, 0)
	}
	return nil
}

// scratchStore unpacks a backup and opens it as a store; done closes it and takes
// it away. It is migrated if it has to be.
func scratchStore(ctx context.Context, catalog *backup.Catalog, b backup.Backup, opt Options) (s *repo.Store, done func() error, err error) {
	scratch, remove, err := catalog.Scratch()
	if err != nil {
		return nil, nil, err
	}
	if err := catalog.Unpack(ctx, b, repo.DBPath(scratch)); err != nil {
		return nil, nil, errors.Join(bad(err), remove())
	}
	open := opt.repo()
	open.NoCreate = true
	if s, err = repo.Open(ctx, scratch, open); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return s, func() error { return errors.Join(s.Close(), remove()) }, nil
}
