package legacy

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

// Report is what an import says about itself. It is the content of
// `legacy import --json`.
type Report struct {
	Run      string `json:"run"`
	Source   string `json:"source"`
	Verified bool   `json:"verified"`
	// Collections holds a line for each kind, also one without records. The opaque
	// keys are counted with the settings.
	Collections map[string]Counts `json:"collections"`
	Attachments AttachmentCounts  `json:"attachments"`
	// Orphans are contents that no record of the store refers to; Lost are the sessions
	// that some of them are named after, and that no source holds.
	Orphans  []OrphanReport `json:"orphans"`
	Lost     []LostSession  `json:"lost_sessions"`
	Files    []FileReport   `json:"files"`
	Warnings map[string]int `json:"warnings"` // by code
	TookMS   int64          `json:"took_ms"`
}

// Counts says what became of the records of one kind. Found is the sum of all but
// Missing, which counts ids that no source holds a record of.
type Counts struct {
	Found       int64 `json:"found"`
	Live        int64 `json:"live"`
	Recovered   int64 `json:"recovered"`
	Versions    int64 `json:"versions"`
	Duplicates  int64 `json:"duplicates"`
	Quarantined int64 `json:"quarantined"`
	Missing     int64 `json:"missing"`
}

// AttachmentCounts says what became of the contents of attachments. The import
// counts them, since the stage has not read them.
type AttachmentCounts struct {
	Found       int64 `json:"found"`
	Blobs       int64 `json:"blobs"`
	Missing     int64 `json:"missing"`
	Undecodable int64 `json:"undecodable"`
}

// FileReport is one file of the source. Status is ok, recovered, partial,
// quarantined or ignored.
type FileReport struct {
	Path     string          `json:"path"`
	Format   string          `json:"format"`
	Status   string          `json:"status"`
	Records  int             `json:"records"`
	Bytes    int64           `json:"bytes"`
	SHA256   string          `json:"sha256"`
	Warnings []WarningReport `json:"warnings"`
}

// WarningReport is one finding about a file.
type WarningReport struct {
	Code   string `json:"code"`
	ID     string `json:"id"`
	Detail string `json:"detail"`
}

// reportKinds are the kinds of the report, in the order in which it prints them.
var reportKinds = []string{"sessions", "notes", "tasks", "topics", "companies", "contacts", "attachments", "settings"}

// json is the report as the store keeps it, but for its files, which are many.
func (r Report) json() (schema.JSON, error) {
	r.Files = nil
	text, err := json.Marshal(r)
	return schema.JSON(text), err
}

// filesInPart is how many files of a report stand in one row of the store.
const filesInPart = 1000

// fileParts gives the files of a report as JSON arrays.
func (s *Stage) fileParts(ctx context.Context) iter.Seq2[schema.JSON, error] {
	return func(yield func(schema.JSON, error) bool) {
		var part []FileReport
		give := func() bool {
			text, err := json.Marshal(part)
			part = part[:0]
			return yield(schema.JSON(text), err) && err == nil
		}
		for f, err := range s.Files(ctx) {
			if err != nil {
				yield("", err)
				return
			}
			if part = append(part, f); len(part) == filesInPart && !give() {
				return
			}
		}
		if len(part) > 0 {
			give()
		}
	}
}

// Report sums up the stage after its collections were merged. Run, Source,
// Verified, Attachments, Files and TookMS are the caller's to fill in.
func (s *Stage) Report(ctx context.Context) (r Report, err error) {
	defer wrap(&err, "sum up the import")
	if err := s.settled(ctx); err != nil {
		return r, err
	}
	r = Report{Collections: map[string]Counts{}, Files: []FileReport{}, Warnings: map[string]int{}}
	for _, kind := range reportKinds {
		r.Collections[kind] = Counts{}
	}
	if err := s.count(ctx, r.Collections); err != nil {
		return r, err
	}
	return r, s.countWarnings(ctx, r.Warnings)
}

