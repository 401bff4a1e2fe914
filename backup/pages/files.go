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

	"taskstore/internal/durable"
)

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
