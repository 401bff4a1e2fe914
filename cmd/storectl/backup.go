package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/backup"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/sqlsh"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const backupHelp = `Make backups, prove that they can be restored, and restore.

A backup is a compressed copy of the database, taken while others write, verified before it counts; it names the
contents (pictures, sound, files) that it needs, and none of those is removed as long as a backup names it. With --to
or --from DIR, backups are kept in another directory together with these contents: DIR alone is enough to have the store back.
The store remembers where its backups went: where they were and are not, because a disk is not mounted, none is made.

In place of DIR they take a bucket, sealed: storectl backup target says how.

Exit code 14: a backup is bad. Exit code 3: done, and something of the store was damaged or missing.`

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "Make backups, prove that they can be restored, and restore", Long: backupHelp}
	cmd.AddCommand(a.backupCreate(), a.backupList(), a.backupShow(), a.backupVerify(), a.backupDrill(), a.backupDiff(), a.backupRestore(),
		a.backupPin("pin", "Keep a backup whatever the rules say", true), a.backupPin("unpin", "Leave a backup to the rules again", false),
		a.backupForget(), a.backupRun(), a.backupServe(), a.backupTarget())
	a.elsewhere.flags(cmd.PersistentFlags())
	return cmd
}

// recoveryOptions are what package recovery is told, with a progress bar; done ends it.
func (a *app) recoveryOptions() (opt recovery.Options, done func()) {
	var bar *term.Progress
	var of string
	opt = recovery.Options{Now: a.Now, Log: a.log, Progress: func(what string, n, total int64) {
		if what != of {
			bar.Finish()
			bytes := slices.Contains([]string{"copy", "compress", "unpack", "verify", "upload", "download"}, what)
			bar, of = a.NewProgress(what, total, bytes), what
		}
		bar.Set(n, total)
	}}
	return opt, func() { bar.Finish() }
}

// targetFlag is the text of a flag that takes a TARGET. What looks like an address and is none is no directory either.
type targetFlag struct{ text *string }

func (t targetFlag) String() string {
	if t.text == nil {
		return ""
	}
	return *t.text
}

func (t targetFlag) Type() string { return "string" }

func (t targetFlag) Set(text string) error {
	if *t.text = text; strings.Contains(text, "://") && !shelf.IsAddress(text) {
		return errors.New("a directory is wanted, or an address: s3://BUCKET/PREFIX or dir:PATH")
	}
	return nil
}

// fromFlag is the flag that names another directory with backups.
func fromFlag(cmd *cobra.Command, from *string) {
	cmd.Flags().Var(targetFlag{from}, "from", "the `TARGET` with backups that need nothing else, instead of the store's: a directory, or an address as in backup target")
	_ = cmd.MarkFlagDirname("from")
	if cmd.Flags().Lookup("to") == nil {
		cmd.Flags().Var(targetFlag{from}, "to", "the same as --from")
		_ = cmd.MarkFlagDirname("to")
	}
}

// backupPlace is the directory whose backups are meant: the one of --from, or the store's, where the store itself
// need not be there any more.
func (a *app) backupPlace(from string) (dir string, err error) {
	if from != "" {
		if dir, err = filepath.Abs(from); err != nil {
			return "", err
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return "", &term.Failure{Kind: "not_found", Exit: exitFailed, Message: "find backups: there is no directory " + dir,
				Hint: "name the directory that backup create --to was given"}
		}
		return dir, nil
	}
	if dir, err = a.storeDir(); err != nil {
		return "", err
	}
	if hasBackups(dir) {
		return dir, nil
	}
	return a.findStore()
}

// hasBackups tells whether there are backups in a store's directory.
func hasBackups(dir string) bool {
	list, err := repo.Backups(dir, repo.Options{}).List(context.Background())
	return err == nil && len(list) > 0
}

// backupLine is a backup as JSON shows it.
type backupLine struct {
	ID       string           `json:"id"`
	Created  term.Stamp       `json:"created"`
	Reason   backup.Reason    `json:"reason"`
	Bytes    int64            `json:"bytes"` // of its files, without the contents that it names
	DBBytes  int64            `json:"db_bytes"`
	Schema   int64            `json:"schema_version"`
	Counts   map[string]int64 `json:"counts"`
	Blobs    int64            `json:"blobs"`         // contents that it names
	BlobSize int64            `json:"blobs_bytes"`   // plain
	Missing  int64            `json:"blobs_missing"` // contents of these that were not there
	Verified term.Stamp       `json:"verified"`      // null: never, or the last time it was found bad
	Drilled  term.Stamp       `json:"drilled"`
	Pinned   bool             `json:"pinned"`
	Good     bool             `json:"good"`
	Problem  string           `json:"problem,omitempty"`
	Program  string           `json:"program"`
}

func timeStamp(t time.Time) term.Stamp { return term.StampOf(t) }