// allFiles lists the files for a report.
func (s *Stage) allFiles(ctx context.Context) ([]FileReport, error) {
	var n int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM files").Scan(&n); err != nil {
		return nil, err
	}
	list := make([]FileReport, 0, n)
	for f, err := range s.Files(ctx) {
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

func (s *Stage) countWarnings(ctx context.Context, into map[string]int) error {
	found, err := s.db.QueryContext(ctx, `SELECT code, count(*) FROM warnings GROUP BY code`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var code string
		var n int
		if err := found.Scan(&code, &n); err != nil {
			return err
		}
		into[code] = n
	}
	return found.Err()
}

// count adds up the dispositions.
func (s *Stage) count(ctx context.Context, into map[string]Counts) error {
	found, err := s.db.QueryContext(ctx, `
		SELECT collection, coalesce(what, ''), count(*)
		FROM candidates
		LEFT JOIN dispositions ON candidate = pk
		GROUP BY 1, 2
		UNION ALL
		SELECT collection, 'quarantined', count(*) FROM strays GROUP BY 1
		UNION ALL
		SELECT collection, 'missing', count(*) FROM stubs GROUP BY 1`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var kind, what string
		var n int64
		if err := found.Scan(&kind, &what, &n); err != nil {
			return err
		}
		if !slices.Contains(reportKinds, kind) {
			kind = "settings"
		}
		c := into[kind]
		c.add(what, n)
		into[kind] = c
	}
	return found.Err()
}

// add counts n records of one disposition; "" is one that has none yet.
func (c *Counts) add(what string, n int64) {
	switch what {
	case DispLive:
		c.Live += n
	case DispRecovered:
		c.Recovered += n
	case DispRevision:
		c.Versions += n
	case DispDuplicate:
		c.Duplicates += n
	case "quarantined":
		c.Quarantined += n
	case "missing":
		c.Missing += n
		return
	}
	c.Found += n
}

// Files gives the files of the source in the order of their paths, each with the
// findings of the scan and of the merge; of one code the first thousand, then how
// many more there are. After an error the sequence ends.
func (s *Stage) Files(ctx context.Context) iter.Seq2[FileReport, error] {
	return func(yield func(FileReport, error) bool) {
		for after := ""; ; {
			err := s.settled(ctx)
			var page []FileReport
			if err == nil {
				page, err = s.filePage(ctx, after)
			}
			if err != nil {
				wrap(&err, "list the files of the source")
				yield(FileReport{}, err)
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

func (s *Stage) filePage(ctx context.Context, after string) (page []FileReport, err error) {
	found, err := s.db.QueryContext(ctx, `
		SELECT f.path, f.format, f.status, f.records, f.bytes, f.sha256, w.code, coalesce(w.id, ''), coalesce(w.detail, '')
		FROM (SELECT * FROM files WHERE path > ? ORDER BY path LIMIT ?) AS f
		LEFT JOIN warnings AS w ON w.file = f.path
		ORDER BY f.path, w.code, w.id, w.detail`, after, pageRows)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var l lister
	words := map[string]string{} // formats and statuses are few
	for found.Next() {
		f := FileReport{Warnings: []WarningReport{}}
		var code sql.NullString
		var w WarningReport
		if err := found.Scan(&f.Path, &f.Format, &f.Status, &f.Records, &f.Bytes, &f.SHA256, &code, &w.ID, &w.Detail); err != nil {
			return nil, err
		}
		f.Format, f.Status = once(words, f.Format), once(words, reported(f.Status))
		if n := len(page); n == 0 || page[n-1].Path != f.Path {
			page, l = append(page, f), lister{}
		}
		if w.Code = code.String; code.Valid {
			l.add(&page[len(page)-1], w)
		}
	}
	return page, found.Err()
}

// once returns the text that was kept of all that are equal.
func once(kept map[string]string, text string) string {
	if t, ok := kept[text]; ok {
		return t
	}
	kept[text] = text
	return text
}

// lister lists the findings of a file, which come in the order of their codes.
type lister struct {
	code string
	n    int // of this code
}

func (l *lister) add(f *FileReport, w WarningReport) {
	if w.Code != l.code {
		l.code, l.n = w.Code, 0
	}
	if l.n++; l.n <= maxWarnings {
		f.Warnings = append(f.Warnings, w)
		return
	}
	if l.n == maxWarnings+1 {
		f.Warnings = append(f.Warnings, WarningReport{Code: "more"})
	}
	f.Warnings[len(f.Warnings)-1].Detail = fmt.Sprintf("%d more of %s", l.n-maxWarnings, w.Code)
}

// reported returns the status under which reports name a file: one that was not
// read at all is kept in quarantine, whatever the reason.
func reported(status string) string {
	if status == StatusUnsupported || status == StatusUnreadable {
		return StatusQuarantined
	}
	return status
}

// Findings says whether somebody should look at the report: a file or record was
// recovered, read in part or set aside, or something is missing. Notes such as
// conflict-version alone are no findings.
func (r Report) Findings() bool {
	if r.Attachments.Missing > 0 || r.Attachments.Undecodable > 0 || r.Warnings["restored-from-backup"] > 0 {
		return true
	}
	for _, c := range r.Collections {
		if c.Recovered > 0 || c.Quarantined > 0 || c.Missing > 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.Files, FileReport.finding)
}

func (f FileReport) finding() bool {
	return f.Status == StatusPartial || f.Status == StatusRecovered || f.Status == StatusQuarantined
}

// StoredReport reads the report that an import has stored. An import that has not
// finished has none.
func StoredReport(run repo.Run) (r Report, err error) {
	defer wrap(&err, "read the report of import %d", run.PK)
	if run.Report == "" {
		return r, fmt.Errorf("it has not finished; import %s again to go on", run.Source)
	}
	if err := json.Unmarshal([]byte(run.Report), &r); err != nil {
		return r, err
	}
	for _, text := range run.Files {
		var part []FileReport
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			return r, err
		}
		r.Files = append(r.Files, part...)
	}
	return r, nil
}
