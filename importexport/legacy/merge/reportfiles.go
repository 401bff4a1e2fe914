package merge

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"taskstore/importexport/legacy/decode"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/sqlitedb"
	"taskstore/schema"
)

// FileParts gives the files of a report as JSON arrays, as the store keeps them.
func (s *Stage) FileParts(ctx context.Context) iter.Seq2[schema.JSON, error] {
	return func(yield func(schema.JSON, error) bool) {
		var part report.Files
		give := func() bool {
			for text := range part.Parts() {
				if !yield(text, nil) {
					return false
				}
			}
			part = report.Files{}
			return true
		}
		for f, err := range s.Files(ctx) {
			if err != nil {
				yield("", err)
				return
			}
			if part.Add(f); part.Len() == report.FilesInPart && !give() {
				return
			}
		}
		give()
	}
}

// AllFiles lists the files for a report.
func (s *Stage) AllFiles(ctx context.Context) (list report.Files, err error) {
	for f, err := range s.Files(ctx) {
		if err != nil {
			return list, err
		}
		list.Add(f)
	}
	return list, nil
}

// Files gives the files of the source in the order of their paths, each with the
// findings of the scan and of the merge; of one code the first thousand, then how
// many more there are. After an error the sequence ends.
func (s *Stage) Files(ctx context.Context) iter.Seq2[report.File, error] {
	return func(yield func(report.File, error) bool) {
		for after := ""; ; {
			err := s.settled(ctx)
			var page []report.File
			if err == nil {
				page, err = s.filePage(ctx, after)
			}
			if err != nil {
				sqlitedb.Wrap(&err, "list the files of the source")
				yield(report.File{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, f := range page {
				if !yield(f, nil) {
					return
				}
			}
			after = page[len(page)-1].Path
		}
	}
}

func (s *Stage) filePage(ctx context.Context, after string) (page []report.File, err error) {
	found, err := s.DB.QueryContext(ctx, `
		SELECT f.path, f.format, f.status, f.records, f.bytes, f.sha256, w.code, coalesce(w.id, ''), coalesce(w.detail, ''), coalesce(w.more, 0)
		FROM (SELECT * FROM files WHERE path > ? ORDER BY path LIMIT ?) AS f
		LEFT JOIN warnings AS w ON w.file = f.path
		ORDER BY f.path, w.code, w.more, w.id, w.detail`, after, PageRows)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var l lister
	for found.Next() {
		f := report.File{Warnings: []report.WarningReport{}}
		var code sql.NullString
		var w report.WarningReport
		var more int
		if err := found.Scan(&f.Path, &f.Format, &f.Status, &f.Records, &f.Bytes, &f.SHA256, &code, &w.ID, &w.Detail, &more); err != nil {
			return nil, err
		}
		f.Status = reported(f.Status)
		if n := len(page); n == 0 || page[n-1].Path != f.Path {
			page, l = append(page, f), lister{}
		}
		if w.Code = code.String; code.Valid {
			l.add(&page[len(page)-1], w, more)
		}
	}
	return page, found.Err()
}

// lister lists the findings of a file, which come in the order of their codes.
type lister struct {
	code string
	n    int // of this code that are listed
}

// add lists a finding, or counts it; more is how many it stands for that the scan counted
// and did not list.
func (l *lister) add(f *report.File, w report.WarningReport, more int) {
	if w.Code != l.code {
		l.code, l.n = w.Code, 0
	}
	if l.n < record.MaxWarnings && more == 0 {
		l.n++
		f.Warnings = append(f.Warnings, w)
		return
	}
	if f.More[w.Code] == 0 {
		f.Warnings = append(f.Warnings, report.WarningReport{Code: "more"})
	}
	decode.Put(&f.More, w.Code, f.More[w.Code]+max(more, 1))
	f.Warnings[len(f.Warnings)-1].Detail = fmt.Sprintf("%d more of %s", f.More[w.Code], w.Code)
}

// reported returns the status under which reports name a file: one of a form that is
// not read is kept in quarantine.
func reported(status string) string {
	if status == record.StatusUnsupported {
		return record.StatusQuarantined
	}
	return status
}
