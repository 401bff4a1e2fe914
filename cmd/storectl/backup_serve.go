package main

import (
	"context"
	"errors"
	"time"

	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"

	"github.com/spf13/cobra"
)

// lastCycle is how long the backup may take that backup serve makes when it is told to end.
const lastCycle = 2 * time.Minute

func (a *app) backupServe() *cobra.Command {
	var s scheduling
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Make backups by itself, every hour, until it is stopped",
		Long: `Make backups by itself until it is stopped: at once, every hour (--every DUR), and when it is told to end (Ctrl-C, SIGTERM), each
only if anything has changed; the rules of backup forget and the drills as in backup run. A cycle that fails is tried again
after five minutes, and shown by status until one succeeds. With ndjson every cycle is a line on stdout.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			schedule, done, err := s.read(a, cmd)
			if err != nil {
				return err
			}
			dir, err := a.findStore()
			if err != nil {
				return err
			}
			schedule.Progress = nil
			schedule.Done = a.cycleDone
			schedule.ShutdownTime = lastCycle
			a.ending.grace.Store(int64(lastCycle + stopGrace))
			err = schedule.Run(cmd.Context(), dir)
			done()
			if errors.Is(context.Cause(cmd.Context()), errInterrupted) && err == nil {
				return nil // told to end, and saved
			}
			return err
		},
	}
	cmd.Flags().StringVar(&s.every, "every", "1h", "`DUR` between two backups: 1h, 30min")
	s.flags(cmd)
	return cmd
}

// cycleDone tells the person at the terminal of a cycle.
func (a *app) cycleDone(c recovery.Cycle, err error) {
	line := newCycleLine(c)
	if err != nil {
		line.Error = term.OneLine(err.Error())
	}
	if print := a.done("backup-cycle", line, func() { a.sayCycle(c, line.Error) }); print != nil {
		a.Say("storectl: %v", print)
	}
}

func (a *app) sayCycle(c recovery.Cycle, problem string) {
	at := a.Now().Format(time.DateTime)
	switch {
	case problem != "":
		a.Say("%s %s: failed: %s", at, c.Reason, problem)
	case c.Made:
		a.Say("%s %s: backup %s, %s", at, c.Reason, c.Backup.ID, term.Human(term.Size(c.Backup.Size()), a.Now()))
	default:
		a.Say("%s %s: nothing has changed since backup %s", at, c.Reason, c.Backup.ID)
	}
}
