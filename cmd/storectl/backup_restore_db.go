package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"taskstore/backup/offsite"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
)

// restoreDB makes the store of a database file.
func (a *app) restoreDB(ctx context.Context, args []string, f restoring) error {
	switch {
	case len(args) > 0 || f.from != "" || f.only != "":
		return misuse("use one of them", "backup restore: --from-db excludes ID, --from and --only")
	case a.opt.readOnly && !f.dryRun:
		return misuse("leave out --read-only, or add --dry-run", "backup restore: --read-only forbids it")
	}
	file, err := filepath.Abs(f.fromDB)
	if err != nil {
		return err
	}
	target, err := a.restoreTarget(f)
	if err != nil {
		return err
	}
	if f.to == "" {
		if err := a.agreed(ctx, f.dryRun, fmt.Sprintf("restore %s from the database %s", target, file), "What is there is kept, and the answer says how to have it back."); err != nil {
			return err
		}
	}
	opt, done := a.recoveryOptions()
	defer done()
	contents, targets, err := a.contentsPlaces(ctx, f, target, opt)
	if err != nil {
		return err
	}
	if home, err := a.storeDir(); err == nil && f.to != "" && hasContents(home) {
		contents = append(contents, home)
	}
	r, err := recovery.RestoreDB(ctx, target, file, recovery.FromDBOptions{
		RestoreOptions: recovery.RestoreOptions{Options: opt, DryRun: f.dryRun}, Contents: contents, Targets: targets,
	})
	done()
	if err != nil && !errors.Is(err, recovery.ErrMissing) {
		return a.refusedHint(err, "")
	}
	return a.printFromDB(target, file, r, f)
}

// contentsPlaces opens what --contents-from names: directories, and targets.
func (a *app) contentsPlaces(ctx context.Context, f restoring, target string, opt recovery.Options) (dirs []string, targets []*offsite.Target, err error) {
	for _, name := range f.contentsFrom {
		if !shelf.IsAddress(name) {
			dirs = append(dirs, name)
			continue
		}
		t, err := a.restoringFrom(ctx, name, f, target, opt)
		if err != nil {
			return nil, nil, err
		}
		targets = append(targets, t)
	}
	return dirs, targets, nil
}

// printFromDB prints what came of it, and ends with what is missing or damaged.
func (a *app) printFromDB(target, file string, r recovery.FromDB, f restoring) error {
	p := a.restoredPage(target, r.Restored, f)
	p.File, p.Damage = file, r.Damage
	list := term.Props("store", target, "state", wouldBe("restored", p.DryRun), "file", file, "records", countsText(r.Counts))
	if n := len(r.Damage); n > 0 {
		list = append(list, term.Prop("damaged", fmt.Sprintf("%s, such as: %s", counted(n, "row"), term.OneLine(r.Damage[0]))))
	}
	if err := a.Page("backup-restore", p, append(list, p.properties()...)); err != nil {
		return err
	}
	switch {
	case len(p.Missing) > 0:
		return findings(exitFindings, "missing_contents",
			fmt.Sprintf("%s that the database names %s nowhere; --contents-from DIR takes them from a directory or a target that has them",
				counted(len(p.Missing), "content"), verb(int64(len(p.Missing)), "is", "are")))
	case len(r.Damage) > 0:
		return findings(exitFindings, "findings", "something in the database is damaged; storectl check tells what")
	}
	return nil
}
