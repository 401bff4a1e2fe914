package blobs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"taskstore/internal/durable"
)

// staged is a content on its way in: what it is, and the temporary file that holds it until it gets its name.
type staged struct {
	d    *Dir
	info Info
	temp string // path of the temporary file, "" when there is none any more
	f    file   // the same, open until it is flushed
}

// stage reads a source to its end. The result has no temporary file when the directory holds the content already, read
// and found whole. Nothing is flushed yet, except such a file.
func (d *Dir) stage(ctx context.Context, r io.Reader, mime string) (*staged, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	n, err := fill(durable.Reader(ctx, r), *buf)
	switch {
	case err == io.EOF:
		return d.stageSmall(ctx, (*buf)[:n], mime)
	case err != nil:
		return nil, err
	}
	return d.stageLarge(ctx, r, *buf, mime)
}

// stageSmall stages a content that is in memory whole: its name is known before anything is written.
func (d *Dir) stageSmall(ctx context.Context, content []byte, mime string) (*staged, error) {
	sum := sha256.Sum256(content)
	s := &staged{d: d, info: Info{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}}
	stands, err := s.look(ctx)
	if err != nil || stands == whole {
		return s, err
	}
	file := content
	if stands != damagedPlain && triesZstd(mime, content) {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		packed, err := encode((*buf)[:0], content)
		if err != nil {
			return nil, err
		}
		if pays(s.info.Size, int64(len(packed))) {
			file, s.info.Encoding = packed, Zstd
		}
	}
	s.info.Stored = int64(len(file))
	if err := s.create(); err != nil {
		return nil, err
	}
	if _, err := s.f.Write(file); err != nil {
		return nil, s.discard(err)
	}
	return s, nil
}

// stageLarge stages a content of any length, of which head was read. A trial with head says whether to encode.
func (d *Dir) stageLarge(ctx context.Context, r io.Reader, head []byte, mime string) (*staged, error) {
	encoded := triesZstd(mime, head)
	if encoded {
		packed, err := encode(nil, head)
		if err != nil {
			return nil, err
		}
		encoded = pays(int64(len(head)), int64(len(packed)))
	}
	s := &staged{d: d}
	if err := s.create(); err != nil {
		return nil, err
	}
	if err := s.fillTemp(ctx, r, head, encoded); err != nil {
		return nil, s.discard(err)
	}
	stands, err := s.look(ctx)
	if err != nil || stands == whole {
		return s, s.discard(err)
	}
	if encoded && (stands == damagedPlain || !pays(s.info.Size, s.info.Stored)) {
		if err := s.flatten(ctx); err != nil {
			return nil, s.discard(err)
		}
	}
	return s, nil
}

// fillTemp writes head and the rest of r, hashing on the way; head is overwritten.
func (s *staged) fillTemp(ctx context.Context, r io.Reader, head []byte, encoded bool) error {
	p, err := newPacker(s.f, encoded)
	if err != nil {
		return err
	}
	defer p.release()
	hash := sha256.New()
	w := io.MultiWriter(hash, p)
	if _, err := w.Write(head); err != nil {
		return err
	}
	rest, err := copyBuffer(ctx, w, r, head)
	if err != nil {
		return err
	}
	s.info.SHA256, s.info.Size = hex.EncodeToString(hash.Sum(nil)), int64(len(head))+rest
	if encoded {
		s.info.Encoding = Zstd
	}
	err = p.finish(s.info.Size)
	s.info.Stored = p.stored
	return err
}

// flatten turns an encoded temporary file into a plain one.
func (s *staged) flatten(ctx context.Context) error {
	old := *s
	s.temp, s.f = "", nil
	defer func() { _ = old.discard(nil) }()
	if err := s.create(); err != nil {
		return err
	}
	f, err := s.d.fsys.open(old.temp)
	if err != nil {
		return err
	}
	r, err := newReader(old.info, f)
	if err != nil {
		return err
	}
	defer r.Close()
	buf := make([]byte, bufferSize)
	if _, err := copyBuffer(ctx, s.f, r, buf); err != nil {
		return err
	}
	s.info.Encoding, s.info.Stored = "", s.info.Size
	return nil
}

// What stands under the name of a content that is put.
type standing int

const (
	absent standing = iota
	whole
	damagedPlain
	damagedZstd
)

// look reads what stands under the name, if anything does. What is whole is flushed: who wrote it may not have. What is in
// the trash, and whole, is brought back. A plain file hides an encoded one from readers, so that a damaged plain file is to be replaced by a plain one.
func (s *staged) look(ctx context.Context) (standing, error) {
	info, err := s.d.examine(ctx, s.info.SHA256, file.Sync)
	switch {
	case err == nil:
		s.info = info
		return whole, nil
	case errors.Is(err, ErrNotFound):
		return s.lookInTrash(ctx)
	case ctx.Err() != nil, errors.Is(err, fs.ErrPermission), errors.Is(err, errFlush):
		return absent, fmt.Errorf("look at what is there: %w", err)
	}
	if _, err := s.d.fsys.lstat(s.d.path(s.info.SHA256, "")); errors.Is(err, fs.ErrNotExist) {
		return damagedZstd, nil
	}
	return damagedPlain, nil
}

// lookInTrash brings the content back from the trash, if that has it whole.
func (s *staged) lookInTrash(ctx context.Context) (standing, error) {
	info, err := s.d.fromTrash(ctx, s.info.SHA256, false)
	switch {
	case err == nil:
		s.info = info
		return whole, nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrCorrupt):
		return absent, ctx.Err()
	}
	return absent, fmt.Errorf("bring it back from the trash: %w", err)
}

// create makes the temporary file, and the directory for it if somebody removed that.
func (s *staged) create() error {
	dir := filepath.Join(s.d.root, tempDir)
	path := filepath.Join(dir, tempPrefix+rand.Text()+tempSuffix)
	f, err := s.d.fsys.create(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeDirs(s.d.fsys, dir); err == nil {
			f, err = s.d.fsys.create(path)
		}
	}
	if err != nil {
		return err
	}
	s.temp, s.f = path, f
	return nil
}

// flush makes the bytes durable and closes the file. After a failed flush the file is of no use: the kernel may have
// dropped what it could not write, and a second flush would not say so.
func (s *staged) flush() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Sync()
	if cerr := s.f.Close(); err == nil {
		err = cerr
	}
	s.f = nil
	return err
}

// discard removes the temporary file, if there still is one, and returns the error it was given.
func (s *staged) discard(err error) error {
	if s.f != nil {
		s.f.Close()
		s.f = nil
	}
	if s.temp != "" {
		_ = s.d.fsys.remove(s.temp) // what cannot be removed now is removed by a later Open
		s.temp = ""
	}
	return err
}
