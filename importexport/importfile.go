package importexport

import (
	"context"
	"errors"
	"fmt"
)

// File is a file that was read and found good: an import can write what it holds.
type File struct {
	src   *fileSource
	total int  // records
	files bool // some records have contents that stand in the file
}

// OpenFile reads and checks everything of a file, an archive against its hashes and JSON
// to its end, and touches no store: whoever wants a store or a backup for an import makes
// it after this. The caller closes the file. Of opt, Format, Name and Progress are used.
//
// A file of which nothing would come is refused: an empty one, one without records
// that does not say its format, one with members that no export has or with more after
// its end, one with a record twice, and one of a newer format.
//
// Errors: ErrForm (no file that can be imported: a *FormError says where), ErrDamaged.
func OpenFile(ctx context.Context, path string, opt ImportOptions) (*File, error) {
	src, err := openSource(path, opt.Name, opt.Format)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	f := &File{src: src}
	if err := f.check(ctx, opt); err != nil {
		return nil, fmt.Errorf("import: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.src.close() }

func (f *File) check(ctx context.Context, opt ImportOptions) error {
	if a := f.src.archive(); a != nil {
		if err := a.Verify(ctx, opt.step("verify")); err != nil {
			return fmt.Errorf("%s: %w", f.src.in.name, err)
		}
	}
	err := f.src.each(ctx, func(it *item) error {
		f.total++
		f.files = f.files || len(it.files) > 0
		return nil
	})
	if err == nil {
		err = f.src.in.steady()
	}
	return err
}
