package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) migrateUpCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the schema of the store up to date",
		Long: `Bring the schema of the store up to date. A store that has data is copied first to its backups directory, the
copy is verified, and put back when the migration fails.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.migrateUp(cmd.Context(), dryRun)
		},
	}
	dryRunFlag(cmd, &dryRun, "only show what would be applied")
	return cmd
}

func (a *app) migrateUp(ctx context.Context, dryRun bool) error {
	if a.opt.readOnly && !dryRun {
		return misuse("leave out --read-only, or add --dry-run", "migrate up: --read-only forbids it")
	}
	state, err := a.migrationState(ctx)
	if err != nil {
		return err
	}
	if pending := len(state.Pending); dryRun {
		state.DryRun = true
		a.Say("%s would be applied", counted(pending, "migration"))
	} else {
		// Also where none is pending: what is derived of the new tables is made by the opening after
		// the migration, which a fault may have kept from it.
		if err := a.withStore(ctx, toMigrate, opened); err != nil {
			return err
		}
		if pending == 0 {
			a.Say("the schema is up to date")
		} else {
			a.Say("%s applied", counted(pending, "migration"))
		}
		if state, err = a.migrationState(ctx); err != nil {
			return err
		}
	}
	return a.printMigrations("migrate-up", state)
}
