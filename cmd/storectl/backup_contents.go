package main

import (
	"context"
	"fmt"
	"os"

	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// copiedLine is what a copy of contents prints.
type copiedLine struct {
	Store      string   `json:"store"`
	To         string   `json:"to"`
	Contents   int      `json:"contents"` // of the store
	Copied     int      `json:"copied"`
	Bytes      int64    `json:"bytes"`
	Unreadable []string `json:"unreadable"`
}

// copyContents copies contents to where --to says.
func (a *app) copyContents(ctx context.Context, dir string, s scheduling) error {
	if s.to == "" {
		return misuse("--to TARGET names the directory or the target", "backup run: --contents-only needs --to")
	}
	opt, done := a.recoveryOptions()
	c, err := a.contentsTo(ctx, dir, s, opt)
	done()
	if err != nil {
		return err
	}
	line := copiedLine{dir, s.to, c.Contents, c.Copied, c.Bytes, orEmpty(c.Unreadable)}
	list := term.Props("contents", c.Contents, "copied", fmt.Sprintf("%d with %s", c.Copied, term.Human(term.Size(c.Bytes), a.Now())), "to", s.to)
	if err := a.Page("backup-contents", line, list); err != nil {
		return err
	}
	if n := len(c.Unreadable); n > 0 {
		return findings(exitFindings, "damaged_contents", fmt.Sprintf("%s of the store cannot be read, such as %s: storectl blob verify", counted(n, "content"), c.Unreadable[0]))
	}
	return nil
}

func (a *app) contentsTo(ctx context.Context, dir string, s scheduling, opt recovery.Options) (c recovery.Copied, err error) {
	if !shelf.IsAddress(s.to) {
		return recovery.CopyContents(ctx, dir, recovery.CreateOptions{Options: opt, To: s.to, New: s.anew})
	}
	to, err := a.target(ctx, s.to, opt.Progress)
	if err != nil {
		return c, err
	}
	return recovery.HoldContents(ctx, dir, to)
}

// hasContents tells whether there are contents in a store's directory.
func hasContents(dir string) bool {
	info, err := os.Stat(repo.BlobsDir(dir))
	return err == nil && info.IsDir()
}
