package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

// restoring is the flags of backup restore.
type restoring struct {
	from, to, only string
	fromDB         string
	contentsFrom   []string
	dryRun         bool
}

const restoreHelp = `Restore the store from a backup: ID, or latest, the newest good one.

Everything: no program may have the store open, not even idle; else exit code 11 and, on Linux, who has. The backup is verified byte by byte, what is there is backed up first (the
files of a damaged store are put aside as they are), then the database is swapped. It works as well where store.db is gone,
cut off or overwritten. The last line says how to undo it.
--only KIND or KIND/ID: only these records, in the store that stays in use. Each becomes what it was as a new
revision: what it is now stays in its history. Records that the backup does not have are left alone.
--to DIR: make a store in DIR instead, to look at first.
--from DIR: take the backup, and contents that the store misses, from a directory that backup create --to filled, or from a target
(storectl backup target), with its key in --identity if it is sealed.
--from-db FILE: instead of a backup, a database file as litestream restore writes one. It is checked, comes in place as a
backup does, and is left as it is. Contents come from the store's directory, and from each --contents-from DIR, which may be a target.

Exit code 3: restored, and contents are missing; 14: the backup is bad and nothing was changed.`

func (a *app) backupRestore() *cobra.Command {
	var f restoring
	cmd := &cobra.Command{
		Use:               "restore ID|latest|--from-db FILE",
		Short:             "Restore the store, or some of its records, from a backup",
		Long:              restoreHelp,
		Example:           "  storectl backup restore latest --to look && storectl --store look list tasks\n  storectl backup restore latest --only tasks/ID\n  storectl backup restore latest --from /media/disk/taskstore --yes\n  storectl backup restore --from-db restored.db --contents-from /media/disk/taskstore",
		Args:              cobra.RangeArgs(0, 1),
		ValidArgsFunction: a.completeBackup,
		RunE: func(cmd *cobra.Command, args []string) error {
			id := backup.Latest
			switch {
			case f.fromDB != "":
				return a.restoreDB(cmd.Context(), args, f)
			case len(f.contentsFrom) > 0:
				return misuse("--from DIR is where a backup and its contents come from", "backup restore: --contents-from is for --from-db")
			case len(args) == 1:
				id = args[0]
			case f.from == "":
				return misuse("storectl backup list shows the ids; latest is the newest good one", "backup restore: name a backup")
			}
			return a.restore(cmd.Context(), id, f)
		},
	}
	cmd.Flags().StringVar(&f.to, "to", "", "make a store in `DIR` instead")
	cmd.Flags().StringVar(&f.only, "only", "", "only `KIND[/ID]`, into the store as it is")
	dryRunFlag(cmd, &f.dryRun, "verify, and only say what would be done")
	cmd.Flags().StringVar(&f.fromDB, "from-db", "", "make the store of the database in `FILE`, which another program has restored")
	cmd.Flags().StringArrayVar(&f.contentsFrom, "contents-from", nil, "with --from-db: take contents that the store misses from `DIR` or a target; may be given more than once")
	_ = errors.Join(cmd.MarkFlagDirname("to"), cmd.MarkFlagDirname("contents-from"), cmd.MarkFlagFilename("from-db"))
	fromFlag(cmd, &f.from)
	return cmd
}

func (a *app) restore(ctx context.Context, id string, f restoring) error {
	if a.opt.readOnly && !f.dryRun {
		return misuse("leave out --read-only, or add --dry-run", "backup restore: --read-only forbids it")
	}
	if f.only != "" {
		if f.to != "" {
			return misuse("use one of them", "backup restore: --only and --to exclude each other")
		}
		return a.refusedHint(a.restoreOnly(ctx, id, f), f.from)
	}
	target, err := a.restoreTarget(f)
	if err != nil {
		return err
	}
	opt, done := a.recoveryOptions()
	defer done()
	from, place, err := a.restoreSource(ctx, f, target, opt)
	if err != nil {
		return err
	}
	b, err := from.Get(ctx, id)
	if err != nil {
		return err
	}
	if f.to == "" {
		if err := a.agreed(ctx, f.dryRun, fmt.Sprintf("restore %s from backup %s", target, b.ID), "What is there is kept, and the answer says how to have it back."); err != nil {
			return err
		}
	}
	var r recovery.Restored
	how := recovery.RestoreOptions{Options: opt, From: place, DryRun: f.dryRun}
	if t, ok := from.(*offsite.Target); ok {
		r, err = recovery.RestoreOffsite(ctx, target, id, t, how)
	} else {
		r, err = recovery.Restore(ctx, target, id, how)
	}
	done()
	if err != nil && !errors.Is(err, recovery.ErrMissing) {
		return a.refusedHint(err, f.from)
	}
	if print := a.printRestored(target, r, f); print != nil {
		return print
	}
	if err == nil && len(r.Missing) == 0 {
		return nil
	}
	return findings(exitFindings, "missing_contents", fmt.Sprintf("%s that the backup names %s nowhere; --from DIR takes them from a directory that backup create --to filled",
		counted(len(r.Missing), "content"), verb(int64(len(r.Missing)), "is", "are")))
}

