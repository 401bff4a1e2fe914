package importexport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"taskstore/importexport/archive"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	// ErrForm says that a file is none that an import reads, or that it breaks off.
	ErrForm = archive.ErrForm
	// ErrDamaged says that an archive is not what its manifest says.
	ErrDamaged = archive.ErrDamaged
)

// item is one record of a source.
type item struct {
	kind    repo.Kind
	value   any   // pointer to the record
	rev     int64 // what an archive says, else 0
	savedAt schema.Time
	file    []byte // the content of an attachment that stood beside its JSON
	place   string // where it was read: for messages
}

func (i *item) ref() repo.Ref { return repo.Ref{Kind: i.kind.Name, ID: idOf(i.kind, i.value)} }

// source is something that holds records: a file of some form, or a store.
type source interface {
	form() Format
	each(ctx context.Context, fn func(*item) error) error
	close() error
}

// openSource finds out of which form a file is. form "" or auto looks.
func openSource(path string, form Format) (source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if form == "" || form == "auto" {
		if form, err = recognise(f); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(path), err), f.Close())
		}
	}
	switch form {
	case FormatArchive:
		a, err := archive.Open(f)
		return archiveSource{a}, err
	case FormatNDJSON:
		return &linesSource{f: f}, nil
	case FormatJSON, FormatLegacy:
		return &documentSource{f: f, is: form}, nil
	}
	return nil, errors.Join(fmt.Errorf("%w: %s is for people and does not hold everything", ErrForm, form), f.Close())
}

// recognise looks at the beginning of a file.
func recognise(f *os.File) (Format, error) {
	head := make([]byte, 1<<16)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return FormatArchive, nil
	case len(head) == 0:
		return "", fmt.Errorf("%w: it is empty", ErrForm)
	case head[0] != '{':
		return "", fmt.Errorf("%w: it is neither JSON nor an archive", ErrForm)
	}
	first, _, more := bytes.Cut(head, []byte("\n"))
	if more && json.Valid(first) || bytes.Contains(first, []byte(`"_kind":"`)) {
		return FormatNDJSON, nil
	}
	if bytes.Contains(head[:min(len(head), 200)], []byte(formJSON)) {
		return FormatJSON, nil
	}
	return FormatLegacy, nil
}

// own members of an exported record.
func ownMember(name string) bool {
	switch name {
	case "_kind", "_rev", "_trash", "_file", "_key", "_value", "_blob", "_missing":
		return true
	}
	return false
}

// readRecord reads a record as the JSON forms write it. name is its kind or
// collection, "" if it says so itself.
func readRecord(text []byte, name, place string) (*item, error) {
	rest, own, err := schema.CutMembers(text, ownMember)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForm, place, err)
	}
	if kind := own["_kind"]; name == "" && json.Unmarshal(kind, &name) != nil {
		return nil, fmt.Errorf("%w: %s: it does not say its _kind", ErrForm, place)
	}
	k, err := repo.KindOf(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: there is no kind %q", ErrForm, place, name)
	}
	if !k.IsEntity() {
		return readSetting(k, own, place)
	}
	value := k.New()
	if _, err := schema.Decode(rest, value); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForm, place, err)
	}
	k.Complete(value)
	it := &item{kind: k, value: value, place: place}
	if err := it.takeOwn(own); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForm, place, err)
	}
	return it, nil
}

func (i *item) takeOwn(own map[string]json.RawMessage) error {
	h := i.kind.Head(i.value)
	if text, ok := own["_trash"]; ok {
		var mark trashMark
		if err := json.Unmarshal(text, &mark); err != nil {
			return fmt.Errorf("_trash: %w", err)
		}
		h.TrashedAt, h.TrashReason = mark.At, mark.Reason
	}
	text, ok := own["_file"]
	a, isAttachment := i.value.(*schema.Attachment)
	if !ok || !isAttachment {
		return nil
	}
	var file fileBytes
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("_file: %w", err)
	}
	data, err := base64.StdEncoding.DecodeString(file.Base64)
	if err != nil {
		return fmt.Errorf("_file: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != file.SHA256 {
		return fmt.Errorf("_file: %w: its bytes are not those of %s", ErrDamaged, file.SHA256)
	}
	i.file, a.File = data, schema.Content{Blob: file.SHA256, Form: file.Form}
	return nil
}

