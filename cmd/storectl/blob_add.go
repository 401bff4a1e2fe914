package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"taskstore/blobs"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/spf13/cobra"
)

// adding is one run of storectl blob add.
type adding struct {
	app    *app
	store  *repo.Store
	name   string
	to     string
	kind   repo.Kind // of the record that --to names
	id     string
	dryRun bool
	asked  int // files
	done   []addedFile
	torn   []string     // files that changed each time that they were read
	failed []failedFile // files that cannot be read
}

// addedFile is what blob add prints of a file.
type addedFile struct {
	File     string `json:"file"`
	ID       string `json:"id"` // of the attachment
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Stored   int64  `json:"stored"`
	Encoding string `json:"encoding"`
	MIMEType string `json:"mime_type"`
	Known    bool   `json:"known"` // something needed the content before
}

func (a *app) blobAdd() *cobra.Command {
	ad := adding{app: a}
	cmd := &cobra.Command{
		Use:   "add FILE...",
		Short: "Store files as attachments",
		Long: `Store files. Each becomes an attachment with the name, the size, and what the bytes say of type, dimensions and
duration. With --to it belongs to a record: it stands inside a note or a task, and is linked with any other. A content
that is there already is not stored again. - is stdin. What is printed is durable. A file that cannot be read is named, and
the others are stored all the same: exit code 1. A file that somebody writes to is read
again, and not stored while that goes on: exit code 3.`,
		Example: "  storectl blob add plan.pdf sketch.png --to notes/ID\n  pngpaste - | storectl blob add - --name screen.png",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return ad.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVar(&ad.to, "to", "", "the record that the files belong to, as `KIND/ID`")
	cmd.Flags().StringVar(&ad.name, "name", "", "the `NAME` of a file from stdin, or of the only file")
	dryRunFlag(cmd, &ad.dryRun, onlySay)
	return cmd
}

func (ad *adding) run(ctx context.Context, files []string) error {
	if err := ad.check(files); err != nil {
		return err
	}
	ad.asked = len(files)
	files, err := ad.readable(files)
	if err != nil {
		return err
	}
	return ad.app.withStore(ctx, writing(ad.dryRun, ad.to == ""), func(store *repo.Store) error {
		ad.store = store
		return ad.addAll(ctx, files)
	})
}

// addAll adds the files batch by batch, and prints what was stored, also before it failed.
func (ad *adding) addAll(ctx context.Context, files []string) (err error) {
	if ad.to != "" {
		if ad.id, err = idOf(ctx, ad.store, ad.kind, ad.id); err != nil {
			return err
		}
		if _, err := ad.kind.In(&ad.store.Repos).Get(ctx, ad.id); err != nil {
			return notFound(err, ad.kind, ad.id)
		}
	}
	work := ad.addSteady
	if ad.dryRun {
		work = ad.look
	}
	bar := ad.app.NewProgress("add", int64(len(files)), false)
	defer bar.Finish()
	for batch := range slices.Chunk(files, blobs.BatchSize) {
		if err = work(ctx, batch); err != nil {
			break
		}
		bar.Set(int64(len(ad.done)), int64(len(files)))
	}
	if err != nil && len(ad.done) == 0 {
		return err
	}
	err = errors.Join(err, ad.print()) // what was stored before it failed is told
	if failed := ad.failure(); err != nil || failed != nil || len(ad.torn) == 0 {
		return errors.Join(err, failed)
	}
	return findings(exitFindings, "changed", fmt.Sprintf("blob add: somebody wrote to %d of %d files while they were read, and these were not stored: %s",
		len(ad.torn), len(files), strings.Join(ad.torn, ", ")))
}

// addSteady adds the files that can be read and that nobody writes to.
func (ad *adding) addSteady(ctx context.Context, files []string) error {
	for len(files) > 0 {
		was := len(ad.done)
		err := ad.add(ctx, files)
		if err == nil {
			return nil
		}
		n := len(ad.done) - was
		switch {
		case errors.Is(err, blobs.ErrChanged):
			ad.torn = append(ad.torn, files[n])
		case n == len(files) || !ad.leaveOut(files[n], err):
			return err
		}
		files = files[n+1:]
	}
	return nil
}

// check looks at everything that can be wrong before anything is stored.
func (ad *adding) check(files []string) (err error) {
	if ad.to != "" {
		if ad.kind, ad.id, err = parseOwner(ad.to); err != nil {
			return err
		}
		if ad.kind.Name == "attachment" || ad.kind.Name == "setting" {
			return misuse("name a record that has files", "blob add: %s have no files of their own", ad.kind.Plural)
		}
	}
	if ad.name != "" && len(files) > 1 {
		return misuse("leave --name out", "blob add: one --name for %d files", len(files))
	}
	stdin := 0
	for _, file := range files {
		if file == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return misuse("- once", "blob add: stdin can be read once only")
	}
	return nil
}

// source reads a file, or stdin.
func (ad *adding) source(file string) blobs.Source {
	if file != "-" {
		return blobs.File(file, givenType(file))
	}
	return blobs.Source{Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(ad.app.Stdin), nil }}
}

