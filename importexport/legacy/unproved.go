package legacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
)

// maxUnproved is how many a report names one by one.
const maxUnproved = 1000

// unproved collects what keeps an import from being verified.
type unproved struct {
	list []report.Unproved
	more int // beyond the list
}

func (u *unproved) add(path, id, reason string) {
	if len(u.list) == maxUnproved {
		u.more++
		return
	}
	u.list = append(u.list, report.Unproved{Path: path, ID: id, Reason: reason})
}

// named is the list for a report, never nil.
func (u *unproved) named() []report.Unproved {
	list := append([]report.Unproved{}, u.list...)
	if u.more > 0 {
		list = append(list, report.Unproved{Reason: fmt.Sprintf("%d more", u.more)})
	}
	return list
}

// noteUnread notes what of the source was not read at all, whatever is in the store:
// files that the system does not give (a member of a zip is kept with the zip, if that is
// in quarantine), directories of another source, kinds that were
// left out.
func (im *importer) noteUnread(ctx context.Context) error {
	found, err := im.stage.DB.QueryContext(ctx, `
		SELECT path, coalesce(detail, '')
		FROM files
		LEFT JOIN warnings ON file = path AND code = 'unreadable'
		WHERE status = ?
		  AND NOT EXISTS (SELECT 1 FROM quarantine WHERE file = substr(path, 1, instr(path, '!/') - 1))
		UNION ALL
		SELECT '', detail FROM warnings WHERE code = 'other-source'`, record.StatusUnreadable)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var path, detail string
		if err := found.Scan(&path, &detail); err != nil {
			return err
		}
		reason := "could not be read, nothing of it is kept: " + detail
		if path == "" {
			path, reason = otherName(detail), detail
		}
		im.unproved.add(path, "", reason)
	}
	if out := im.leftOut(); len(out) > 0 {
		im.unproved.add("", "", "not looked at: "+strings.Join(out, ", "))
	}
	return found.Err()
}

// otherName is the directory that a finding of the code other-source is about.
func otherName(detail string) string {
	return strings.TrimSuffix(strings.TrimPrefix(detail, decode.OtherBefore), decode.OtherAfter)
}

// leftOut lists the kinds that the import was not asked for.
func (im *importer) leftOut() []string {
	if im.opt.Only == nil {
		return []string{}
	}
	return slices.DeleteFunc(slices.Clone(report.Kinds), func(kind string) bool { return slices.Contains(im.opt.Only, kind) })
}

// resumable says ErrNotInterrupted where an import that was to be resumed cannot be.
func (im *importer) resumable(ctx context.Context) error {
	if !im.opt.Resume {
		return nil
	}
	runs, err := ledger.Of(im.store).Runs(ctx)
	if err != nil {
		return err
	}
	err = ErrNotInterrupted
	for _, r := range runs {
		switch {
		case r.FinishedAt != "":
		case r.SHA256 == im.src.Hash:
			return nil
		case r.Source == im.src.Path:
			err = errors.Join(err, fmt.Errorf("the source has changed since import %d of it was interrupted", r.PK))
		default:
			err = errors.Join(err, fmt.Errorf("import %d is unfinished, of %s", r.PK, r.Source))
		}
	}
	return err
}
