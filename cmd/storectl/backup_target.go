package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"taskstore/backup"
	"taskstore/backup/offsite"
	"taskstore/backup/offsite/s3"
	"taskstore/backup/offsite/shelf"
	"taskstore/backup/recovery"
	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// elsewhere is the flags about targets: places away from this machine that know nothing of file
// systems.
type elsewhere struct {
	keyFiles
	up, down string
}

func (e *elsewhere) flags(f *pflag.FlagSet) {
	e.keyFiles.flags(f, "target")
	f.StringVar(&e.up, "limit-upload", "", "send no more than `SIZE` a second to a target: 500KB, 2MB")
	f.StringVar(&e.down, "limit-download", "", "fetch no more than `SIZE` a second from a target")
}

// backupSource is a place that holds some: a catalog in a directory, or a target.
type backupSource interface {
	List(context.Context) ([]backup.Backup, error)
	Get(ctx context.Context, id string) (backup.Backup, error)
	Contents(context.Context, backup.Backup) ([]backup.Content, error)
	Pin(ctx context.Context, id string, pinned bool) (backup.Backup, error)
}

// backupsAt gives the backups that are meant: those of a target, of another directory, or the store's.
func (a *app) backupsAt(ctx context.Context, from string) (backupSource, error) {
	if shelf.IsAddress(from) {
		return a.target(ctx, from, nil)
	}
	dir, err := a.backupPlace(from)
	if err != nil {
		return nil, err
	}
	return a.catalog(dir), nil
}

// target opens a target, which the store remembers, if there is one. progress may be nil.
func (a *app) target(ctx context.Context, address string, progress func(what string, done, total int64)) (*offsite.Target, error) {
	opt, err := a.targetOptions(progress)
	if err != nil {
		return nil, err
	}
	objects, err := a.objects(address)
	if err != nil {
		return nil, err
	}
	return offsite.Open(ctx, objects, opt)
}

// targetOptions are what package offsite is told. progress may be nil.
func (a *app) targetOptions(progress func(what string, done, total int64)) (opt offsite.Options, err error) {
	opt = offsite.Options{Now: a.Now, Log: a.log, Progress: progress}
	if opt.Identity, opt.Passphrase, err = a.elsewhere.texts(); err != nil {
		return opt, err
	}
	if dir, err := a.findStore(); err == nil {
		opt.Memory = recovery.OffsiteMemory(dir)
	}
	return opt, nil
}

// mostSecret is how long a file with a key is at most.
const mostSecret = 64 << 10

