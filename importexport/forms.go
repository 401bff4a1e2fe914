package importexport

import (
	"context"
	"fmt"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

// Format names a form of an export.
type Format string

// The formats. An import reads all but CSV, which is for people and does not hold
// everything. Of Markdown it reads the folder that [ExportVault] writes, not the one file.
const (
	FormatJSON     Format = "json"        // one document, a list for each kind
	FormatNDJSON   Format = "ndjson"      // a record a line, each with its kind
	FormatLegacy   Format = "legacy-json" // the app's own single-file export
	FormatCSV      Format = "csv"         // one kind, a column for each member
	FormatMarkdown Format = "markdown"    // for reading; with ExportVault a folder of pages
	FormatArchive  Format = "archive"     // the whole store: history, trash, contents, hashes
)

// formats is the table of all formats: whatever reads or writes files goes through it.
var formats = []*format{&jsonFormat, &linesFormat, &legacyFormat, &csvFormat, &markdownFormat, &archiveFormat}

// format is a format of files. Each one is a file of this package, which has its encoder
// and its decoder side by side. What holds for all of them, exporter and fileSource see to.
type format struct {
	name    Format
	kinds   func() []string // the collections that it has, in its order; nil: [Kinds]
	noTrash bool            // it cannot say that a record is in the trash
	encoder func() encoder
	decoder func(in *input) (decoder, error) // nil: it is for people and does not hold everything
	begins  func(b *beginning) bool          // whether a file that begins so is of it
}

// encoder writes what is in a store.
type encoder interface {
	encode(ctx context.Context, x *exporter, at schema.Time) error
}

// decoder reads what an encoder has written.
type decoder interface {
	// records gives fn all records, and reads the input to its end. says tells whether
	// the input itself says of which format it is, so that it is good without records.
	records(ctx context.Context, in *input, fn func(*item) error) (says bool, err error)
}

// Formats are the names of all forms.
func Formats() []Format {
	names := make([]Format, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// formatOf finds a format by its name.
func formatOf(name Format, doing string) (*format, error) {
	if i := slices.Index(Formats(), name); i >= 0 {
		return formats[i], nil
	}
	return nil, &schema.InvalidError{Kind: doing, Field: "format", Problem: fmt.Sprintf("%q is none of %v", name, Formats())}
}

// chosen gives the kinds of a format that have one of some names, in its order; nil
// names all of them.
func (f *format) chosen(names []string) (kinds []repo.Kind, err error) {
	all := Kinds()
	if f.kinds != nil {
		all = f.kinds()
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, &schema.InvalidError{Kind: "export", Field: "kinds", Problem: fmt.Sprintf("%q is none of %v", name, all)}
		}
	}
	for _, name := range all {
		if names == nil || slices.Contains(names, name) {
			k, err := repo.KindOf(name)
			if err != nil {
				return nil, err
			}
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}
