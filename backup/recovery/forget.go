package recovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"taskstore/backup"
	"taskstore/importexport/ledger"
	"taskstore/internal/shell"
	"taskstore/repo"
	"taskstore/repo/contents"
)

// Forgotten says where purged records were, and where they are still.
type Forgotten struct {
	Records  int            `json:"records"` // of which the store had something
	Backups  []Rewritten    `json:"backups"`
	Looked   int            `json:"looked_at"` // backups
	Places   []string       `json:"places"`    // directories away from the store whose backups these include
	Contents contents.Tally `json:"contents"`
	Still    []Still        `json:"still"` // what holds them still; none: no byte is left
}

// Rewritten is a backup that was written anew, without the records.
type Rewritten struct {
	Was string `json:"was"`
	ID  string `json:"id"`
	In  string `json:"in,omitempty"` // the directory, if it is away from the store
}

// Still is something that may hold a purged record still.
type Still struct {
	What   string `json:"what"`
	Why    string `json:"why"`
	Remedy string `json:"remedy"` // a command, without the program's name; "" if there is none
}

// Forget ends records for good, everywhere: in the store with their history, in its search index, in
// the free pages of its file and in its log; the contents that they alone needed; and in every kept
// backup, which is written anew without them, verified, and gets an id of its own; also in the places
// away from the store that it has had backups in, with the contents there. What it cannot
// do is in Forgotten.Still: a place whose disk is not there, what was put aside beside the store. Records that were purged before are ended like others, and so are
// those that another tool removed. A call that ended early is finished by the same call, but for
// contents, which are then among what is listed.
//
// ErrNotFound: neither the store nor a backup has anything of one of the records.
func Forget(ctx context.Context, s *repo.Store, kind string, ids []string, opt Options) (done Forgotten, err error) {
	f := &forgetting{Forgotten: &done, s: s, kind: kind, ids: ids, opt: opt, sums: map[string]bool{}}
	done.Backups, done.Places, done.Still = []Rewritten{}, []string{}, []Still{}
	if err := f.run(ctx); err != nil {
		return done, fmt.Errorf("end %s %q everywhere: %w", kind, ids, err)
	}
	return done, nil
}

// forgetting is a Forget at work.
type forgetting struct {
	*Forgotten
	s    *repo.Store
	kind string
	ids  []string
	opt  Options
	sums map[string]bool // contents that the records needed, somewhere
	was  bool            // something of them was somewhere
	gone bool            // the store had nothing of them: it may have contents that were theirs
}

func (f *forgetting) run(ctx context.Context) error {
	if _, err := f.look(ctx, f.s); err != nil {
		return err
	}
	var err error
	if f.Records, err = f.s.History.Forget(ctx, f.kind, f.ids...); err != nil {
		return err
	}
	f.gone = f.Records < len(f.ids)
	if err := f.backupsIn(ctx, f.opt.catalog(f.s.Dir()), ""); err != nil {
		return err
	}
	if err := f.targets(ctx); err != nil {
		return err
	}
	if !f.was {
		return repo.ErrNotFound
	}
	if err := f.contents(ctx); err != nil {
		return err
	}
	if err := f.quarantine(ctx); err != nil {
		return err
	}
	if err := errors.Join(f.asides(), f.follower(ctx)); err != nil {
		return err
	}
	c, err := f.s.Vacuum(ctx)
	if err == nil && c.Log > 0 {
		f.still("the log of the store", "another program reads an older state", "vacuum")
	}
	return err
}

func (f *forgetting) still(what, why, remedy string) {
	f.Still = append(f.Still, Still{what, why, remedy})
}

// look notes what a store has of the records, and tells whether words or rows of them are in it.
func (f *forgetting) look(ctx context.Context, s *repo.Store) (has bool, err error) {
	held, err := s.History.Held(ctx, f.kind, f.ids...)
	if err != nil {
		return false, err
	}
	for _, sha := range held.Contents {
		f.sums[sha] = true
	}
	f.was = f.was || held.Rows || held.Ended
	if held.Rows || !held.Ended {
		return held.Rows, nil
	}
	erased, err := s.Index.IsErased(ctx)
	return !erased, err
}

