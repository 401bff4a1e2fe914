package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
	"taskstore/repo/contents"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

// verifying is the flags of storectl blob verify.
type verifying struct {
	sample, rate string
	rest, dryRun bool
	from         []string
}

func (a *app) blobVerify() *cobra.Command {
	var f verifying
	cmd := &cobra.Command{
		Use:   "verify [CONTENT...]",
		Short: "Read contents and hold them against their names",
		Long: `Read contents from beginning to end and hold them against their names: all, some by chance (--sample), or on from where
the last one stopped (--resume), not faster than --rate. What is found is kept: check and status show it until the content
is whole again. A damaged or missing content is healed from the trash, and from the directories that --heal-from names: a
backup made with --to, another store, a directory of blobs, or any other that has the file under whatever name. What comes
from there is verified before it replaces anything.

Exit code 14: a content is damaged or missing and was not healed.`,
		Example: "  storectl blob verify --sample 5% --rate 20MB\n  storectl blob verify --heal-from /mnt/backup",
		RunE: func(cmd *cobra.Command, args []string) error {
			opt, err := f.options(args)
			if err != nil {
				return err
			}
			return a.verifyContents(cmd.Context(), opt, args)
		},
	}
	cmd.Flags().StringVar(&f.sample, "sample", "", "only the part `P` of the contents, by chance: 5% or 0.05")
	cmd.Flags().BoolVar(&f.rest, "resume", false, "go on where the last one stopped before its end")
	cmd.Flags().StringVar(&f.rate, "rate", "", "read at most `BYTES` a second: 20MB, 512KiB")
	cmd.Flags().StringArrayVar(&f.from, "heal-from", nil, "take what is damaged or missing from `DIR`")
	dryRunFlag(cmd, &f.dryRun, "heal and keep nothing, only say what is found")
	return cmd
}

func (f *verifying) options(args []string) (opt contents.ScrubOptions, err error) {
	opt = contents.ScrubOptions{Rest: f.rest, HealFrom: f.from, DryRun: f.dryRun}
	if f.sample != "" {
		if opt.Sample, err = parsePart(f.sample); err != nil {
			return opt, err
		}
	}
	if f.rate != "" {
		n, err := humanize.ParseBytes(f.rate)
		if err != nil || n == 0 || n > 1<<60 {
			return opt, misuse("for example: 20MB", "blob verify: --rate %s is no number of bytes", f.rate)
		}
		opt.Rate = int64(n)
	}
	if f.rest && f.sample != "" || len(args) > 0 && (f.rest || f.sample != "") {
		return opt, misuse("use one of them", "blob verify: CONTENT, --sample and --resume exclude each other")
	}
	for _, dir := range f.from {
		if info, err := os.Stat(dir); err != nil {
			return opt, fmt.Errorf("blob verify: --heal-from: %w", err)
		} else if !info.IsDir() {
			return opt, misuse("name the directory that it is in", "blob verify: --heal-from %s is not a directory", dir)
		}
	}
	return opt, nil
}

// parsePart reads 5% or 0.05.
func parsePart(text string) (float64, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		n /= 100
	}
	if err != nil || !(n > 0 && n <= 1) {
		return 0, misuse("for example: 5% or 0.05", "blob verify: --sample %s is no part of the contents", text)
	}
	return n, nil
}

func (a *app) verifyContents(ctx context.Context, opt contents.ScrubOptions, names []string) (err error) {
	to, open := writing(opt.DryRun || a.opt.readOnly, false), false
	err = a.withStore(ctx, to, func(store *repo.Store) error {
		open = true
		return a.scrub(ctx, store, opt, names)
	})
	if !open && errors.Is(err, repo.ErrReadOnly) {
		a.Say("nothing is healed, and what is found is not noted: the store cannot be written")
		opt.DryRun = true
		return a.withStore(ctx, toTry, func(store *repo.Store) error { return a.scrub(ctx, store, opt, names) })
	}
	return err
}

// scrub reads contents of an open store.
func (a *app) scrub(ctx context.Context, store *repo.Store, opt contents.ScrubOptions, names []string) error {
	for _, name := range names {
		sum, err := findContent(ctx, store, name)
		if err != nil {
			return err
		}
		opt.Only = append(opt.Only, sum)
	}
	bar := a.NewProgress("verify", -1, false)
	opt.Progress = bar.Set
	rep, err := store.Contents.Scrub(ctx, opt)
	bar.Finish()
	if err != nil {
		if rep.Checked > 0 && ctx.Err() != nil {
			a.Say("stopped after %s; --resume goes on from there", counted(int(rep.Checked), "content"))
		}
		return err
	}
	if err := a.printScrub(rep); err != nil {
		return err
	}
	if n := rep.Left(); n > 0 {
		return findings(exitVerify, "verification", fmt.Sprintf("blob verify: %s %s damaged or missing", counted(int(n), "content"), verb(int64(n), "is", "are")))
	}
	return nil
}

func (a *app) printScrub(rep contents.ScrubReport) error {
	return a.Print(term.Result{Name: "blob-verify", Document: struct {
		OK bool `json:"ok"`
		contents.ScrubReport
	}{rep.Left() == 0, rep}, Columns: scrubColumns, Rows: scrubRows(rep), Bare: true, Talk: func() {
		a.Say("read %s, %s: %s, %d of them healed", counted(int(rep.Checked), "content"), size(rep.Bytes), counted(len(rep.Problems), "problem"), rep.Healed)
		if rep.Unknown > 0 {
			a.Say("%d of them are not in the table of contents: storectl repair blobs puts them there", rep.Unknown)
		}
	}})
}

var scrubColumns = []term.Column{{Name: "sha256", Fixed: true}, {Name: "problem"}, {Name: "kind"}, {Name: "id"}, {Name: "healed"}, {Name: "detail"}}

func scrubRows(rep contents.ScrubReport) func(func(row ...any) error) error {
	return func(write func(row ...any) error) error {
		for _, p := range rep.Problems {
			if err := write(term.Hash(p.SHA256), p.Problem, p.Kind, p.ID, p.Healed, p.Detail); err != nil {
				return err
			}
		}
		for _, path := range rep.Foreign {
			if err := write("", "foreign", "", "", "", path+" does not belong into the directory of contents; it is left alone"); err != nil {
				return err
			}
		}
		return nil
	}
}
