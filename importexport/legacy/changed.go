package legacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"taskstore/importexport/legacy/merge"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/source"
)

// unchanged returns ErrSourceChanged if the file in which a content is, is not what it was
// when the source was scanned: what is read of it now is not what was hashed.
func (im *importer) unchanged(ctx context.Context, c record.Content) error {
	if c.Path == "" {
		return nil
	}
	rel, err := filepath.Rel(im.src.Dir, c.Path)
	if err != nil {
		return err
	}
	return im.unchangedFile(ctx, source.EscapedName(filepath.ToSlash(rel)))
}

// unchangedFile is unchanged for a file of the source, or a member of a zip in it.
func (im *importer) unchangedFile(ctx context.Context, path string) error {
	if outer, _, ok := source.CutMember(path); ok {
		path = outer
	}
	size, at, err := im.stage.FileState(ctx, path)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := im.src.Tree.Stat(path)
	if err != nil || info.Size() != size || merge.EpochMillis(info.ModTime()) != at {
		return fmt.Errorf("%w: %s; import it again when nothing writes to it", source.ErrSourceChanged, path)
	}
	return nil
}

// closed closes what was opened, if it was.
func closed(c io.Closer) error {
	if c == nil {
		return nil
	}
	return c.Close()
}
