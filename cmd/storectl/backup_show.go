package main

import "github.com/spf13/cobra"

func (a *app) backupShow() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show what is known about a backup",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			catalog, err := a.backupsAt(cmd.Context(), from)
			if err != nil {
				return err
			}
			b, err := catalog.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			line := newBackupLine(b)
			if err := a.Page("backup-show", struct {
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
