package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/migrations"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

// migrationState is what migrate status and migrate up print.
type migrationState struct {
	Store   string          `json:"store"`
	Current int64           `json:"current"`
	Target  int64           `json:"target"` // of this program
	State   string          `json:"state"`  // current, behind, newer or changed
	DryRun  bool            `json:"dry_run,omitempty"`
	Applied []migrationLine `json:"applied"`
	Pending []migrationLine `json:"pending"`
}

type migrationLine struct {
	Version   int64      `json:"version"`
	Name      string     `json:"name"`
	SHA256    string     `json:"sha256"`
	AppliedAt term.Stamp `json:"applied_at,omitempty"`
}

func (a *app) migrateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Show or bring up to date the schema of the store"}
	cmd.AddCommand(&cobra.Command{
		Use:   "status",
		Short: "Show which migrations are applied and which are pending",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := a.migrationState(cmd.Context())
			if state == nil {
				return err
			}
			return errors.Join(a.printMigrations("migrate-status", state), err)
		},
	})
	cmd.AddCommand(a.migrateUpCommand())
	return cmd
}

// migrationState reads where the store stands. For a store that is newer than the program, or whose applied files
// are others than the program's, it returns the state and the error.
func (a *app) migrationState(ctx context.Context) (*migrationState, error) {
	dir, err := a.findStore()
	if err != nil {
		return nil, err
	}
	if err := repo.CheckLog(ctx, dir); err != nil {
		return nil, fmt.Errorf("migrate status: %w", err)
	}
	st, err := readMigrations(ctx, filepath.Join(dir, databaseName))
	state := &migrationState{Store: dir, Current: st.Current, Target: st.Target, State: "current",
		Applied: migrationLines(st.Applied), Pending: migrationLines(st.Pending)}
	switch {
	case errors.Is(err, migrations.ErrTooNew):
		state.State = "newer"
	case errors.Is(err, migrations.ErrChanged):
		state.State = "changed"
	case err != nil:
		return nil, fmt.Errorf("migrate status: %w", err)
	case len(st.Pending) > 0:
		state.State = "behind"
	}
	return state, err
}

// readMigrations reads again when the store changed under it.
func readMigrations(ctx context.Context, db string) (st migrations.Status, err error) {
	for range 5 {
		st, err = migrations.Read(ctx, db)
		if !errors.Is(err, migrations.ErrDisturbed) {
			return st, err
		}
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return st, err
}

func migrationLines(list []migrations.Migration) []migrationLine {
	lines := make([]migrationLine, len(list))
	for i, m := range list {
		lines[i] = migrationLine{m.Version, m.Name, m.SHA256, term.Stamp(m.AppliedAt)}
	}
	return lines
}

func (a *app) printMigrations(name string, state *migrationState) error {
	return a.Print(term.Result{Name: name, Document: state,
		Columns: []term.Column{{Name: "version", Right: true}, {Name: "name", Fixed: true}, {Name: "state"}, {Name: "applied_at"}},
		Rows: term.Each(append(append([]migrationLine{}, state.Applied...), state.Pending...), func(line migrationLine) []any {
			row := []any{line.Version, line.Name, "pending", nil}
			if line.AppliedAt != "" {
				row[2], row[3] = "applied", line.AppliedAt
			}
			return row
		})})
}
