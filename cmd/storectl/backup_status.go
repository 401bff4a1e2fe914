package main

import (
	"context"
	"fmt"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// lastBackup is what status says of the newest backup.
type lastBackup struct {
	ID       string        `json:"id"`
	Created  term.Stamp    `json:"created"`
	Reason   backup.Reason `json:"reason"`
	Verified term.Stamp    `json:"verified"`
	Drilled  term.Stamp    `json:"drilled"`
}

// lastDrill is the last time that a backup was proven to be restorable.
type lastDrill struct {
	ID string     `json:"id"`
	At term.Stamp `json:"at"`
}

// backupStatus fills in what there is to say of backups.
func (a *app) backupStatus(ctx context.Context, dir string, s *storeStatus) error {
	catalog := a.catalog(dir)
	list, err := catalog.List(ctx)
	if err != nil && ctx.Err() == nil {
		s.Attention = append(s.Attention, "the backups cannot be listed: "+term.OneLine(err.Error()))
		return nil
	}
	if err != nil {
		return err
	}
	s.Backups = len(list)
	var future []string
	for _, b := range list {
		if b.FromFuture(a.Now()) {
			future = append(future, b.ID)
		}
	}
	bad := 0
	for _, b := range list {
		if b.Failed() {
			bad++
			continue
		}
		if s.LastBackup == nil && (!b.FromFuture(a.Now()) || len(future) == len(list)) {
			l := newBackupLine(b)
			s.LastBackup = &lastBackup{l.ID, l.Created, l.Reason, l.Verified, l.Drilled}
		}
		if b.Drilled != nil && (s.LastDrill == nil || timeStamp(b.Drilled.At) > s.LastDrill.At) {
			s.LastDrill = &lastDrill{b.ID, timeStamp(b.Drilled.At)}
		}
	}
	if len(future) > 0 {
		s.Attention = append(s.Attention, futureText(future))
	}
	if bad > 0 {
		s.Attention = append(s.Attention, fmt.Sprintf("%d of %d backups are bad: storectl backup list", bad, len(list)))
	}
	switch {
	case len(list) == 0 && s.savedElsewhere(a.Now()):
	case len(list) == 0 && !s.empty():
		s.Attention = append(s.Attention, "there is no backup: storectl backup create")
	case s.LastBackup != nil && s.LastDrill == nil:
		s.Attention = append(s.Attention, "no backup was ever restored to see whether it can be: storectl backup drill")
	}
	return a.scheduleStatus(catalog, dir, s)
}

// futureText says what follows from backups that are dated in the future.
func futureText(ids []string) string {
	return fmt.Sprintf("%d backups are dated in the future (%s): none is removed until the clock is right, and latest passes them over; "+
		"storectl backup forget ID removes one that is wrong", len(ids), ids[0])
}

// scheduleStatus shows a failure until a run has succeeded, and what a restore has put aside.
func (a *app) scheduleStatus(catalog *backup.Catalog, dir string, s *storeStatus) error {
	runs, err := catalog.Runs()
	if err != nil {
		s.Attention = append(s.Attention, "how scheduled backups went cannot be read: "+term.OneLine(err.Error()))
	} else if f := runs.Failed; f != nil {
		s.Attention = append(s.Attention, fmt.Sprintf("scheduled backups have failed %d times since %s, the last time %s: %s", f.Times,
			term.Human(timeStamp(f.Since), a.Now()), term.Human(timeStamp(f.At), a.Now()), term.OneLine(f.Problem)))
	}
	aside, err := putback.Asides(repo.DBPath(dir))
	for _, d := range aside {
		s.Attention = append(s.Attention, "a restore has put the files of the store that was here aside in "+d+": remove them when you are sure")
	}
	return err
}

// empty tells that the store holds no records.
func (s *storeStatus) empty() bool {
	for _, counts := range []map[string]int64{s.Counts, s.Trash} {
		for _, n := range counts {
			if n > 0 {
				return false
			}
		}
	}
	return true
}

// backupProperties are the lines of the status page.
func (s *storeStatus) backupProperties() []term.Property {
	if s.LastBackup == nil {
		return term.Props("last backup", "none")
	}
	b := s.LastBackup
	state := "not verified"
	if b.Verified != "" {
		state = "verified"
	}
	list := term.Props("last backup", b.Created, "made as", fmt.Sprintf("%s, %s, %s (%d in all)", b.ID, b.Reason, state, s.Backups))
	if s.LastDrill == nil {
		return append(list, term.Prop("last drill", "never"))
	}
	return append(list, term.Prop("last drill", s.LastDrill.At))
}
