package legacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/report"
	"taskstore/importexport/legacy/source"
	"taskstore/repo"
	"taskstore/schema"

	"golang.org/x/sync/errgroup"
)

// Options says how to import. The zero value imports everything.
type Options struct {
	// Only names collections; nil is all. Where some are not looked at, nothing is
	// said of these: NotLookedAt names them, and Verified is false.
	Only []string
	// Resume is for an Import that goes on with an interrupted one of this source; where
	// there is none, the error is ErrNotInterrupted.
	Resume bool
	// BringBack is for an Import that also brings the records that were purged from the
	// store since an earlier one; without it they stay away, and the report names them.
	BringBack bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Progress, if set, is told of the work done: bytes of the source while it
	// is read ("read"), records while they are stored and compared.
	Progress func(what string, done, total int64)

	seam source.Seam
}

// importer is one import, or one comparison, at work.
type importer struct {
	store     *repo.Store // nil: a scan, or a dry run into a new store
	src       *source.Source
	scratch   *scratch
	stage     *merge.Stage
	run       ledger.Run
	opt       Options
	now       schema.Time
	began     time.Time
	firstFile string // of the source, for findings that are about no file
	contents  report.AttachmentCounts
	brought   map[string]bool // collections that this import has stored and read back
	noted     map[string]int  // of these, the records whose place it has written down
	seen      map[string]bool // contents that were read back
	unproved  unproved        // what keeps the import from being verified
	action    string          // one of the actions of a Report
	made      *report.Report  // the report, once it is stored
}

// Import brings what the legacy application left at path into the store. Every
// record that is read ends as a live record, in the trash as recovered, as a
// version in the history of its record, or set aside byte for byte; afterwards
// everything is read back and compared, and Verified says whether all of it is
// there. The source is never written.
//
// The import runs in steps, one for each collection, on a version line of its own
// for each state of a source: one that was interrupted goes on where it stopped.
// Importing the same again changes nothing, but for records that the store has
// lost since: these come back. Of several imports into one store one stores at a
// time, the others wait.
func Import(ctx context.Context, s *repo.Store, path string, opt Options) (report.Report, error) {
	ctx = repo.DeferIndex(repo.WithOrigin(ctx, repo.OriginImport))
	return work(ctx, s, path, opt, report.ActionImport, func(ctx context.Context, im *importer) (err error) {
		end, err := im.scratch.turn(ctx, im.progress("wait for another import"))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, end()) }()
		if err := im.resumable(ctx); err != nil {
			return err
		}
		if im.run, err = ledger.Of(s).Begin(ctx, source.ShownPath(im.src.Path), im.src.Hash); err != nil {
			return err
		}
		if err := im.steps(ctx); err != nil {
			return err
		}
		if err := im.accountAll(ctx); err != nil {
			return err
		}
		return im.proveAndIndex(ctx)
	})
}

// proveAndIndex compares what the store holds now with the source, and meanwhile makes the
// search index of it: both only read the records. Progress is told of one at a time.
func (im *importer) proveAndIndex(ctx context.Context) error {
	var proven atomic.Bool
	tell := im.progress("index")
	if tell != nil {
		tell = func(done, total int64) {
			if proven.Load() {
				im.opt.Progress("index", done, total)
			}
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer proven.Store(true)
		return im.prove(ctx)
	})
	group.Go(func() error { return im.store.Index.Flush(ctx, tell) })
	return group.Wait()
}

// DryRun tells what an Import would do, and changes nothing. s may be nil for a
// store that does not exist yet. Verified is false: nothing was stored.
func DryRun(ctx context.Context, s *repo.Store, path string, opt Options) (report.Report, error) {
	return work(ctx, s, path, opt, report.ActionDryRun, func(ctx context.Context, im *importer) error {
		for _, collection := range im.collections() {
			t, err := im.target(ctx, collection)
			if err != nil {
				return err
			}
			k := im.keeper(collection)
			for m, err := range im.stage.Merge(ctx, collection, t.orNil()) {
				e := &entry{merged: m, held: t.taken(m.ID)}
				if err == nil {
					err = k.prepare(ctx, e)
				}
				if err == nil {
					err = im.odd(ctx, e)
				}
				if err == nil {
					err = im.foresee(ctx, e)
				}
				if err != nil {
					return err
				}
			}
		}
		im.unproved.add("", "", "nothing was stored")
		return nil
	})
}

