package pages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"taskstore/internal/durable"
)

// CopyOptions says how a copy is made. The zero value is good.
type CopyOptions struct {
	// Progress, if set, is told now and then how many bytes are written, of about
	// how many. It is called on another goroutine.
	Progress func(done, total int64)
}

// Copied describes a copy that was made.
type Copied struct {
	File    string           // absolute path
	Size    int64            // bytes
	SHA256  string           // of the file, in hexadecimal
	Rows    map[string]int64 // by table, without virtual tables
	Orphans int64            // rows whose foreign key points nowhere, as in the store
	Quiet   bool             // nobody wrote meanwhile, and the rows were compared
}

// Copy makes a verified copy of the database file db under the name to, while
// others may read and write it. The copy is one state of the store, whole and
// without a -wal, compacted, in journal mode DELETE. When Copy returns without
// an error, the copy and its name are on disk. When it fails nothing remains:
// the copy has a temporary name in the same directory until it is complete.
//
// A file that exists is not overwritten (fs.ErrExist). A missing db is
// fs.ErrNotExist, a full disk ErrFull, a damaged store ErrCorrupt.
//
// What is verified: SQLite's integrity_check on the copy, always. If nobody
// wrote to the store between the first look and the last, then also: the same
// schema, the same number of rows in every table, the same number of foreign
// keys that point nowhere. If somebody did, the copy need only be sound.
//
// Copy opens the store with mode=ro. It writes nothing to the database file
// or the -wal, but SQLite may leave an empty -wal and a -shm beside a store
// that nobody has open. While it runs, the -wal grows by what others write.
func Copy(ctx context.Context, db, to string, opt CopyOptions) (c Copied, err error) {
	defer Wrap(&err, "copy %s to %s", db, to)
	if c.File, err = filepath.Abs(to); err != nil {
		return Copied{}, err
	}
	if _, err := os.Stat(db); err != nil {
		return Copied{}, err
	}
	if _, err := os.Lstat(to); err == nil {
		return Copied{}, fs.ErrExist
	}
	temp, err := tempFile(c.File)
	if err != nil {
		return Copied{}, err
	}
	defer func() {
		if left := RemoveAll(temp); err != nil {
			err = errors.Join(err, left)
		}
	}()
	was, err := Snapshot(ctx, Source{File: db}, temp, Lasts, opt.Progress)
	if err != nil {
		return Copied{}, err
	}
	if err := Check(ctx, nil, temp); err != nil {
		return Copied{}, err
	}
	made, err := was.Compare(ctx, temp)
	if err != nil {
		return Copied{}, err
	}
	c.Rows, c.Orphans, c.Quiet = made.Rows, made.Orphans, was.Quiet
	if c.Size, c.SHA256, err = flush(ctx, temp); err != nil {
		return Copied{}, err
	}
	if err := publish(temp, c.File); err != nil {
		return Copied{}, err
	}
	return c, nil
}

// tempFile makes an empty file in the directory of the final one. VACUUM INTO
// accepts it, and keeps its permission.
func tempFile(final string) (string, error) {
	f, err := durable.Temp(filepath.Dir(final), "."+filepath.Base(final)+"-*.tmp")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// RemoveAll removes a temporary database and what SQLite puts beside it.
func RemoveAll(temp string) error {
	var errs []error
	for _, suffix := range Suffixes {
		if err := os.Remove(temp + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// flush puts the content of a file on disk, and reads its size and hash.
func flush(ctx context.Context, name string) (size int64, sha string, err error) {
	if err := durable.FlushWritten(name); err != nil {
		return 0, "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return HashOf(ctx, f)
}

// Buffered is how much is read or written at once.
const Buffered = 1 << 20

// HashOf reads to the end of r.
func HashOf(ctx context.Context, r io.Reader) (size int64, sha string, err error) {
	h := sha256.New()
	size, err = io.CopyBuffer(h, durable.Reader(ctx, r), make([]byte, Buffered))
	return size, Hex(h), err
}

// Hex is the sum of a hash as it is written.
func Hex(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// publish gives a complete file its name, unless that exists, and puts the
// name on disk.
func publish(temp, final string) error {
	if err := durable.Publish(temp, final); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(final)); err != nil {
		return errors.Join(err, os.Remove(final))
	}
	return nil
}
