package legacy

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"golang.org/x/sync/errgroup"
)

// The steps of an import are goose migrations written in Go: one that sets aside
// what cannot be read, then one for each collection. The numbers are kept by every
// store that ever imported something, so they do not change.
const stepSetAside = 1

// stepOf gives the number of a collection's step.
func stepOf(collection string) int64 {
	return int64(stepSetAside + 1 + slices.Index(merge.Collections, collection))
}

// steps runs the steps of the run that are not done yet. They write through the
// repositories, in transactions of their own, so a step and the note that it is
// done are not one transaction: each step changes nothing when it is run again.
func (im *importer) steps(ctx context.Context) (err error) {
	db, err := sql.Open("sqlite", readDSN(im.store.Path()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	list := []*goose.Migration{step(stepSetAside, im.setAside)}
	for _, collection := range im.collections() {
		list = append(list, step(stepOf(collection), func(ctx context.Context) error { return im.bring(ctx, collection) }))
	}
	p, err := goose.NewProvider(database.DialectCustom, db, nil, goose.WithStore(&line{im: im}), goose.WithGoMigrations(list...),
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		err = partial.Err // goose's words around it tell a person nothing
	}
	return err
}

func step(version int64, run func(context.Context) error) *goose.Migration {
	return goose.NewGoMigration(version, &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error { return run(ctx) }}, nil)
}

// batch bounds what is stored in one transaction, by records and by bytes. The first batch of
// a collection is a part of that and each further one twice as large, so that the stages behind
// the first have soon something to do.
const (
	batchRecords = 500
	batchBytes   = 512 << 10
	batchFirst   = 16
)

// bring stores the records of one collection and reads them back. What has to be
// done for a batch is done in four stages, each on a goroutine of its own, so that
// one batch is merged, one decoded, one stored and one read back at a time.
func (im *importer) bring(ctx context.Context, collection string) error {
	t, err := im.target(ctx, collection)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	k := t.keeper
	merged := make(chan []*entry)
	group.Go(func() error {
		defer close(merged)
		return im.mergeInto(ctx, collection, t, merged)
	})
	prepared := stageOf(ctx, group, merged, func(list []*entry) error { return im.prepare(ctx, k, list) })
	stored := stageOf(ctx, group, prepared, func(list []*entry) error { return im.flush(ctx, k, list) })
	done, tell := int64(0), im.progress("store "+collection)
	group.Go(func() error {
		for list := range stored {
			if err := im.readBack(ctx, k, list); err != nil {
				return err
			}
			if done += int64(len(list)); tell != nil {
				tell(done, 0)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	im.brought[collection] = true
	return nil
}

// stageOf is one stage of a pipeline: it does work on each batch and hands it on.
func stageOf(ctx context.Context, group *errgroup.Group, in <-chan []*entry, work func([]*entry) error) <-chan []*entry {
	out := make(chan []*entry)
	group.Go(func() error {
		defer close(out)
		for list := range in {
			if err := work(list); err != nil {
				return err
			}
			if err := hand(ctx, out, list); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

func hand(ctx context.Context, to chan<- []*entry, list []*entry) error {
	select {
	case to <- list:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mergeInto gives the merged records of a collection in batches.
func (im *importer) mergeInto(ctx context.Context, collection string, t *target, batches chan<- []*entry) error {
	var list []*entry
	size, part := 0, batchFirst
	for m, err := range im.stage.Merge(ctx, collection, t) {
		if err != nil {
			return err
		}
		list = append(list, &entry{merged: m, held: t.takeHeld(m.ID), write: m.Write})
		if size += len(m.Raw); len(list) >= batchRecords/part || size >= batchBytes/part {
			if err := hand(ctx, batches, list); err != nil {
				return err
			}
			list, size, part = nil, 0, max(part/2, 1)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return hand(ctx, batches, list)
}

// prepare decodes a batch, and stores the contents of its attachments. What was
// removed from the store since an earlier import stays removed, unless it is wanted back.
func (im *importer) prepare(ctx context.Context, k keeper, list []*entry) error {
	var absent []string
	for _, e := range list {
		if e.write && e.held == nil {
			absent = append(absent, e.merged.ID)
		}
	}
	removed, err := ledger.Of(im.store).RemovedOf(ctx, k.kind.Name, absent)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.write && e.held == nil && removed[e.merged.ID] && !im.opt.BringBack {
			e.write = false
		}
		if err := k.prepare(ctx, e); err != nil {
			return err
		}
		if err := im.bringContents(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// flush stores a batch in one transaction: the records, where they came from, and
// the versions that lost.
func (im *importer) flush(ctx context.Context, k keeper, list []*entry) error {
	noted := 0
	err := im.store.Load(ctx, func(ctx context.Context, tx *repo.Tx) (err error) {
		if err := k.write(ctx, tx, written(list)); err != nil {
			return err
		}
		noted, err = im.trace(ctx, tx, k, list)
		return err
	})
	if err == nil {
		im.noted[list[0].merged.Collection] += noted
	}
	return err
}

// written are the records of a batch that change the store.
func written(list []*entry) []*entry {
	var write []*entry
	for _, e := range list {
		if e.write {
			write = append(write, e)
		}
	}
	return write
}

// trace notes where records came from, tells of how many, and keeps the versions that lost.
func (im *importer) trace(ctx context.Context, tx *repo.Tx, k keeper, list []*entry) (noted int, err error) {
	var origins []ledger.Record
	for _, e := range list {
		r, ok, err := im.origin(ctx, tx, e)
		if err != nil {
			return 0, err
		}
		if ok {
			origins = append(origins, r)
		}
		if err := im.keepVersions(ctx, tx, k, e); err != nil {
			return 0, err
		}
	}
	return len(origins), ledger.In(tx).AddRecords(ctx, im.run.PK, origins...)
}

// keepVersions keeps the versions of a record that lost.
func (im *importer) keepVersions(ctx context.Context, tx *repo.Tx, k keeper, e *entry) error {
	if e.removed() {
		return nil
	}
	if err := im.keepOthers(ctx, tx, e); err != nil {
		return err
	}
	for _, v := range e.merged.Versions {
		raw, err := v.Load(ctx)
		if err != nil {
			return err
		}
		_, err = ledger.In(tx).AddVersion(ctx, ledger.Version{Kind: k.kind.Name, ID: e.merged.ID, SHA256: v.Sum.String(),
			Source: v.File + v.Pointer, Time: timeOf(v.Time), State: schema.JSON(raw)})
		if err != nil {
			return err
		}
	}
	return nil
}

// origin is the note of the source that a stored record follows. A record of the
// store that was only completed keeps the rank and time that it had.
func (im *importer) origin(ctx context.Context, tx *repo.Tx, e *entry) (r ledger.Record, ok bool, err error) {
	m := e.merged
	if e.rev == 0 || m.Winner.File == "" {
		return r, false, nil
	}
	r = ledger.Record{File: m.Winner.File, Pointer: m.Winner.Pointer, Collection: m.Collection, ID: m.ID, Disposition: record.DispLive,
		Rank: int64(m.Winner.Rank), Time: m.Winner.Time, Rev: e.rev}
	if m.Trash != "" {
		r.Disposition = record.DispRecovered
	}
	if m.Kept {
		before, err := ledger.In(tx).Origin(ctx, m.Collection, m.ID)
		if errors.Is(err, repo.ErrNotFound) {
			return r, false, nil
		}
		if err != nil {
			return r, false, err
		}
		if before.Rev != e.held.rev {
			return r, false, nil // it was changed in the store since, and is no record of a source any more
		}
		r.Rank, r.Time = before.Rank, before.Time
		if r.Disposition = record.DispDuplicate; before.SHA256 == m.Sum.String() {
			r.Disposition = before.Disposition // it follows this very record
		}
	}
	if r.SHA256 = m.Sum.String(); m.Winner.Composed || len(m.Raw) == 0 {
		r.SHA256 = rawjson.Sum{}.String() // nothing of the kind stood in the source
	}
	return r, true, nil
}

// timeOf is an epoch time in milliseconds as the store writes it; 0 is unknown.
func timeOf(ms int64) schema.Time {
	if ms == 0 {
		return ""
	}
	return schema.TimeOf(time.UnixMilli(ms))
}
