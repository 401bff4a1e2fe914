package main

import (
	"taskstore/backup"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

func (a *app) catalog(dir string) *backup.Catalog {
	return repo.Backups(dir, repo.Options{Now: a.now, Log: a.log})
}

func (a *app) backupList() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the backups, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := a.backupPlace(from)
			if err != nil {
				return err
			}
			list, err := a.catalog(dir).List(cmd.Context())
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
	lines := make([]backupLine, len(list))
	for i, b := range list {
		lines[i] = newBackupLine(b)
	}
	if a.opt.output == "json" {
		return a.document("backup-list", struct {
			Backups []backupLine `json:"backups"`
		}{lines})
	}
	if a.opt.output == "ndjson" {
		for _, l := range lines {
			if err := a.document("backup", l); err != nil {
				return err
			}
		}
		return nil
	}
	out := a.newRows([]column{{name: "id", fixed: true}, {name: "created"}, {name: "reason"}, {name: "bytes", right: true}, {name: "contents", right: true},
		{name: "verified"}, {name: "drilled"}, {name: "pinned"}, {name: "state"}}, "-")
	for _, l := range lines {
		pinned := any(nil)
		if l.Pinned {
			pinned = true
		}
		row := []any{l.ID, orNothing(l.Created), string(l.Reason), size(l.Bytes), l.Blobs, orNothing(l.Verified), orNothing(l.Drilled), pinned, l.state()}
		if err := out.write(row); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		a.say("there are no backups; storectl%s backup create makes one", a.storeFlag())
	}
	return out.close()
}

func orNothing(s stamp) any {
	if s == "" {
		return nil
	}
	return s
}
