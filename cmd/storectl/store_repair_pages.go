package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"taskstore/backup/putback"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

const areaPages = "pages"

// repairPages makes a store anew of which pages are smashed, or which cannot be opened
// at all; nil if it need not be.
func (a *app) repairPages(ctx context.Context, dir string, dryRun bool) (*recovery.Rebuilt, error) {
	if a.opt.readOnly && !dryRun {
		return nil, misuse("leave out --read-only", "repair: --read-only forbids it")
	}
	err := repo.Readable(ctx, dir, repo.Options{Log: a.log})
	if err == nil || !errors.Is(err, repo.ErrCorrupt) || errors.Is(err, repo.ErrStrayLog) {
		return nil, err
	}
	if dryRun {
		a.Say("%s", term.OneLine(err.Error()))
		return &recovery.Rebuilt{}, nil
	}
	opt, done := a.recoveryOptions()
	r, err := recovery.Rebuild(ctx, dir, recovery.RebuildOptions{Options: opt})
	done()
	return &r, err
}

// rebuiltPage is what a repair of pages prints.
type rebuiltPage struct {
	Tables   []putback.Salvaged `json:"tables"` // of which not all could be read
	Backup   string             `json:"backup"` // that gave back what could not be read
	Restored bool               `json:"restored"`
	Aside    string             `json:"aside"`
}

func newRebuiltPage(r *recovery.Rebuilt) rebuiltPage {
	return rebuiltPage{Tables: orEmpty(r.Damaged()), Backup: r.Backup.ID, Restored: r.Restored, Aside: r.Aside}
}

// rebuiltLines says row by row what became of what could not be read.
func rebuiltLines(r *recovery.Rebuilt, dryRun bool) (list []term.Property) {
	if dryRun {
		return term.Props("pages cannot be read: what can be would be carried over to a new file", 1)
	}
	since := "there is no backup of it"
	if r.Backup.ID != "" {
		since = "written after " + r.Backup.Created.Format(time.RFC3339) + ", or damaged in backup " + r.Backup.ID + " too"
	}
	if r.Restored {
		list = append(list, term.Prop("nothing could be read; restored from backup "+r.Backup.ID+": what was written after "+r.Backup.Created.Format(time.RFC3339)+" is lost", 1))
	}
	for _, t := range r.Damaged() {
		list = append(list, term.Prop(t.Table+": rows carried over", t.Rows))
		for _, row := range t.Unread {
			name := strings.TrimSpace(term.Visible(row.ID) + " (" + row.Key + ")")
			done := "lost: " + since
			switch {
			case row.OfBackup:
				done = "brought back from backup " + r.Backup.ID
			case row.OfRevision != "":
				done = "brought back as of revision " + row.OfRevision + ofDate(row.At) + apart(row)
			}
			list = append(list, term.Prop(fmt.Sprintf("%s %s could not be read; %s", t.Table, name, done), 1))
		}
		if t.Unknown {
			list = append(list, term.Prop(t.Table+": rows could not be read, and nothing tells which", 1))
		}
	}
	if r.Aside != "" {
		list = append(list, term.Prop("what was there is in "+r.Aside, 1))
	}
	return list
}

// apart says what a record that came back from its history has again that is kept apart of it.
func apart(row putback.Row) string {
	if row.Apart != "" {
		return "; its lists and documents stayed in the history: " + term.Visible(row.Apart)
	}
	var list []string
	for _, part := range slices.Sorted(maps.Keys(row.Lists)) {
		came := row.Lists[part]
		text := fmt.Sprintf("%d %s", came.Came, part)
		if came.Empty > 0 {
			text += fmt.Sprintf(" (%d more were removed before, or are lost)", came.Empty)
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return ""
	}
	return "; with " + strings.Join(list, ", ")
}

// ofDate says until when a revision was the record.
func ofDate(at string) string {
	if at == "" {
		return ", what came after it is lost"
	}
	return ", which it was until " + at + ": what came after it is lost"
}