// add stores files and makes their attachments.
func (ad *adding) add(ctx context.Context, files []string) error {
	sources := func(yield func(blobs.Source) bool) {
		for _, file := range files {
			if !yield(ad.source(file)) {
				return
			}
		}
	}
	var list []*schema.Attachment
	var told []addedFile
	infos, failed := collect(ad.store.Contents.PutAll(ctx, sources))
	for i, info := range infos {
		known := ad.known(ctx, info.SHA256) || slices.ContainsFunc(told, func(f addedFile) bool { return f.SHA256 == info.SHA256 })
		attachment, err := ad.attachment(ctx, files[i], info)
		if err != nil {
			return err
		}
		list = append(list, attachment)
		told = append(told, addedFile{files[i], attachment.ID, info.SHA256, info.Size, info.Stored, info.Encoding, attachment.MIMEType, known})
	}
	if len(list) > 0 {
		if err := ad.attach(ctx, list); err != nil {
			return err
		}
	}
	ad.done = append(ad.done, told...)
	if failed != nil {
		return fmt.Errorf("blob add %s: %w", files[len(infos)], failed)
	}
	return nil
}

func collect(seq iter.Seq2[blobs.Info, error]) (list []blobs.Info, err error) {
	for info, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, info)
	}
	return list, nil
}

// known says whether something needs a content already.
func (ad *adding) known(ctx context.Context, sum string) bool {
	refs, err := ad.store.Contents.Refs(ctx, sum)
	return err == nil && len(refs) > 0
}

// look tells what add would do.
func (ad *adding) look(ctx context.Context, files []string) error {
	for _, file := range files {
		r, err := ad.source(file).Open(ctx)
		if err != nil && ad.leaveOut(file, err) {
			continue
		} else if err != nil {
			return err
		}
		sum, n, err := hashOf(r)
		if err = errors.Join(err, r.Close()); errors.Is(err, blobs.ErrChanged) {
			ad.torn = append(ad.torn, file)
			continue
		} else if err != nil {
			return fmt.Errorf("blob add %s: %w", file, err)
		}
		info, err := ad.store.Contents.Stat(ctx, sum)
		if err != nil && !errors.Is(err, repo.ErrNotFound) {
			return err
		}
		ad.done = append(ad.done, addedFile{File: file, SHA256: sum, Size: n, Stored: info.Stored, Encoding: info.Encoding, Known: err == nil})
	}
	return nil
}

func (ad *adding) print() error {
	return ad.app.Print(term.Result{Name: "blob-add", Document: struct {
		Items  []addedFile  `json:"items"`
		Failed []failedFile `json:"failed"`
		DryRun bool         `json:"dry_run"`
	}{orEmpty(ad.done), orEmpty(ad.failed), ad.dryRun},
		Columns: []term.Column{{Name: "file"}, {Name: "id", Fixed: true}, {Name: "sha256", Fixed: true}, {Name: "size", Right: true},
			{Name: "stored", Right: true}, {Name: "mime_type"}, {Name: "known"}},
		Rows: term.Each(ad.done, func(f addedFile) []any {
			return []any{f.File, f.ID, term.Hash(f.SHA256), term.Size(f.Size), term.Size(f.Stored), f.MIMEType, f.Known}
		})})
}