func newBackupLine(b backup.Backup) backupLine {
	l := backupLine{ID: b.ID, Created: timeStamp(b.Created), Reason: b.Reason, Bytes: b.Size(), DBBytes: b.DB.Bytes, Schema: b.Schema,
		Counts: b.Counts, Blobs: b.Named.Count, BlobSize: b.Named.Bytes, Missing: b.Named.Missing, Pinned: b.Pinned, Good: b.Good(), Problem: term.OneLine(b.Problem()), Program: b.Program}
	if b.Unreadable == nil && b.Verified.OK {
		l.Verified = timeStamp(b.Verified.At)
	}
	if b.Unreadable == nil && b.Drilled != nil && b.Drilled.OK {
		l.Drilled = timeStamp(b.Drilled.At)
	}
	if l.Counts == nil {
		l.Counts = map[string]int64{}
	}
	return l
}

func (l backupLine) properties() []term.Property {
	list := term.Props("id", l.ID, "created", l.Created, "reason", string(l.Reason), "state", l.state(), "size", term.Size(l.Bytes),
		"database", term.Size(l.DBBytes), "schema", l.Schema, "records", l.records(), "contents", fmt.Sprintf("%d, %s", l.Blobs, term.Human(term.Size(l.BlobSize), time.Time{})),
		"verified", orNever(l.Verified), "drilled", orNever(l.Drilled), "pinned", l.Pinned, "made by", l.Program)
	if l.Missing > 0 {
		list = append(list, term.Prop("contents missing", l.Missing))
	}
	return list
}

func (l backupLine) state() string {
	switch {
	case l.Good && l.Missing > 0:
		return fmt.Sprintf("good, but for %s that %s not there", counted(int(l.Missing), "content"), verb(l.Missing, "was", "were"))
	case l.Good:
		return "good"
	}
	return "bad: " + l.Problem
}

func (l backupLine) records() string { return countsText(l.Counts) }

// countsText says how many records of each kind there are.
func countsText(counts map[string]int64) string {
	var parts []string
	for _, k := range repo.Kinds() {
		if n := counts[k.Plural]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, countNoun(k, int(n))))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func orNever(s term.Stamp) any {
	if s == "" {
		return "never"
	}
	return s
}

// toFlags are the flags that name another directory for backups.
func toFlags(cmd *cobra.Command, to *string, anew *bool) {
	cmd.Flags().Var(targetFlag{to}, "to", "put backups and all contents to `TARGET`, a directory or an address as in backup target, from which alone the store can be restored")
	cmd.Flags().BoolVar(anew, "new", false, "begin anew in the directory of --to, though backups were there that are not now")
	_ = cmd.MarkFlagDirname("to")
}

// withoutContents names the contents that backups in a directory name and that are not
// there: what a backup cannot vouch for. in tells what they name.
func (a *app) withoutContents(ctx context.Context, done string, in backupSource, dir string, list []backup.Backup) error {
	have := repo.HaveContent(repo.BlobsDir(dir))
	missing := map[string]bool{}
	for _, b := range list {
		named, err := in.Contents(ctx, b)
		if err != nil {
			return err
		}
		for _, c := range named {
			if !missing[c.SHA256] && have(ctx, c) != nil {
				missing[c.SHA256] = true
				a.Say("content %s is missing", c.SHA256)
			}
		}
	}
	if len(missing) == 0 {
		return nil // they came back since
	}
	return findings(exitFindings, "missing_contents", fmt.Sprintf("%s; %s that it names %s missing, and cannot be restored from it: storectl check says whose",
		done, counted(len(missing), "content"), verb(int64(len(missing)), "is", "are")))
}

// backupSentinels are those errors of backups that a person can do something about.
var backupSentinels = []sentinel{
	{recovery.ErrBad, "bad_backup", exitVerify, "storectl backup list shows the others"},
	{recovery.ErrAway, "no_target", exitFailed, "mount its disk; --new begins anew in this place"},
	{recovery.ErrMissing, "missing_contents", exitFindings, "--from DIR takes contents from a directory that backup create --to filled"},
	{backup.ErrNone, "not_found", exitFailed, "storectl backup list shows what there is"},
	{backup.ErrPolicy, "usage", exitMisused, "say what to keep with --keep-last, --keep-daily, ..."},
	{backup.ErrFull, "disk_full", exitFailed, sqlsh.HintFull},
	{backup.ErrCorrupt, "corrupt", exitCorrupt, "storectl check tells what is damaged, and what to run; storectl backup list shows what can be restored"},
}

// safely makes the safety backup that comes before a change that could hurt.
func (a *app) safely(ctx context.Context, store *repo.Store, reason backup.Reason) error {
	b, err := store.SafetyBackup(ctx, reason)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if b.ID != "" {
		a.log.Info("made sure of a safety backup", "id", b.ID, "reason", reason)
	}
	return nil
}

// refusedHint says which backup to take instead of a bad one.
func (a *app) refusedHint(err error, from string) error {
	var refused *recovery.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	f := &term.Failure{Kind: "bad_backup", Exit: exitVerify, Message: err.Error(), Err: err, Hint: "no other backup is good; another disk may have one: --from DIR"}
	if refused.Good != "" {
		f.Hint = "the newest good one: storectl" + a.storeFlag() + " backup restore " + refused.Good + fromWords(from)
	}
	return f
}

// storeFlag is --store as a person would have to type it again, "" if it was not given.
func (a *app) storeFlag() string {
	if a.opt.store == "" {
		return ""
	}
	return " --store " + shell.Quote(a.opt.store)
}

func fromWords(from string) string {
	if from == "" {
		return ""
	}
	return " --from " + shell.Quote(from)
}
