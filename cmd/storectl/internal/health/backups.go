package health

import (
	"context"
	"fmt"
	"time"

	"taskstore/backup"
	"taskstore/backup/putback"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"
)

// LastBackup is what status says of the newest backup.
type LastBackup struct {
	ID       string        `json:"id"`
	Created  term.Stamp    `json:"created"`
	Reason   backup.Reason `json:"reason"`
	Verified term.Stamp    `json:"verified"`
	Drilled  term.Stamp    `json:"drilled"`
}

// LastDrill is the last time that a backup was proven to be restorable.
type LastDrill struct {
	ID string     `json:"id"`
	At term.Stamp `json:"at"`
}

// lastOf is a backup as status tells of it.
func lastOf(b backup.Backup) *LastBackup {
	l := &LastBackup{ID: b.ID, Created: term.StampOf(b.Created), Reason: b.Reason}
	if b.Unreadable == nil && b.Verified.OK {
		l.Verified = term.StampOf(b.Verified.At)
	}
	if b.Unreadable == nil && b.Drilled != nil && b.Drilled.OK {
		l.Drilled = term.StampOf(b.Drilled.At)
	}
	return l
}

// lookAtBackups fills in what there is to say of backups.
func (s *Status) lookAtBackups(ctx context.Context, catalog *backup.Catalog, dir string, now time.Time) error {
	list, err := catalog.List(ctx)
	if err != nil && ctx.Err() == nil {
		s.need("the backups cannot be listed: "+term.OneLine(err.Error()), "")
		return nil
	}
	if err != nil {
		return err
	}
	s.Backups = len(list)
	var future []string
	for _, b := range list {
		if b.FromFuture(now) {
			future = append(future, b.ID)
		}
	}
	bad := 0
	for _, b := range list {
		if b.Failed() {
			bad++
			continue
		}
		if s.LastBackup == nil && (!b.FromFuture(now) || len(future) == len(list)) {
			s.LastBackup = lastOf(b)
		}
		if b.Drilled != nil && (s.LastDrill == nil || term.StampOf(b.Drilled.At) > s.LastDrill.At) {
			s.LastDrill = &LastDrill{b.ID, term.StampOf(b.Drilled.At)}
		}
	}
	if len(future) > 0 {
		s.need(FutureText(future), "")
	}
	if bad > 0 {
		s.need(fmt.Sprintf("%d of %d backups are bad", bad, len(list)), "storectl backup list")
	}
	switch {
	case len(list) == 0 && s.savedElsewhere(now):
	case len(list) == 0 && !s.Empty():
		s.need("there is no backup", "storectl backup create")
	case s.LastBackup != nil && s.LastDrill == nil:
		s.need("no backup was ever restored to see whether it can be", "storectl backup drill")
	}
	return s.lookAtSchedule(catalog, dir, now)
}

// FutureText says what follows from backups that are dated in the future.
func FutureText(ids []string) string {
	return fmt.Sprintf("%s dated in the future (%s): none is removed until the clock is right, and latest passes over such; "+
		"storectl backup forget ID removes one that is wrong", term.Counted(len(ids), "backup"), ids[0])
}

// lookAtSchedule tells of a failure until a run has succeeded, and of what a restore has put aside.
func (s *Status) lookAtSchedule(catalog *backup.Catalog, dir string, now time.Time) error {
	runs, err := catalog.Runs()
	if err != nil {
		s.need("how scheduled backups went cannot be read: "+term.OneLine(err.Error()), "")
	} else if f := runs.Failed; f != nil {
		s.need(fmt.Sprintf("scheduled backups have failed %s since %s, the last time %s: %s", term.Counted(f.Times, "time"),
			term.Human(term.StampOf(f.Since), now), term.Human(term.StampOf(f.At), now), term.OneLine(f.Problem)), "")
	}
	aside, err := putback.Asides(repo.DBPath(dir))
	for _, d := range aside {
		s.need("a restore has put the files of the store that was here aside in "+d+": remove them when you are sure", "")
	}
	return err
}

// Empty tells that the store holds no records.
func (s *Status) Empty() bool {
	for _, counts := range []map[string]int64{s.Counts, s.Trash} {
		for _, n := range counts {
			if n > 0 {
				return false
			}
		}
	}
	return true
}