// Verify compares a source with the store that it was imported into: every record
// must still be found, as the state that the import made of it or as one that it
// was changed from since, every content by its hash, and of what could not be read the
// bytes in quarantine. Verified says so, and Unproved names what is not; the Warnings
// with code "unaccounted" name what the store lacks.
func Verify(ctx context.Context, s *repo.Store, path string, opt Options) (report.Report, error) {
	return work(ctx, s, path, opt, report.ActionVerify, func(ctx context.Context, im *importer) (err error) {
		im.run, err = ledger.Of(s).RunOf(ctx, im.src.Hash)
		if errors.Is(err, repo.ErrNotFound) {
			return im.fail(ctx, im.firstFile, "", "the source was never imported in this state; import it first")
		}
		if err != nil {
			return err
		}
		if im.run.FinishedAt == "" {
			im.unproved.add("", "", fmt.Sprintf("import %d has not finished; import the source again to go on", im.run.PK))
		}
		return im.compare(ctx)
	})
}

// work scans a source into a stage and calls fn, which does the rest of the action.
func work(ctx context.Context, s *repo.Store, path string, opt Options, action string, fn func(context.Context, *importer) error) (r report.Report, err error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	im := &importer{store: s, opt: opt, action: action, seen: map[string]bool{}, brought: map[string]bool{}, noted: map[string]int{}, began: opt.Now(), now: schema.TimeOf(opt.Now())}
	for _, c := range opt.Only {
		if !slices.Contains(report.Kinds, c) {
			return r, &schema.InvalidError{Kind: "import", Field: "only", Problem: fmt.Sprintf("%q is none of %v", c, report.Kinds)}
		}
	}
	if im.src, err = source.Open(ctx, path, source.Options{Now: im.began, Progress: im.progress("read"), Seam: opt.seam}); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, im.src.Close()) }()
	scratch, err := newScratch(im.scratchBase(action == report.ActionImport))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(scratch.full(err), scratch.close()) }()
	im.scratch, im.src.Scratch = scratch, scratch.dir
	if im.stage, err = merge.NewStage(ctx, scratch.dir); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, im.stage.Close()) }()
	if err = im.scan(ctx); err == nil {
		err = im.noteUnread(ctx)
	}
	if err != nil {
		return r, err
	}
	if err = fn(ctx, im); err != nil {
		return r, err
	}
	if im.made != nil {
		r = *im.made
	} else if r, err = im.report(ctx); err != nil {
		return r, err
	}
	r.Files, err = im.stage.AllFiles(ctx) // last: they can be more than all else
	return r, err
}

func (im *importer) progress(what string) func(done, total int64) {
	if im.opt.Progress == nil {
		return nil
	}
	return func(done, total int64) { im.opt.Progress(what, done, total) }
}

// scan fills the stage, and lets go of the list of files, which can be long.
func (im *importer) scan(ctx context.Context) (err error) {
	l, err := im.stage.Load(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := decode.Scan(ctx, im.src, l); err != nil {
		return err
	}
	if len(im.src.Files) > 0 {
		im.firstFile = im.src.Files[0].Path
	}
	im.src.Files = nil
	if im.opt.seam.Staged != nil {
		defer im.opt.seam.Staged()
	}
	return l.Finish(im.began)
}

// collections are those that were asked for, in the order of import. The opaque
// keys go with the settings.
func (im *importer) collections() []string {
	if im.opt.Only == nil {
		return merge.Collections
	}
	var list []string
	for _, c := range merge.Collections {
		if slices.Contains(im.opt.Only, c) || c == "other" && slices.Contains(im.opt.Only, "settings") {
			list = append(list, c)
		}
	}
	return list
}