// backupsIn writes the kept backups of a catalog anew that have something of the records. away is
// its directory, if that is not the store's.
func (f *forgetting) backupsIn(ctx context.Context, catalog *backup.Catalog, away string) error {
	from := ""
	if away != "" {
		from = " --from " + shell.Quote(away)
	}
	list, err := catalog.List(ctx)
	if err != nil {
		return err
	}
	for i, b := range list {
		f.opt.progress("backups", i, len(list))
		err := f.backup(ctx, catalog, away, b)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, backup.ErrNone): // it was removed meanwhile
		case err != nil:
			f.still("backup "+b.ID, err.Error(), "backup forget "+b.ID+from)
		}
		f.Looked++
	}
	f.opt.progress("backups", len(list), len(list))
	return nil
}

func (f *forgetting) backup(ctx context.Context, catalog *backup.Catalog, away string, b backup.Backup) (err error) {
	if b.Unreadable != nil {
		return b.Unreadable
	}
	scratch, remove, err := catalog.Scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := catalog.Unpack(ctx, b, repo.DBPath(scratch)); err != nil {
		return err
	}
	has, err := f.takeOut(ctx, scratch)
	if err != nil || !has {
		return err
	}
	made, err := catalog.Rewrite(ctx, b, repo.DBPath(scratch))
	if err == nil {
		f.Backups = append(f.Backups, Rewritten{b.ID, made.ID, away})
	}
	return err
}

// takeOut ends the records in an unpacked backup, and tells whether there was anything of them.
func (f *forgetting) takeOut(ctx context.Context, scratch string) (has bool, err error) {
	open := f.opt.repo()
	open.NoCreate = true
	old, err := repo.Open(ctx, scratch, open)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	if has, err = f.look(ctx, old); err != nil || !has {
		return has, err
	}
	if _, err := old.History.Forget(ctx, f.kind, f.ids...); err != nil {
		return has, err
	}
	_, err = old.Vacuum(ctx)
	return has, err
}

// contents ends the contents that nothing else needs.
func (f *forgetting) contents(ctx context.Context) error {
	ended, err := f.s.Contents.End(ctx, slices.Sorted(maps.Keys(f.sums)))
	f.Contents = ended.Removed
	for _, sha := range ended.Kept {
		f.still("content "+sha, "a kept backup names it", "backup list")
	}
	if err != nil || !f.gone {
		return err
	}
	return f.unowned(ctx)
}

// unowned looks for contents that nobody can say of any more whose they were.
func (f *forgetting) unowned(ctx context.Context) error {
	idle, err := f.s.Contents.Collect(ctx, contents.CollectOptions{DryRun: true})
	if err != nil {
		return err
	}
	if n := idle.Trashed.Count; n > 0 {
		f.still(fmt.Sprintf("%d contents", n), "nothing needs them, and a record that was purged before may have", "blob gc --grace 0")
	}
	trash, err := f.s.Contents.TrashTally(ctx)
	if err == nil && trash.Count > 0 {
		f.still(fmt.Sprintf("%d contents in the trash", trash.Count), "a record that was purged before may have needed them", "blob trash empty")
	}
	return err
}

// quarantine looks whether what imports could not read names one of the records.
func (f *forgetting) quarantine(ctx context.Context) error {
	list, err := ledger.Of(f.s).Quarantine(ctx)
	if err != nil {
		return err
	}
	for _, q := range list {
		names, err := f.namedIn(ctx, q.Blob)
		if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
			continue // a check tells of it
		}
		if err != nil {
			return err
		}
		if names {
			f.still(fmt.Sprintf("quarantine %d", q.PK), "it names the record: an import could not read "+q.File, fmt.Sprintf("legacy quarantine show %d", q.PK))
		}
	}
	return nil
}

// namedIn tells whether the bytes of a content hold the id of one of the records.
func (f *forgetting) namedIn(ctx context.Context, sha string) (named bool, err error) {
	r, err := f.s.Contents.Open(ctx, sha)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	longest := 0
	for _, id := range f.ids {
		longest = max(longest, len(id))
	}
	buf, kept := make([]byte, longest+1<<16), 0
	for {
		n, err := r.Read(buf[kept:])
		have := buf[:kept+n]
		if slices.ContainsFunc(f.ids, func(id string) bool { return bytes.Contains(have, []byte(id)) }) {
			return true, nil
		}
		kept = copy(buf, have[max(0, len(have)-longest):])
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}