func readSetting(k repo.Kind, own map[string]json.RawMessage, place string) (*item, error) {
	s := &schema.Setting{Value: schema.JSON(own["_value"])}
	if json.Unmarshal(own["_key"], &s.Key) != nil || s.Value == "" {
		return nil, fmt.Errorf("%w: %s: a setting needs _key and _value", ErrForm, place)
	}
	return &item{kind: k, value: s, place: place}, nil
}

// archiveSource is an archive.
type archiveSource struct{ *archive.Reader }

func (s archiveSource) form() Format { return FormatArchive }
func (s archiveSource) close() error { return s.Close() }

func (s archiveSource) each(ctx context.Context, fn func(*item) error) error {
	return s.Records(ctx, func(r archive.Record) error {
		return fn(&item{kind: r.Kind, value: r.Value, rev: r.Rev, savedAt: r.SavedAt, place: r.Place})
	})
}

// linesSource is a record a line.
type linesSource struct{ f *os.File }

func (s *linesSource) form() Format { return FormatNDJSON }
func (s *linesSource) close() error { return s.f.Close() }

func (s *linesSource) each(ctx context.Context, fn func(*item) error) error {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return eachLine(ctx, s.f, func(number int, text []byte) error {
		it, err := readRecord(text, "", fmt.Sprintf("line %d", number))
		if err != nil {
			return err
		}
		return fn(it)
	})
}

// documentSource is one JSON document with a list for each kind.
type documentSource struct {
	f  *os.File
	is Format
}

func (s *documentSource) form() Format { return s.is }
func (s *documentSource) close() error { return s.f.Close() }

func (s *documentSource) each(ctx context.Context, fn func(*item) error) error {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d := jsontext.NewDecoder(skipBOM(s.f), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return fmt.Errorf("%w: it is no JSON object: %v", ErrForm, err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return fmt.Errorf("%w: at byte %d: %w", ErrForm, d.InputOffset(), err)
		}
		if err := s.member(ctx, d, name.String(), fn); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return fmt.Errorf("%w: it breaks off at byte %d: %w", ErrForm, d.InputOffset(), err)
	}
	return nil
}

func (s *documentSource) member(ctx context.Context, d *jsontext.Decoder, name string, fn func(*item) error) error {
	if _, err := repo.KindOf(name); err == nil && d.PeekKind() == '[' {
		return s.list(ctx, d, name, fn)
	}
	value, err := d.ReadValue()
	if err != nil {
		return fmt.Errorf("%w: %s at byte %d: %w", ErrForm, name, d.InputOffset(), err)
	}
	if (name == "aiSettings" || name == "preferences") && string(bytes.TrimSpace(value)) != "{}" {
		k, err := repo.KindOf(repo.KindSetting)
		if err != nil {
			return err
		}
		return fn(&item{kind: k, value: &schema.Setting{Key: name, Value: schema.JSON(bytes.Clone(value))}, place: name})
	}
	return nil
}

func (s *documentSource) list(ctx context.Context, d *jsontext.Decoder, name string, fn func(*item) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for n := 0; d.PeekKind() != ']'; n++ {
		value, err := d.ReadValue()
		if err = errors.Join(ctx.Err(), err); err != nil {
			return fmt.Errorf("%w: %s/%d at byte %d: %w", ErrForm, name, n, d.InputOffset(), err)
		}
		it, err := readRecord(bytes.Clone(value), name, fmt.Sprintf("%s/%d", name, n))
		if err != nil {
			return err
		}
		if err := fn(it); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
