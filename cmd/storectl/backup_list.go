package main

import (
	"context"

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

func (a *app) backupShow() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show what is known about a backup",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := a.backupPlace(from)
			if err != nil {
				return err
			}
			b, err := a.catalog(dir).Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			line := newBackupLine(b)
			if err := a.page("backup-show", struct {
				backupLine
				Hashes map[string]string `json:"hashes"`
				SHA256 string            `json:"db_sha256"`
				Damage []string          `json:"damage"`
			}{line, b.Hashes, b.DB.SHA256, orEmpty(b.Damage)}, line.properties()); err != nil || b.Unreadable == nil {
				return err
			}
			return findings(exitVerify, "bad_backup", "the backup is bad: "+b.Unreadable.Error())
		},
	}
	fromFlag(cmd, &from)
	return cmd
}

func (a *app) backupPin(verb, short string, pinned bool) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:               verb + " ID",
		Short:             short,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.opt.readOnly {
				return misuse("leave out --read-only", "backup %s: --read-only forbids it", verb)
			}
			dir, err := a.backupPlace(from)
			if err != nil {
				return err
			}
			catalog := a.catalog(dir)
			b, err := catalog.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if b, err = catalog.Pin(cmd.Context(), b.ID, pinned); err != nil {
				return err
			}
			if a.opt.output == "json" || a.opt.output == "ndjson" {
				return a.document("backup-"+verb, newBackupLine(b))
			}
			a.say("%sned: backup %s", verb, b.ID)
			return nil
		},
	}
	fromFlag(cmd, &from)
	return cmd
}

// completeBackup offers the ids, the newest first.
func (a *app) completeBackup(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := a.backupPlace("")
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, err := a.catalog(dir).List(context.Background())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := []cobra.Completion{cobra.CompletionWithDesc(backup.Latest, "the newest good one")}
	for _, b := range list {
		offers = append(offers, cobra.CompletionWithDesc(b.ID, string(b.Reason)+", "+humanText(timeStamp(b.Created), a.now())))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
