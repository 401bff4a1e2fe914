package importexport

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

	"taskstore/repo"
	"taskstore/schema"
)

// An archive is a zip file, because any system opens one without this program,
// a truncated one is known by its missing directory, and an import can verify
// every file before it writes anything without unpacking it.
//
//	records/notes.ndjson …   a record a line, in archiveRecord
//	records/settings.ndjson  a setting a line
//	tables/revisions.ndjson … history and what imports noted: see repo.PortableTables
//	contents/3f/3f9a…        contents, plain, named by their SHA-256
//	manifest.json            the last file: size and SHA-256 of all others
const (
	archiveFormat  = "taskstore-archive/1"
	manifestName   = "manifest.json"
	recordsFolder  = "records/"
	tablesFolder   = "tables/"
	contentsFolder = "contents/"
)

// Manifest says what is in an archive.
type Manifest struct {
	Format      string         `json:"format"`
	CreatedAt   schema.Time    `json:"created_at"`
	Schema      int64          `json:"schema_version"`
	Retention   string         `json:"history_retention,omitempty"`
	Collections map[string]int `json:"collections"` // in the trash or not
	Files       []FileEntry    `json:"files"`
	// Missing are contents that were nowhere when the archive was made.
	Missing []string `json:"missing,omitempty"`
}

// FileEntry is one file of an archive.
type FileEntry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	MIME   string `json:"mime_type,omitempty"` // of a content
}

// archiveRecord is a record in an archive: what its JSON does not say, and its
// JSON, in which contents stand as {"_blob", "_form"}.
type archiveRecord struct {
	Rev         int64           `json:"rev"`
	SavedAt     schema.Time     `json:"saved_at,omitempty"`
	TrashedAt   schema.Time     `json:"trashed_at,omitempty"`
	TrashReason string          `json:"trash_reason,omitempty"`
	File        *schema.Content `json:"file,omitempty"`
	Record      json.RawMessage `json:"-"`
}

// archiver is an archive that is being written.
type archiver struct {
	exporter
	zip      *zip.Writer
	at       time.Time
	manifest Manifest
}

// Archive writes the whole store, from one snapshot: live records and the trash,
// history, what imports noted, quarantine, and every content that any of it needs.
// Options.Kinds is not looked at. What is written is never held in memory as a
// whole.
func Archive(ctx context.Context, s *repo.Store, w io.Writer, at schema.Time, opt Options) (res Result, err error) {
	counted := &countingWriter{w: w}
	a := &archiver{exporter: exporter{store: s, opt: opt, res: Result{Collections: map[string]int{}}}, zip: zip.NewWriter(counted)}
	if a.at, err = at.Time(); err != nil {
		return a.res, fmt.Errorf("export: %w", err)
	}
	a.manifest = Manifest{Format: archiveFormat, CreatedAt: at, Collections: a.res.Collections}
	err = s.View(ctx, func(ctx context.Context, tx *repo.Tx) error { return a.run(ctx, tx) })
	if err == nil {
		err = a.zip.Close()
	}
	a.res.Bytes = counted.n
	if err != nil {
		return a.res, fmt.Errorf("export: %w", err)
	}
	return a.res, nil
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

func (a *archiver) run(ctx context.Context, tx *repo.Tx) error {
	var err error
	if a.manifest.Schema, a.manifest.Retention, err = tx.Facts(ctx); err != nil {
		return err
	}
	contents, err := tx.Contents(ctx)
	if err != nil {
		return err
	}
	if err := a.countAll(ctx, tx, len(contents)); err != nil {
		return err
	}
	for _, k := range repo.Kinds() {
		if err := a.records(ctx, tx, k); err != nil {
			return err
		}
	}
	for _, table := range repo.PortableTables() {
		if err := a.file(tablesFolder+table+".ndjson", "", zip.Deflate, func(w io.Writer) error {
			return tx.Dump(ctx, table, func(row []byte) error { return line(w, row) })
		}); err != nil {
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

func (a *archiver) countAll(ctx context.Context, tx *repo.Tx, contents int) error {
	a.total = contents
	for _, k := range repo.Kinds() {
		for _, trash := range []bool{false, true} {
			n, err := k.In(&tx.Repos).Count(ctx, repo.Query{Trash: trash})
			if err != nil {
				return err
			}
			a.total += n
		}
	}
	return nil
}

func line(w io.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// file writes one file of the archive and notes it in the manifest.
func (a *archiver) file(path, mime string, method uint16, write func(io.Writer) error) error {
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

func (a *archiver) records(ctx context.Context, tx *repo.Tx, k repo.Kind) error {
	a.res.Collections[k.Plural] = 0
	return a.file(recordsFolder+k.Plural+".ndjson", "", zip.Deflate, func(w io.Writer) error {
		write := func(value any) error {
			text, err := archived(k, value)
			if err != nil {
				return err
			}
			a.res.Collections[k.Plural]++
			a.step()
			return line(w, text)
		}
		if err := eachOf(ctx, tx, k, false, write); err != nil {
			return err
		}
		return eachOf(ctx, tx, k, true, write)
	})
}

// archived writes a record as a line of an archive.
func archived(k repo.Kind, value any) ([]byte, error) {
	if s, ok := value.(*schema.Setting); ok {
		return archivedSetting(s)
	}
	h := k.Head(value)
	record := archiveRecord{Rev: h.Rev, SavedAt: h.SavedAt, TrashedAt: h.TrashedAt, TrashReason: h.TrashReason}
	if a, ok := value.(*schema.Attachment); ok && a.File.Blob != "" {
		record.File = &a.File
	}
	head, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	text, err := schema.Encode(value, schema.EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	// The record goes in as it is: encoding/json would change bad UTF-8.
	out := append(head[:len(head)-1], `,"record":`...)
	return append(append(out, text...), '}'), nil
}

func archivedSetting(s *schema.Setting) ([]byte, error) {
	head, err := json.Marshal(struct {
		Key     string      `json:"key"`
		Rev     int64       `json:"rev"`
		SavedAt schema.Time `json:"saved_at,omitempty"`
	}{s.Key, s.Rev, s.SavedAt})
	if err != nil {
		return nil, err
	}
	return append(append(append(head[:len(head)-1], `,"value":`...), s.Value...), '}'), nil
}

// content writes one content. One that is nowhere, or damaged, is noted and left
// out.
func (a *archiver) content(ctx context.Context, c repo.ContentUse) error {
	if err := a.store.Contents.Verify(ctx, c.SHA256); err != nil {
		if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
			a.res.Missing = append(a.res.Missing, Missing{"contents", "", c.SHA256})
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

func (a *archiver) writeManifest() error {
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
