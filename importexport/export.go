// Package importexport writes a store's content in forms that other programs
// read.
package importexport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

// Options says what to export.
type Options struct {
	// Kinds names the collections; nil is all that the format has.
	Kinds []string
	// Trash also writes what is in the trash, where the format can say so.
	Trash bool
	// Raw writes the cells of CSV as they are. Else those that a spreadsheet would run
	// as a formula are written as Cell does.
	Raw bool
	// Progress, if set, is told how many entities are written, of how many.
	Progress func(done, total int)
}

// Result says what was exported.
type Result struct {
	Collections map[string]int // entities by collection
	Bytes       int64
	// Missing are contents that an entity has and whose bytes are gone or
	// damaged; the member that would hold them is left out of the export.
	Missing []Missing
	// InTrash counts the entities that were left out because they are in the trash.
	InTrash int
	// LeftOut counts by collection the entities that the form has no place for: collections that it does not
	// have, if Options.Kinds names none, and what is in the trash where it cannot say so.
	LeftOut map[string]int
}

// Missing is a content that could not be exported.
type Missing struct {
	Collection, ID, SHA256 string
}

// Export writes the records of a store in a form, from one snapshot. Live ones,
// and with Options.Trash those in the trash; an archive always has everything.
// What is held in memory at once is one record without its large contents, which are
// read once to see that they are sound and once to be written.
func Export(ctx context.Context, s *repo.Store, w io.Writer, form Format, at schema.Time, opt Options) (res Result, err error) {
	f, err := formatOf(form, "export")
	if err != nil {
		return res, err
	}
	kinds, err := f.chosen(opt.Kinds)
	if err != nil {
		return res, err
	}
	opt.Trash = opt.Trash && !f.noTrash
	all := opt.Kinds == nil
	buf := bufio.NewWriterSize(w, 1<<16)
	x := &exporter{format: f, kinds: kinds, store: s, w: buf, opt: opt, all: all, res: Result{Collections: map[string]int{}, LeftOut: map[string]int{}}}
	if err = errors.Join(f.encoder().encode(ctx, x, at), buf.Flush()); err != nil {
		return x.res, fmt.Errorf("export: %w", err)
	}
	return x.res, nil
}

// exporter is an export at work.
type exporter struct {
	format *format
	kinds  []repo.Kind // those that are wanted, in the order of the format
	store  *repo.Store
	w      *bufio.Writer
	opt    Options
	all    bool // of the collections are wanted
	res    Result
	done   int
	total  int
}

func (x *exporter) write(parts ...string) error {
	for _, p := range parts {
		n, err := x.w.WriteString(p)
		x.res.Bytes += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) step() {
	x.done++
	if x.opt.Progress != nil {
		x.opt.Progress(x.done, x.total)
	}
}

// byRecord is the encoder of a format that holds records one after the other. It takes
// them from one snapshot.
type byRecord struct{ writer }

// writer writes the parts of an export, in the order of its methods.
type writer interface {
	begin(x *exporter) error
	list(x *exporter, name string) error
	record(ctx context.Context, x *exporter, k repo.Kind, value any, first bool) error
	listEnd(x *exporter) error
	end(ctx context.Context, x *exporter, tx *repo.Tx, at schema.Time) error
}

// unframed is the part of a writer that writes nothing around its records.
type unframed struct{}

func (unframed) begin(*exporter) error                                       { return nil }
func (unframed) list(*exporter, string) error                                { return nil }
func (unframed) listEnd(*exporter) error                                     { return nil }
func (unframed) end(context.Context, *exporter, *repo.Tx, schema.Time) error { return nil }

func (w byRecord) encode(ctx context.Context, x *exporter, at schema.Time) error {
	return x.store.View(ctx, func(ctx context.Context, tx *repo.Tx) error {
		if err := x.count(ctx, tx); err != nil {
			return err
		}
		if err := w.begin(x); err != nil {
			return err
		}
		for _, k := range x.kinds {
			if err := w.kind(ctx, x, tx, k); err != nil {
				return err
			}
		}
		return w.end(ctx, x, tx, at)
	})
}

func (x *exporter) count(ctx context.Context, tx *repo.Tx) error {
	for _, k := range x.kinds {
		for _, trash := range []bool{false, true} {
			n, err := k.In(&tx.Repos).Count(ctx, repo.Query{Trash: trash})
			switch {
			case err != nil:
				return err
			case !trash || x.opt.Trash:
				x.total += n
			case !x.format.noTrash:
				x.res.InTrash += n
			case n > 0:
				x.res.LeftOut[k.Plural] += n
			}
		}
	}
	return x.countOthers(ctx, tx)
}

// countOthers counts what is in the collections that the format does not have.
func (x *exporter) countOthers(ctx context.Context, tx *repo.Tx) error {
	for _, k := range repo.Kinds() {
		if !x.all || slices.ContainsFunc(x.kinds, func(has repo.Kind) bool { return has.Name == k.Name }) {
			continue
		}
		for _, trash := range []bool{false, true} {
			n, err := k.In(&tx.Repos).Count(ctx, repo.Query{Trash: trash})
			if err != nil {
				return err
			}
			if n > 0 {
				x.res.LeftOut[k.Plural] += n
			}
		}
	}
	return nil
}

func (w byRecord) kind(ctx context.Context, x *exporter, tx *repo.Tx, k repo.Kind) error {
	name := k.Plural
	x.res.Collections[name] = 0
	if err := w.list(x, name); err != nil {
		return err
	}
	write := func(value any) error {
		if err := w.record(ctx, x, k, value, x.res.Collections[name] == 0); err != nil {
			return err
		}
		x.res.Collections[name]++
		x.step()
		return nil
	}
	err := eachOf(ctx, tx, k, false, write)
	if err == nil && x.opt.Trash {
		err = eachOf(ctx, tx, k, true, write)
	}
	if err != nil {
		return err
	}
	return w.listEnd(x)
}
