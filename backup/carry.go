package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"taskstore/backup/packed"
	"taskstore/backup/pages"
	"taskstore/internal/durable"
)

// What carries backups elsewhere and back needs the files of one, as they are.

// Files are what a backup consists of, the manifest last; its state is not among them.
func (c *Catalog) Files(id string) (db, contents, manifest string) {
	return c.path(id, dbFile), c.path(id, contentsFile), c.path(id, manifestFile)
}

// ParseManifest reads the text of a manifest's file. Another one than that of a backup of
// this id, whole, is ErrCorrupt.
func ParseManifest(file []byte, id string) (Manifest, error) { return decodeManifest(file, id) }

// ParseContents reads the file of the list of contents of a backup, compressed as it is.
// Another one than the manifest says is ErrCorrupt.
func ParseContents(ctx context.Context, file []byte, m Manifest) (list []Content, err error) {
	defer pages.Wrap(&err, "read the contents that backup %s names", m.ID)
	_, sum, err := pages.HashOf(ctx, bytes.NewReader(file))
	if err == nil && sum != m.Named.List.FileSHA256 {
		err = fmt.Errorf("%w: the list", ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = packed.Decompress(ctx, nil, bufio.NewReader(bytes.NewReader(file)), func(plain []byte) error {
		_, err := text.Write(plain)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return parseContents(&text, m.Named.Count)
}

// Adopt takes a backup in that was made elsewhere: fill writes the database and the list of
// contents, compressed as they were. It is there when everything is on disk, with the state
// that the caller knows; whether the bytes are the right ones is found by whoever reads them.
func (c *Catalog) Adopt(ctx context.Context, manifest []byte, id string, s State, fill func(db, contents io.Writer) error) (b Backup, err error) {
	defer pages.Wrap(&err, "take in backup %s", id)
	m, err := decodeManifest(manifest, id)
	if err != nil {
		return b, err
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if !c.gone(id) {
		return b, fmt.Errorf("%s is there", id)
	}
	if err := c.adoptFiles(id, fill); err != nil {
		return b, errors.Join(err, c.finish(id))
	}
	if err := c.writeState(id, s); err != nil {
		return b, errors.Join(err, c.finish(id))
	}
	if err := writeFile(c.path(id, manifestFile), manifest); err != nil {
		return b, errors.Join(err, c.finish(id))
	}
	return Backup{Manifest: m, State: s}, nil
}

func (c *Catalog) adoptFiles(id string, fill func(db, contents io.Writer) error) error {
	return durable.Create(c.path(id, dbFile), func(db *os.File) error {
		return durable.Create(c.path(id, contentsFile), func(list *os.File) error { return fill(db, list) })
	})
}
