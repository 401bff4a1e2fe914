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
	w := &driller{Drill: &d, dir: dir, b: b, catalog: catalog, opt: opt}
	return d, w.drill(ctx, began, catalog.Drilled)
}

// drill runs the drill and has its outcome recorded.
func (w *driller) drill(ctx context.Context, began time.Time, record func(ctx context.Context, id string, failed error) error) error {
	w.ID = w.b.ID
	if err := w.run(ctx); err != nil {
		return err
	}
	w.Took = w.opt.now().Sub(began)
	var failed error
	if len(w.Problems) > 0 {
		failed = errors.New(w.Problems[0])
		if n := len(w.Problems) - 1; n > 0 {
			failed = fmt.Errorf("%w (and %d more)", failed, n)
		}
	}
	if err := record(ctx, w.ID, failed); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("drill backup %s: %w: %w", w.ID, ErrBad, failed)
	}
	return nil
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
	if w.opt.elsewhere != nil {
		return w.contentsElsewhere(ctx, list)
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
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.read(c, err)
	}
	return nil
}

// read notes what came of reading a content.
func (w *driller) read(c backup.Content, err error) {
	if err != nil {
		w.found("%v", err)
		return
	}
	w.Contents++
	w.Bytes += max(c.Size, 0)
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
