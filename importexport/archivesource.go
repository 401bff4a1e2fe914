package importexport

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"taskstore/blobs"
	"taskstore/repo"
	"taskstore/schema"
)

// ErrDamaged says that an archive is not what its manifest says.
var ErrDamaged = errors.New("the archive is damaged")

// archiveSource is an archive that is being read.
type archiveSource struct {
	f        *os.File
	manifest Manifest
	files    map[string]*zip.File
}

func openArchive(f *os.File) (_ *archiveSource, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%w, or breaks off: %w", ErrDamaged, err)
	}
	a := &archiveSource{f: f, files: map[string]*zip.File{}}
	for _, file := range z.File {
		if a.files[file.Name] != nil {
			return nil, fmt.Errorf("%w: it holds %s twice", ErrDamaged, file.Name)
		}
		a.files[file.Name] = file
	}
	if a.files[manifestName] == nil {
		return nil, fmt.Errorf("%w: a zip file without a manifest; an export of the legacy app is brought in by legacy import", ErrForm)
	}
	err = a.read(manifestName, func(r io.Reader) error { return json.NewDecoder(r).Decode(&a.manifest) })
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	if a.manifest.Format != archiveFormat {
		return nil, fmt.Errorf("%w: its format is %q, and this program reads %q", ErrForm, a.manifest.Format, archiveFormat)
	}
	return a, nil
}

func (a *archiveSource) form() Format { return FormatArchive }
func (a *archiveSource) close() error { return a.f.Close() }

func (a *archiveSource) read(path string, fn func(io.Reader) error) error {
	file := a.files[path]
	if file == nil {
		return fmt.Errorf("%w: %s is not there", ErrDamaged, path)
	}
	r, err := file.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	defer r.Close()
	return fn(r)
}

// verify holds every file against the manifest, before anything of it is used.
func (a *archiveSource) verify(ctx context.Context, progress func(done, total int)) error {
	listed := map[string]bool{manifestName: true}
	for i, entry := range a.manifest.Files {
		listed[entry.Path] = true
		sum := sha256.New()
		var n int64
		err := a.read(entry.Path, func(r io.Reader) (err error) {
			n, err = io.Copy(sum, r)
			return err
		})
		if err = errors.Join(ctx.Err(), err); ctx.Err() != nil {
			return err
		}
		if err == nil && (n != entry.Size || hex.EncodeToString(sum.Sum(nil)) != entry.SHA256) {
			err = errors.New("size or hash differ from the manifest")
		}
		if name, ok := strings.CutPrefix(entry.Path, contentsFolder); ok && err == nil && !strings.HasSuffix(name, "/"+entry.SHA256) {
			err = errors.New("the content is not the one that its name says")
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, entry.Path, err)
		}
		if progress != nil {
			progress(i+1, len(a.manifest.Files))
		}
	}
	for name := range a.files {
		if !listed[name] && !strings.HasSuffix(name, "/") {
			return fmt.Errorf("%w: %s is not in the manifest", ErrDamaged, name)
		}
	}
	return nil
}

func (a *archiveSource) each(ctx context.Context, fn func(*item) error) error {
	for _, k := range repo.Kinds() {
		path := recordsFolder + k.Plural + ".ndjson"
		err := a.read(path, func(r io.Reader) error {
			return eachLine(ctx, r, func(number int, text []byte) error {
				it, err := readArchived(k, text)
				if err != nil {
					return fmt.Errorf("%w: %s line %d: %w", ErrDamaged, path, number, err)
				}
				it.place = fmt.Sprintf("%s line %d", path, number)
				return fn(it)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readArchived reads a line that archived has written.
func readArchived(k repo.Kind, text []byte) (*item, error) {
	members := map[string]bool{"record": true, "value": true}
	head, own, err := schema.CutMembers(text, func(name string) bool { return members[name] })
	if err != nil {
		return nil, err
	}
	if !k.IsEntity() {
		var s struct {
			Key     string      `json:"key"`
			Rev     int64       `json:"rev"`
			SavedAt schema.Time `json:"saved_at"`
		}
		err := json.Unmarshal(head, &s)
		return &item{kind: k, value: &schema.Setting{Key: s.Key, Value: schema.JSON(own["value"])}, rev: s.Rev, savedAt: s.SavedAt}, err
	}
	var record archiveRecord
	if err := json.Unmarshal(head, &record); err != nil {
		return nil, err
	}
	value := k.New()
	if _, err := schema.Decode(own["record"], value); err != nil {
		return nil, err
	}
	k.Complete(value)
	h := k.Head(value)
	h.TrashedAt, h.TrashReason = record.TrashedAt, record.TrashReason
	if a, ok := value.(*schema.Attachment); ok && record.File != nil {
		a.File = *record.File
	}
	return &item{kind: k, value: value, rev: record.Rev, savedAt: record.SavedAt}, nil
}

// contents are the contents of the archive that are wanted.
func (a *archiveSource) contents(wanted func(sum string) bool) func(func(blobs.Source) bool) {
	return func(yield func(blobs.Source) bool) {
		for _, entry := range a.manifest.Files {
			if !strings.HasPrefix(entry.Path, contentsFolder) || !wanted(entry.SHA256) {
				continue
			}
			file := a.files[entry.Path]
			open := func(context.Context) (io.ReadCloser, error) { return file.Open() }
			if !yield(blobs.Source{Open: open, MIME: entry.MIME}) {
				return
			}
		}
	}
}

// rows calls fn for every row of the tables of the archive.
func (a *archiveSource) rows(ctx context.Context, table string, fn func(row []byte) error) error {
	path := tablesFolder + table + ".ndjson"
	if a.files[path] == nil {
		return nil // of an older version
	}
	return a.read(path, func(r io.Reader) error {
		return eachLine(ctx, r, func(_ int, text []byte) error { return fn(bytes.Clone(text)) })
	})
}
