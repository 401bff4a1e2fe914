package legacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// unchanged returns ErrSourceChanged if the file in which a content is, is not what it was
// when the source was scanned: what is read of it now is not what was hashed.
func (im *importer) unchanged(ctx context.Context, c Content) error {
	if c.Path == "" {
		return nil
	}
	rel, err := filepath.Rel(im.src.dir, c.Path)
	if err != nil {
		return err
	}
	return im.unchangedFile(ctx, escapedName(filepath.ToSlash(rel)))
}

// unchangedFile is unchanged for a file of the source, or a member of a zip in it.
func (im *importer) unchangedFile(ctx context.Context, path string) error {
	if outer, _, ok := cutMember(path); ok {
		path = outer
	}
	size, at, err := im.stage.fileState(ctx, path)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := im.src.tree.stat(path)
	if err != nil || info.Size() != size || epochMillis(info.ModTime()) != at {
		return fmt.Errorf("%w: %s; import it again when nothing writes to it", ErrSourceChanged, path)
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
