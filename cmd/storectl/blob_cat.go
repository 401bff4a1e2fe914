package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"taskstore/blobs"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) blobCat() *cobra.Command {
	var bytes string
	cmd := &cobra.Command{
		Use:   "cat CONTENT",
		Short: "Write the bytes of a content to stdout",
		Long: `Write the bytes of a content to stdout. A whole read is verified: when the content is damaged the command fails
(exit code 13) before its last bytes. --range gives a part, whose ends are counted from 0 and belong to it: 0-99 the first
hundred bytes, 100- all from there on, -100 the last hundred. A part is not verified.

To a terminal goes only text, in which what a terminal would obey is escaped; --raw sends the bytes as they are.`,
		Example:           "  storectl blob cat ID > picture.png\n  storectl blob cat 3f9a1c --range 0-1023 | xxd",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeID("attachments"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), toRead, func(store *repo.Store) error { return a.cat(cmd.Context(), store, args[0], bytes) })
		},
	}
	cmd.Flags().StringVar(&bytes, "range", "", "only these bytes: `START-END`, START- or -N")
	return cmd
}

func (a *app) cat(ctx context.Context, store *repo.Store, name, bytes string) (err error) {
	sum, err := findContent(ctx, store, name)
	if err != nil {
		return err
	}
	r, err := store.Contents.Open(ctx, sum)
	if err != nil {
		return contentFailure(err, sum)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if bytes == "" {
		return contentFailure(a.writeBytes(interruptibleReader{ctx, r}), sum)
	}
	from, n, err := parseRange(bytes, r.Info().Size)
	if err != nil {
		return err
	}
	if err := skip(ctx, r, from); err != nil {
		return contentFailure(err, sum)
	}
	return contentFailure(a.writeBytes(io.LimitReader(interruptibleReader{ctx, r}, n)), sum)
}

// interruptibleReader ends with its context.
type interruptibleReader struct {
	ctx context.Context
	r   io.Reader
}

func (r interruptibleReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// skip moves to a place in a content: at once where it is kept as it is, by reading where it is compressed.
func skip(ctx context.Context, r *blobs.Reader, to int64) error {
	if _, err := r.Seek(to, io.SeekStart); err == nil || !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	_, err := io.CopyN(io.Discard, interruptibleReader{ctx, r}, to)
	return err
}

// parseRange reads START-END, START- or -N for a content of size bytes.
func parseRange(text string, size int64) (from, n int64, err error) {
	wrong := misuse("0-99 is the first hundred bytes, 100- all from there on, -100 the last hundred", "blob cat: --range %s is no range", text)
	first, last, found := strings.Cut(text, "-")
	number := func(s string) (int64, bool) {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil && n >= 0
	}
	from, ok := number(first)
	to, ok2 := number(last)
	switch {
	case !found || first == "" && !ok2 || first != "" && !ok || last != "" && !ok2:
		return 0, 0, wrong
	case first == "":
		from, to = max(size-to, 0), size-1
	case last == "":
		to = size - 1
	case to < from:
		return 0, 0, wrong
	}
	if from >= size && size+from > 0 {
		return 0, 0, &term.Failure{Kind: "range", Exit: exitFailed, Message: fmt.Sprintf("blob cat: --range %s begins behind the end: the content has %s", text, counted(int(size), "byte"))}
	}
	return from, min(to, size-1) - from + 1, nil
}

// contentFailure says what helps with a content that is damaged or gone.
func contentFailure(err error, sum string) error {
	hint := "storectl blob verify --heal-from DIR puts it right, where DIR has it"
	switch {
	case errors.Is(err, repo.ErrCorrupt), errors.Is(err, blobs.ErrCorrupt):
		return &term.Failure{Kind: "corrupt", Exit: exitCorrupt, Message: fmt.Sprintf("content %s is damaged: %v", sum, err), Hint: hint, Err: err}
	case errors.Is(err, repo.ErrNotFound):
		return &term.Failure{Kind: "missing", Exit: exitFailed, Message: fmt.Sprintf("content %s is missing: there is no file of it", sum), Hint: hint, Err: err}
	}
	return err
}

// hashOf reads r to its end.
func hashOf(r io.Reader) (sum string, n int64, err error) {
	hash := sha256.New()
	n, err = io.Copy(hash, r)
	return hex.EncodeToString(hash.Sum(nil)), n, err
}
