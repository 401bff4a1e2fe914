package recovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"taskstore/blobs"
	"taskstore/repo"
	"taskstore/schema"
)

// OnlyOptions says which records to bring back.
type OnlyOptions struct {
	Options
	// From is a directory with backups; "" is the store's own.
	From string
	// Collection is tasks, notes, ...; ID is one record of it, "" is all of them. The beginning of an id, of
	// repo.LeastPrefix characters or more, is enough where the backup has but one that begins so.
	Collection, ID string
	// IDs are several records of it, beside ID; none is all of them where ID is "".
	IDs []string
	// DryRun only says what would be done.
	DryRun bool
}

// Only brings records of a backup back into the store, which stays in use. Each
// that differs becomes what it was, as a new revision: what it is now is kept in
// its history, and can be brought back the same way. Records that the backup does
// not have are left alone. What was done is returned also beside an error;
// ErrMissing says that contents of these records are nowhere.
func Only(ctx context.Context, s *repo.Store, id string, opt OnlyOptions) (list []Change, err error) {
	if opt.From == "" {
		opt.From = s.Dir()
	}
	catalog := opt.catalog(opt.From)
	b, err := catalog.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	old, done, err := scratchStore(ctx, catalog, b, opt.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	w := &only{store: s, opt: opt}
	kind, err := repo.KindOf(opt.Collection)
	if err != nil {
		return nil, err
	}
	w.old, w.live = recordsOf(old, kind), recordsOf(s, kind)
	if err := w.all(ctx); err != nil {
		return w.done, fmt.Errorf("bring back from backup %s: %w", b.ID, err)
	}
	return w.done, nil
}

// only is such a restore at work.
type only struct {
	store     *repo.Store
	opt       OnlyOptions
	old, live records
	done      []Change
	missing   []string
}

func (w *only) all(ctx context.Context) error {
	was, err := w.old.Marks(ctx)
	if err != nil {
		return err
	}
	if was, err = w.wanted(was); err != nil {
		return err
	}
	is, err := w.live.Marks(ctx)
	if err != nil {
		return err
	}
	for i, id := range slices.Sorted(maps.Keys(was)) {
		w.opt.progress(w.opt.Collection, i+1, len(was))
		now, has := is[id]
		if has && now == was[id] && now.Sum != 0 {
			continue
		}
		if err := w.one(ctx, id, has); err != nil {
			return err
		}
	}
	if len(w.missing) > 0 {
		return fmt.Errorf("%w: %d, such as %s", ErrMissing, len(w.missing), w.missing[0])
	}
	return nil
}

// wanted are those of the records of a backup that are asked for.
func (w *only) wanted(was map[string]repo.Mark) (map[string]repo.Mark, error) {
	ids := w.opt.IDs
	if w.opt.ID != "" {
		id, err := w.whole(was)
		if err != nil {
			return nil, err
		}
		ids = append(slices.Clone(ids), id)
	}
	if len(ids) == 0 {
		return was, nil
	}
	some := map[string]repo.Mark{}
	for _, id := range ids {
		mark, ok := was[id]
		if !ok {
			return nil, fmt.Errorf("%w: %s %q is not in the backup", repo.ErrNotFound, w.opt.Collection, id)
		}
		some[id] = mark
	}
	return some, nil
}

// mostNamed is how many records are named whose ids begin alike.
const mostNamed = 10

// whole gives the id that ID is, or the one that begins with it.
func (w *only) whole(was map[string]repo.Mark) (string, error) {
	typed := w.opt.ID
	if _, ok := was[typed]; ok || utf8.RuneCountInString(typed) < repo.LeastPrefix {
		return typed, nil
	}
	var list []string
	for id := range was {
		if strings.HasPrefix(id, typed) {
			list = append(list, id)
		}
	}
	switch slices.Sort(list); len(list) {
	case 0:
		return typed, nil
	case 1:
		return list[0], nil
	}
	more := ""
	if len(list) > mostNamed {
		list, more = list[:mostNamed], " and more"
	}
	return "", &schema.InvalidError{Kind: w.opt.Collection, ID: typed, Problem: "is the beginning of several ids in the backup: " + strings.Join(list, ", ") + more}
}

// one brings one record back.
func (w *only) one(ctx context.Context, id string, has bool) error {
	c, err := diffRecord(ctx, w.live, w.old, id, has, true)
	if err != nil {
		return err
	}
	if c.Change == "" {
		return nil
	}
	c.Kind, c.ID = w.old.kind.Plural, id
	if !w.opt.DryRun {
		changed, contents, err := w.old.bringTo(ctx, w.live, id)
		if err != nil {
			return err
		}
		if err := w.adopt(ctx, contents); err != nil || !changed {
			return err
		}
	}
	w.done = append(w.done, c)
	return nil
}

// adopt makes the contents of a record known to the store again.
func (w *only) adopt(ctx context.Context, contents []string) error {
	for _, sha := range contents {
		err := w.store.Contents.Adopt(ctx, sha, w.content)
		if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
			w.missing = append(w.missing, sha)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// content opens a content in the directory of the backup.
func (w *only) content(ctx context.Context, sha string) (io.ReadCloser, error) {
	open, err := w.opt.source(repo.BlobsDir(w.opt.From))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", blobs.ErrNotFound, err)
	}
	return open(ctx, sha)
}
