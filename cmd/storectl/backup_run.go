package main

import (
	"context"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/health"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/when"

	"github.com/spf13/cobra"
)

// scheduling is the flags of backup run and backup serve.
type scheduling struct {
	keeping
	every, drillEvery, to string
	anew, alone           bool
}

func (s *scheduling) flags(cmd *cobra.Command) {
	s.keeping.flags(cmd.Flags())
	cmd.Flags().StringVar(&s.drillEvery, "drill-every", "7d", "prove every `DUR` that the newest one can be restored; never is no")
	toFlags(cmd, &s.to, &s.anew)
	aloneFlag(cmd.Flags(), &s.alone)
}

// read makes a schedule of the flags.
func (s *scheduling) read(a *app, cmd *cobra.Command) (r recovery.Schedule, done func(), err error) {
	if a.opt.readOnly {
		return r, nil, misuse("leave out --read-only", "%s--read-only forbids it", commandName(cmd))
	}
	r.Options, done = a.recoveryOptions()
	if r.To, r.New = s.to, s.anew; shelf.IsAddress(s.to) {
		if _, err := a.objects(s.to); err != nil {
			return r, done, err
		}
		r.To, r.Alone = "", s.alone
		r.Offsite = func(ctx context.Context) (*offsite.Target, error) { return a.target(ctx, s.to, r.Progress) }
	}
	if r.Policy, err = s.keeping.read(a, cmd); err != nil {
		return r, done, err
	}
	if s.every != "" {
		if r.Every, err = when.ParseTimeout(s.every, a.Now()); err != nil {
			return r, done, misuse("examples: 1h, 30min, 1d", "%s--every: %v", commandName(cmd), err)
		}
	}
	if r.DrillEvery = -1; s.drillEvery != "never" {
		if r.DrillEvery, err = when.ParseTimeout(s.drillEvery, a.Now()); err != nil {
			return r, done, misuse("examples: 7d, 1mo, never", "%s--drill-every: %v", commandName(cmd), err)
		}
	}
	return r, done, nil
}

func (a *app) backupRun() *cobra.Command {
	var s scheduling
	var contentsOnly bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run one scheduled cycle: a backup, the rules, a drill",
		Long: `Run one scheduled cycle, for cron or a systemd timer: a backup if anything has changed since the last one, then the rules
of backup forget, then a drill if the last good one is too long ago. A failure is shown by status until a cycle succeeds.
With --contents-only no backup is made: contents that are not where --to says yet are copied there, of those too that no record names
yet. In a directory nothing goes; at a target they stay for as long as the store has them, and longer by the grace period of
backup forget. It is meant for every minute, beside Litestream: storectl docs elsewhere.`,
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
			if contentsOnly {
				return a.copyContents(cmd.Context(), dir, s)
			}
			c, err := schedule.Once(cmd.Context(), dir, backup.Hourly)
			done()
			if err != nil {
				return err
			}
			list := term.Props("backup", c.Backup.ID, "made", c.Made, "removed", len(c.Removed), "drilled", c.Drilled)
			if c.Verified {
				list = append(list, term.Prop("read instead", "every byte at the target, which no key was given to open"))
			}
			if len(c.Future) > 0 {
				list = append(list, term.Prop("attention", health.FutureText(c.Future)))
			}
			return a.Page("backup-run", newCycleLine(c), list)
		},
	}
	cmd.Flags().BoolVar(&contentsOnly, "contents-only", false, "only copy contents to where --to says")
	s.flags(cmd)
	return cmd
}

// cycleLine is a cycle as JSON shows it.
type cycleLine struct {
	Reason  backup.Reason `json:"reason"`
	ID      string        `json:"id"`
	Made    bool          `json:"made"`
	Removed []string      `json:"removed"`
	Drilled bool          `json:"drilled"`
	Read    bool          `json:"verified,omitempty"` // all of the target was read instead
	Future  []string      `json:"future,omitempty"`   // ids of backups that are dated in the future
	Error   string        `json:"error,omitempty"`
}

func newCycleLine(c recovery.Cycle) cycleLine {
	return cycleLine{c.Reason, c.Backup.ID, c.Made, orEmpty(c.Removed), c.Drilled, c.Verified, c.Future, ""}
}
