package legacy

import (
	"context"
	"strconv"

	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
	"taskstore/importexport/legacy/source"
)

// report sums up, and stores the report of an import.
func (im *importer) report(ctx context.Context) (r report.Report, err error) {
	if r, err = im.stage.Report(ctx); err != nil {
		return r, err
	}
	if im.run.PK != 0 {
		r.Run = strconv.FormatInt(im.run.PK, 10)
	}
	im.name(&r)
	r.Source, r.Attachments, r.Orphans, r.Lost = source.ShownPath(im.src.Path), im.contents, []report.Orphan{}, []report.LostSession{}
	if im.run.PK != 0 {
		found, lost, err := im.orphans(ctx)
		if err != nil {
			return r, err
		}
		r.Orphans, r.Lost = append(r.Orphans, found...), append(r.Lost, lost...)
	}
	r.Unproved = im.unproved.named()
	r.Verified = len(r.Unproved) == 0
	r.TookMS = im.opt.Now().Sub(im.began).Milliseconds()
	return r, nil
}

// odd notes what the codec found odd in a record that the app wrote.
func (im *importer) odd(ctx context.Context, e *entry) error {
	if e.merged.Winner.Composed {
		return nil
	}
	for _, w := range e.odd {
		detail := w.Path
		if w.Detail != "" {
			detail += ": " + w.Detail
		}
		if err := im.stage.Warn(ctx, im.fileOf(e.merged), record.Warning{Code: w.Code, ID: e.merged.ID, Detail: detail}); err != nil {
			return err
		}
	}
	return nil
}

// fileOf is the file that a finding about a record stands under.
func (im *importer) fileOf(m merge.Merged) string {
	if m.Winner.File != "" {
		return m.Winner.File
	}
	return im.firstFile
}

// fail notes something that keeps the import from being verified.
func (im *importer) fail(ctx context.Context, file, id, detail string) error {
	im.unproved.add(file, id, detail)
	return im.stage.Warn(ctx, file, record.Warning{Code: "unaccounted", ID: id, Detail: detail})
}

// name says in a report what it is of.
func (im *importer) name(r *report.Report) {
	r.Action, r.NotLookedAt = im.action, im.leftOut()
	switch {
	case im.action == report.ActionImport || im.run.FinishedAt != "":
		r.State = report.StateFinished
	case im.run.PK != 0:
		r.State = report.StateUnfinished
	}
}