// secretIn reads a small file; "" is none.
func secretIn(name, flag string) (string, error) {
	if name == "" {
		return "", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", misuse("it is the file that was kept in a safe place when the target was made", "--%s: %v", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostSecret))
	if err == nil && strings.TrimSpace(string(text)) == "" {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return "", misuse("", "--%s %s: %v", flag, name, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// objects is the place that an address names.
func (a *app) objects(address string) (shelf.Objects, error) {
	at, err := shelf.ParseAddress(address)
	if err != nil {
		return nil, misuse(shelf.AddressAdvice, "the target: %v", err)
	}
	up, err := byteRate("limit-upload", a.elsewhere.up)
	if err != nil {
		return nil, err
	}
	down, err := byteRate("limit-download", a.elsewhere.down)
	if err != nil {
		return nil, err
	}
	rate := shelf.NewThrottle(up, down)
	if at.Dir != "" {
		return shelf.OpenDir(at.Dir, rate), nil
	}
	return s3.Open(at, rate)
}

func byteRate(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<60 {
		return 0, misuse("for example: 500KB, 2MB", "--%s %s is no number of bytes", flag, text)
	}
	return int64(n), nil
}

// targetFailure says what to do about an error of package offsite.
func targetFailure(err error) (f *term.Failure, ok bool) {
	var told *offsite.Error
	if !errors.As(err, &told) || errors.Is(err, recovery.ErrBad) {
		return nil, false
	}
	f = &term.Failure{Kind: "target", Exit: exitFailed, Message: err.Error(), Err: err, Hint: told.Advice}
	for _, s := range []sentinel{
		{offsite.ErrDamaged, "bad_backup", exitVerify, "storectl backup verify --to TARGET --heal says what is damaged, and mends it from the store"},
		{backup.ErrCorrupt, "bad_backup", exitVerify, "storectl backup list --to TARGET shows the others"},
		{backup.ErrNone, "not_found", exitFailed, "storectl backup list --to TARGET shows what there is"},
		{offsite.ErrNoTarget, "no_target", exitFailed, "storectl backup target init TARGET makes one"},
		{offsite.ErrOther, "other_target", exitFailed, ""},
		{offsite.ErrKey, "key", exitFailed, "give the identity of this target with --identity FILE"},
		{offsite.ErrHeld, "busy", exitBusy, "try again later"},
		{offsite.ErrDenied, "denied", exitFailed, ""},
		{offsite.ErrBusy, "unreachable", exitFailed, "try again later"},
		{offsite.ErrUnable, "unable", exitFailed, ""},
		{offsite.ErrExists, "exists", exitConflict, ""},
		{offsite.ErrRefused, "refused", exitFailed, ""},
	} {
		if errors.Is(err, s.err) {
			f.Kind, f.Exit = s.kind, s.exit
			if f.Hint == "" {
				f.Hint = s.hint
			}
			break
		}
	}
	if place := told.Place; place != "" {
		f.Hint = strings.ReplaceAll(f.Hint, "TARGET", shell.Quote(place))
	}
	return f, true
}

const addressHelp = `

TARGET is such a directory, or a bucket of anything that speaks S3: s3://BUCKET/PREFIX, with ?endpoint=HOST&region=REGION behind it where it is not
Amazon's; or dir:PATH, the same objects as files, which any tool may copy. backup target init makes one. The keys of a bucket come
from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from ~/.aws/credentials; they stand in no address.`

const targetInitHelp = `Make a target in a bucket, or in a directory, and try what the place can do.

What leaves this machine is sealed with age: to a new key, which is printed once and kept nowhere, to the recipients that are named, or to a
passphrase. Without the key nobody has the store back, and you neither: write it down, or keep it in a password manager, and not
on this machine alone. Backups need no key; restore and drill want it in --identity.

The owner of the bucket sees how many objects there are, their sizes and times, and when backups were made, but no name and no
content.`

func (a *app) targetInit() *cobra.Command {
	var to []string
	var plain bool
	cmd := &cobra.Command{
		Use:     "init TARGET",
		Short:   "Make a target, and print its key once",
		Long:    targetInitHelp,
		Example: "  storectl backup target init s3://my-bucket/taskstore\n  storectl backup target init 's3://my-bucket/taskstore?endpoint=s3.example.com&region=eu'\n  storectl backup target init dir:/media/disk/sealed --recipient age1...",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.opt.readOnly {
				return misuse("leave out --read-only", "backup target init: --read-only forbids it")
			}
			sealing := 0
			for _, given := range []bool{len(to) > 0, plain, a.elsewhere.passphrase != ""} {
				if given {
					sealing++
				}
			}
			if sealing > 1 {
				return misuse("use one of them", "backup target init: --recipient, --passphrase-file and --plain exclude each other")
			}
			if a.elsewhere.identity != "" {
				return misuse("leave it out; --recipient age1... seals to a key that you have", "backup target init: --identity opens a target, and there is none yet")
			}
			return a.initTarget(cmd.Context(), args[0], to, plain)
		},
	}
	recipientFlag(cmd.Flags(), &to)
	cmd.Flags().BoolVar(&plain, "plain", false, "seal nothing: who can read the bucket can read all that is in the store")
	return cmd
}

func (a *app) initTarget(ctx context.Context, address string, to []string, plain bool) error {
	opt, err := a.targetOptions(nil)
	if err != nil {
		return err
	}
	objects, err := a.objects(address)
	if err != nil {
		return err
	}
	t, identity, err := offsite.Init(ctx, objects, offsite.InitOptions{Options: opt, Recipients: to, NewIdentity: !plain && len(to) == 0})
	if err != nil {
		return err
	}
	if opt.Passphrase != "" {
		identity = "" // it is at the target, sealed with the passphrase
	}
	m := t.Mark()
	list := term.Props("target", t.String(), "id", t.ID(), "sealed", m.Sealed())
	for _, r := range m.Recipients {
		list = append(list, term.Prop("recipient", r))
	}
	if identity != "" {
		list = append(list, term.Prop("key", identity))
	}
	list = append(list, term.Props("put if absent", m.Probed.Conditional, "delete", m.Probed.Delete)...)
	if err := a.Page("backup-target-init", struct {
		Address    string         `json:"target"`
		ID         string         `json:"id"`
		Sealed     bool           `json:"sealed"`
		Recipients []string       `json:"recipients"`
		Identity   string         `json:"identity"` // "": there is none, or it is sealed with the passphrase
		Probed     offsite.Probed `json:"probed"`
	}{t.String(), t.ID(), m.Sealed(), orEmpty(m.Recipients), identity, m.Probed}, list); err != nil {
		return err
	}
	a.sayTarget(t, identity, opt)
	return nil
}

// sayTarget says what to do next, and what the place cannot do.
func (a *app) sayTarget(t *offsite.Target, identity string, opt offsite.Options) {
	if identity != "" {
		a.Say("this key is shown once and kept nowhere: without it nobody has the store back.")
		a.Say("Put its line into a file away from this machine: restore wants --identity FILE.")
	}
	if opt.Passphrase != "" {
		a.Say("without the passphrase nobody has the store back: restore wants it with --passphrase-file FILE")
	}
	if opt.Memory == "" && t.Mark().Sealed() {
		a.Say("no store is here yet that remembers it: the first backup wants --identity FILE")
	}
	if !t.Mark().Probed.Conditional {
		a.Say("this server puts over what is there even when asked not to: backup forget cannot keep two machines apart there, and wants --alone")
	}
	if !t.Mark().Probed.Delete {
		a.Say("these credentials can only add: create, verify and drill work, backup forget does not; so no thief of them removes a backup")
	}
	a.Say("next: storectl%s backup create --to %s", a.storeFlag(), shell.Quote(t.String()))
}
