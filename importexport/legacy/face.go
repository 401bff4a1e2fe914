package legacy

import (
	"context"
	"errors"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/report"
	"taskstore/importexport/legacy/source"
)

// Report is what Import, DryRun and Verify say; package report has all that is in it.
type Report = report.Report

var (
	// ErrNotLegacy means that a path holds nothing the legacy application wrote.
	ErrNotLegacy = source.ErrNotLegacy
	// ErrSourceChanged means that a file of a source changed after the source was opened:
	// the application is still running, perhaps.
	ErrSourceChanged = source.ErrSourceChanged
)

// Probe says whether a path holds anything that the legacy application wrote:
// ErrNotLegacy if not.
func Probe(ctx context.Context, path string) error { return source.Probe(ctx, path) }

// StoredReport reads the report that an import has stored. That of an import which has
// not finished says so, and nothing else.
func StoredReport(run ledger.Run) (Report, error) { return report.Stored(run) }

// ErrNotInterrupted means that there is no import of this source to go on with.
var ErrNotInterrupted = errors.New("no import of this source was interrupted")
