package contents

import (
	"context"
	"errors"
	"fmt"

	"taskstore/blobs"
	"taskstore/internal/sqlitedb"
	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// Needed is a content that is to be there when the transaction ends: one that was
// put, or one that a value names.
type Needed struct {
	blobs.Info
	Dir  *blobs.Dir
	Of   any // the value that names it, where it was not put
	Put  bool
	mime string // of one that was put
	data []byte // its bytes, where they are in memory
}

// ContentsOf lists the contents that an entity needs, by their hashes.
func ContentsOf(v any) []string {
	var list []string
	for _, c := range schema.Contents(v) {
		list = append(list, contentsOf(c)...)
	}
	return list
}

// contentsOf gives the contents that one saved member needs: its bytes, and its
// text where that does not follow from them.
func contentsOf(c *schema.Content) []string {
	var list []string
	if c.Blob != "" {
		list = append(list, c.Blob)
	}
	if sha, ok := c.Verbatim(); ok && sha != "" {
		list = append(list, sha)
	}
	return list
}

func Error(err error) error {
	switch {
	case errors.Is(err, blobs.ErrFull):
		return fmt.Errorf("%w: %w", sqlitedb.ErrFull, err)
	case errors.Is(err, blobs.ErrCorrupt):
		return fmt.Errorf("%w: %w", sqlitedb.ErrCorrupt, err)
	case errors.Is(err, blobs.ErrNotFound), errors.Is(err, blobs.ErrBadHash): // no content has such a name
		return fmt.Errorf("%w: %w", rows.ErrNotFound, err)
	}
	return err
}

// Text gives a saved content as the text that the app wrote. A content that is
// in the database but whose file is gone or damaged is ErrNotFound or
// ErrCorrupt. The whole text is in memory.
func (s *Handle) Text(ctx context.Context, c schema.Content) (text string, err error) {
	defer sqlitedb.Wrap(&err, "read content %s", c.Blob)
	if c.Blob == "" {
		return c.Text, nil
	}
	dir, err := s.contentDir()
	if err != nil {
		return "", err
	}
	text, err = rows.TextOf(ctx, dir, c)
	return text, Error(err)
}

// contentDir is the directory of contents: ErrNotFound in a store that is only read
// and has none yet.
func (s *Handle) contentDir() (*blobs.Dir, error) {
	if s.blobs == nil {
		return nil, fmt.Errorf("%w: the store has no directory of contents", rows.ErrNotFound)
	}
	return s.blobs, nil
}

// Open opens the bytes of a saved content: see blobs.Dir.Open for what is
// verified when.
func (s *Handle) Open(ctx context.Context, sha256 string) (r *blobs.Reader, err error) {
	defer sqlitedb.Wrap(&err, "open content %s", sha256)
	dir, err := s.contentDir()
	if err != nil {
		return nil, err
	}
	r, err = dir.Open(ctx, sha256)
	return r, Error(err)
}

// Stat tells how a content is stored.
func (s *Handle) Stat(ctx context.Context, sha256 string) (info blobs.Info, err error) {
	defer sqlitedb.Wrap(&err, "look for content %s", sha256)
	dir, err := s.contentDir()
	if err != nil {
		return info, err
	}
	info, err = dir.Stat(ctx, sha256)
	return info, Error(err)
}

// Verify reads a content from beginning to end: ErrNotFound when it is
// gone, ErrCorrupt when it is not what its name says.
func (s *Handle) Verify(ctx context.Context, sha256 string) (err error) {
	defer sqlitedb.Wrap(&err, "verify content %s", sha256)
	dir, err := s.contentDir()
	if err != nil {
		return err
	}
	return Error(dir.Verify(ctx, sha256))
}
