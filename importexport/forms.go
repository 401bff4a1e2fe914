package importexport

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"taskstore/repo"
	"taskstore/schema"

	"golang.org/x/sync/errgroup"
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

// Kinds are the collections of a store, in the order in which they are written.
func Kinds() []string {
	var list []string
	for _, k := range repo.Kinds() {
		list = append(list, k.Plural)
	}
	return list
}

// eachOf gives fn the records of a kind that are live, or those in the trash.
func eachOf(ctx context.Context, tx *repo.Tx, k repo.Kind, trash bool, fn func(value any) error) error {
	group, ctx := errgroup.WithContext(ctx)
	values := make(chan any, readAhead)
	group.Go(func() error {
		defer close(values)
		return readAll(ctx, tx, k, trash, values)
	})
	group.Go(func() error {
		for v := range values {
			if err := fn(v); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// readAhead is how many records are read while others are written: about as many as
// are read at once.
const readAhead = 32

func readAll(ctx context.Context, tx *repo.Tx, k repo.Kind, trash bool, values chan<- any) error {
	for v, err := range k.In(&tx.Repos).All(ctx, repo.Query{Sort: "-" + repo.SortDate, Trash: trash}, repo.Full) {
		if err != nil {
			return err
		}
		select {
		case values <- v:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// found turns the error for what is not there into nil.
func found(err error) (bool, error) {
	if errors.Is(err, repo.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
