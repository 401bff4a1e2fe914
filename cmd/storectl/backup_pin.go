package main

import "github.com/spf13/cobra"

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
			catalog, err := a.backupsAt(cmd.Context(), from)
			if err != nil {
				return err
			}
			b, err := catalog.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if b, err = catalog.Pin(cmd.Context(), b.ID, pinned); err != nil {
				return err
			}
			return a.done("backup-"+verb, newBackupLine(b), func() { a.Say("%sned: backup %s", verb, b.ID) })
		},
	}
	fromFlag(cmd, &from)
	return cmd
}