// restoreSource is where the backup comes from: a target, or a directory, which it gives too.
func (a *app) restoreSource(ctx context.Context, f restoring, target string, opt recovery.Options) (from backupSource, place string, err error) {
	if !shelf.IsAddress(f.from) {
		if place, err = a.backupPlace(f.from); err != nil {
			return nil, "", err
		}
		return a.catalog(place), place, nil
	}
	t, err := a.restoringFrom(ctx, f.from, f, target, opt)
	return t, "", err
}

// restoringFrom opens a target for a restore.
func (a *app) restoringFrom(ctx context.Context, address string, f restoring, target string, opt recovery.Options) (*offsite.Target, error) {
	how, err := a.targetOptions(opt.Progress)
	if err != nil {
		return nil, err
	}
	if !f.dryRun && f.to == "" {
		how.Memory = recovery.OffsiteMemory(target) // the store that comes goes on with this target
	}
	objects, err := a.objects(address)
	if err != nil {
		return nil, err
	}
	return offsite.Open(ctx, objects, how)
}

// restoreTarget is the directory of the store that is made.
func (a *app) restoreTarget(f restoring) (string, error) {
	if f.to == "" {
		return a.storeDir()
	}
	dir, err := filepath.Abs(f.to)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(repo.DBPath(dir)); err == nil {
		return "", misuse("name a directory without a store", "backup restore: there is a store in %s already", dir)
	}
	return dir, nil
}

// restoredPage is what a restore prints.
type restoredPage struct {
	Store    string   `json:"store"`
	ID       string   `json:"id"`             // "": it was no backup
	File     string   `json:"file,omitempty"` // that the store was made of
	Damage   []string `json:"damage,omitempty"`
	DryRun   bool     `json:"dry_run,omitempty"`
	Safety   string   `json:"safety"` // backup of what was there; "" if there is none
	Aside    string   `json:"aside"`  // directory with the files that were there
	Why      string   `json:"aside_why,omitempty"`
	Brought  int      `json:"contents_brought"`
	Missing  []string `json:"contents_missing"`
	Behind   bool     `json:"migration_needed"`
	UndoWith string   `json:"undo"`
}

func (a *app) restoredPage(target string, r recovery.Restored, f restoring) restoredPage {
	p := restoredPage{Store: target, ID: r.Backup.ID, DryRun: f.dryRun, Safety: r.Safety.ID, Aside: r.Aside, Brought: r.Brought, Behind: r.Behind}
	if r.Aside != "" {
		p.Why = term.OneLine(r.WhyAside)
	}
	for _, c := range r.Missing {
		p.Missing = append(p.Missing, c.SHA256)
	}
	p.Missing = orEmpty(p.Missing)
	flag := " --store " + shell.Quote(target)
	switch {
	case r.Safety.ID != "" && r.Aside == "":
		p.UndoWith = "storectl" + flag + " backup restore " + r.Safety.ID + " --yes"
	case r.Aside != "":
		db := repo.DBPath(target)
		p.UndoWith = "rm -f " + shell.Quote(db) + " " + shell.Quote(db+"-wal") + " " + shell.Quote(db+"-shm") + "; mv " + shell.Quote(r.Aside) + "/* " + shell.Quote(target) + "/"
	}
	return p
}

// properties are what came of a restore, whatever of.
func (p restoredPage) properties() (list []term.Property) {
	if n := len(p.Missing); n > 0 {
		list = append(list, term.Prop("contents missing", fmt.Sprintf("%d: %s", n, strings.Join(p.Missing[:min(n, 3)], ", "))))
	}
	if p.Brought > 0 {
		list = append(list, term.Prop("contents brought", p.Brought))
	}
	if p.Aside != "" {
		list = append(list, term.Prop("put aside", p.Aside), term.Prop("because", p.Why))
	}
	if p.Behind {
		list = append(list, term.Prop("next", "storectl --store "+shell.Quote(p.Store)+" migrate up"))
	}
	if p.UndoWith != "" {
		list = append(list, term.Prop("undo", p.UndoWith))
	}
	return list
}

func (a *app) printRestored(target string, r recovery.Restored, f restoring) error {
	p := a.restoredPage(target, r, f)
	for _, b := range r.Newer {
		a.Say("backup %s has a later date, and was not taken: %s", b.ID, term.OneLine(b.WhyNotLatest(a.Now())))
	}
	if r.Backup.FromFuture(a.Now()) {
		a.Say("backup %s is dated in the future: the clock was wrong when it was made, or is now", r.Backup.ID)
	}
	line := newBackupLine(r.Backup)
	list := term.Props("store", target, "state", wouldBe("restored", p.DryRun), "backup", r.Backup.ID, "made", line.Created, "records", line.records())
	return a.Page("backup-restore", p, append(list, p.properties()...))
}
