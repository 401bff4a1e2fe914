package main

import (
	"taskstore/backup"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) catalog(dir string) *backup.Catalog {
	return repo.Backups(dir, repo.Options{Now: a.Now, Log: a.log})
}

func (a *app) backupList() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the backups, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			catalog, err := a.backupsAt(cmd.Context(), from)
			if err != nil {
				return err
			}
			list, err := catalog.List(cmd.Context())
			if err != nil {
				return err
			}
			return a.printBackups(list)
		},
	}
	fromFlag(cmd, &from)
	return cmd
}

func (a *app) printBackups(list []backup.Backup) error {
	lines, each := make([]backupLine, len(list)), make([]any, len(list))
	for i, b := range list {
		lines[i] = newBackupLine(b)
		each[i] = lines[i]
	}
	if len(lines) == 0 {
		a.Say("there are no backups; storectl backup create makes one")
	}
	return a.Print(term.Result{Name: "backup-list", Line: "backup", Lines: each, Document: struct {
		Backups []backupLine `json:"backups"`
	}{lines},
		Columns: []term.Column{{Name: "id", Fixed: true}, {Name: "created", Fixed: true, Time: true}, {Name: "reason", Fixed: true}, {Name: "bytes", Title: "size", Right: true},
			{Name: "blobs", Title: "contents", Right: true, Extra: true}, {Name: "verified", Fixed: true}, {Name: "drilled", Fixed: true}, {Name: "pinned"}, {Name: "state", Wide: true}},
		Rows: term.Each(lines, backupLine.row)})
}

func (l backupLine) row() []any {
	pinned := any(nil)
	if l.Pinned {
		pinned = true
	}
	return []any{l.ID, orNothing(l.Created), string(l.Reason), term.Size(l.Bytes), l.Blobs, orNothing(l.Verified), orNothing(l.Drilled), pinned, l.state()}
}

func orNothing(s term.Stamp) any {
	if s == "" {
		return nil
	}
	return s
}
