package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"taskstore/internal/sqlitedb"
	"taskstore/repo"
	"taskstore/schema"
)

// writer is an archive that is being written.
type writer struct {
	store    *repo.Store
	zip      *zip.Writer
	at       time.Time
	manifest Manifest
	progress func(done, total int)
	done     int
	total    int
}

// Write writes the whole store, from one snapshot. A content that is nowhere, or
// damaged, is left out and named in the manifest. What is written is never held in
// memory as a whole. progress, if it is not nil, is told how many records and contents
// are written, of how many.
func Write(ctx context.Context, s *repo.Store, w io.Writer, at schema.Time, progress func(done, total int)) (Manifest, error) {
	a := &writer{store: s, zip: zip.NewWriter(w), manifest: Manifest{Format: format, CreatedAt: at, Collections: map[string]int{}}, progress: progress}
	var err error
	if a.at, err = at.Time(); err != nil {
		return a.manifest, err
	}
	keep, err := s.History.Retention(ctx)
	if err != nil {
		return a.manifest, err
	}
	if keep > 0 {
		a.manifest.Retention = keep.String()
	}
	err = s.View(ctx, func(ctx context.Context, tx *repo.Tx) error { return a.run(ctx, tx) })
	if err == nil {
		err = a.zip.Close()
	}
	return a.manifest, err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (a *writer) run(ctx context.Context, tx *repo.Tx) error {
	contents, err := a.look(ctx, tx)
	if err != nil {
		return err
	}
	for _, k := range repo.Kinds() {
		if err := a.records(ctx, tx, k); err != nil {
			return err
		}
	}
	for _, table := range tables() {
		if err := a.table(ctx, tx, table); err != nil {
			return err
		}
	}
	for _, c := range contents {
		if err := a.content(ctx, c); err != nil {
			return err
		}
	}
	return a.writeManifest()
}

// content is one that something in the store needs.
type content struct {
	SHA256 string `db:"sha256"`
	MIME   string `db:"mime_type"`
}

// look finds out which contents there are to write, and how much there is in all.
func (a *writer) look(ctx context.Context, tx *repo.Tx) (list []content, err error) {
	err = tx.ReadSQL(func(c sqlitedb.Conn) error {
		if err := c.Get(ctx, &a.manifest.Schema, "SELECT coalesce(max(version), 0) FROM schema_files"); err != nil {
			return err
		}
		return c.Select(ctx, &list, `SELECT v.sha256, coalesce(b.mime_type, '') AS mime_type
FROM (SELECT DISTINCT sha256 FROM v_blob_refs) AS v
LEFT JOIN blobs AS b ON b.sha256 = v.sha256
ORDER BY v.sha256`)
	})
	a.total = len(list)
	for _, k := range repo.Kinds() {
		for _, trash := range []bool{false, true} {
			n, failed := k.In(&tx.Repos).Count(ctx, repo.Query{Trash: trash})
			err = errors.Join(err, failed)
			a.total += n
		}
	}
	return list, err
}

func (a *writer) step() {
	a.done++
	if a.progress != nil {
		a.progress(a.done, a.total)
	}
}

func writeLine(w io.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// file writes one file of the archive and notes it in the manifest.
func (a *writer) file(path, mime string, method uint16, write func(io.Writer) error) error {
	entry, err := a.zip.CreateHeader(&zip.FileHeader{Name: path, Method: method, Modified: a.at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	counted := &countingWriter{w: io.MultiWriter(entry, sum)}
	buf := bufio.NewWriterSize(counted, 1<<16)
	if err := errors.Join(write(buf), buf.Flush()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	a.manifest.Files = append(a.manifest.Files, FileEntry{path, counted.n, hex.EncodeToString(sum.Sum(nil)), mime})
	return nil
}

func (a *writer) records(ctx context.Context, tx *repo.Tx, k repo.Kind) error {
	a.manifest.Collections[k.Plural] = 0
	return a.file(recordsFolder+k.Plural+".ndjson", "", zip.Deflate, func(w io.Writer) error {
		for _, trash := range []bool{false, true} {
			for v, err := range k.In(&tx.Repos).All(ctx, repo.Query{Sort: "-" + repo.SortDate, Trash: trash}, repo.Full) {
				if err != nil {
					return err
				}
				text, err := lineOf(k, v)
				if err != nil {
					return err
				}
				if err := writeLine(w, text); err != nil {
					return err
				}
				a.manifest.Collections[k.Plural]++
				a.step()
			}
		}
		return nil
	})
}

// lineOf is a record as a line. The record goes in as it is: encoding/json would change
// bad UTF-8.
func lineOf(k repo.Kind, value any) ([]byte, error) {
	if s, ok := value.(*schema.Setting); ok {
		return joined(settingLine{Key: s.Key, Rev: s.Rev, SavedAt: s.SavedAt}, "value", []byte(s.Value))
	}
	h := k.Head(value)
	head := line{Rev: h.Rev, SavedAt: h.SavedAt, TrashedAt: h.TrashedAt, TrashReason: h.TrashReason}
	if a, ok := value.(*schema.Attachment); ok && a.File.Blob != "" {
		head.File = &a.File
	}
	text, err := schema.Encode(value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	return joined(head, "record", text)
}

// joined is an object with one more member.
func joined(head any, member string, text []byte) ([]byte, error) {
	out, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out = append(out[:len(out)-1], `,"`+member+`":`...)
	return append(append(out, text...), '}'), nil
}

func (a *writer) table(ctx context.Context, tx *repo.Tx, table string) error {
	return a.file(tablesFolder+table+".ndjson", "", zip.Deflate, func(w io.Writer) error {
		return tx.ReadSQL(func(c sqlitedb.Conn) error {
			return eachRow(ctx, c, table, func(text []byte) error { return writeLine(w, text) })
		})
	})
}

// content writes one content. One that is nowhere, or damaged, is noted and left
// out.
func (a *writer) content(ctx context.Context, c content) error {
	if err := a.store.Contents.Verify(ctx, c.SHA256); err != nil {
		if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
			a.manifest.Missing = append(a.manifest.Missing, c.SHA256)
			a.step()
			return nil
		}
		return err
	}
	r, err := a.store.Contents.Open(ctx, c.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := a.store.Contents.Stat(ctx, c.SHA256)
	if err != nil {
		return err
	}
	method := zip.Store // what did not pay for the store does not pay here
	if info.Encoding != "" {
		method = zip.Deflate
	}
	a.step()
	return a.file(contentPath(c.SHA256), c.MIME, method, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

func contentPath(sum string) string { return contentsFolder + sum[:2] + "/" + sum }

func (a *writer) writeManifest() error {
	entry, err := a.zip.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: a.at})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(a.manifest, "", " ")
	if err != nil {
		return err
	}
	_, err = entry.Write(append(text, '\n'))
	return err
}
