package offsite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/durable"
	"taskstore/internal/seal"

	"filippo.io/age"
)

// Target is a place where backups are kept. Many goroutines may use it at once.
type Target struct {
	objs    *shelf.Steady
	mark    Mark
	pieces  pieces.Set
	opt     Options
	machine string       // by which leases of this store are known
	mended  bool         // the mark, or its copy, was found damaged
	step    func(string) // told what comes next; for tests
}

// Open finds the target at a place. One that is sealed needs the memory of an earlier opening, or
// an identity: else it is ErrKey, also if the identity fits another target. ErrNoTarget is that
// none was made there, ErrOther that the memory knows another one at this address.
func Open(ctx context.Context, objs shelf.Objects, opt Options) (t *Target, err error) {
	t = newTarget(objs, opt)
	defer func() { t.explain(&err) }()
	here, err := t.recall()
	if err != nil {
		return nil, err
	}
	mark, whole, err := readMark(ctx, t.objs)
	if (errors.Is(err, ErrNotThere) || errors.Is(err, ErrDamaged)) && len(here) == 1 {
		if mark, err = t.remark(ctx, here[0], err); err == nil {
			whole = true
		}
	}
	if errors.Is(err, ErrNotThere) {
		return nil, t.no(ErrNoTarget, "backup target init makes one; else look at the bucket and the prefix of the address")
	}
	if err != nil {
		return nil, err
	}
	t.mark = mark
	known := t.Known()
	others := len(here) > 0 && !slices.ContainsFunc(here, func(k Known) bool { return k.Mark.ID == mark.ID })
	if others || !known.Mark.same(mark) { // also the same one, sealed to others: somebody wants to read what comes there
		return nil, t.no(ErrOther, "if that is meant: storectl backup target forget TARGET")
	}
	if known.Machine != "" {
		t.machine = known.Machine
	}
	if err := t.unlock(known); err != nil {
		return nil, err
	}
	if t.mended = !whole; t.mended {
		if err := writeMark(ctx, t.objs, t.mark, false); err != nil {
			t.opt.Log.Warn("one copy of the target's mark is damaged and cannot be written anew", "reason", err)
		}
	}
	return t, t.remember(nil)
}

func newTarget(objs shelf.Objects, opt Options) *Target {
	t := &Target{opt: opt.withDefaults(), machine: rand.Text(), step: func(string) {}}
	t.objs = shelf.NewSteady(objs, func(err error, wait time.Duration) {
		t.opt.Log.Info("try again", "reason", err, "in", wait)
	})
	return t
}

// recall finds what is known of the targets that were at this address: disks may take turns there.
func (t *Target) recall() ([]Known, error) {
	if t.opt.Memory == "" {
		return nil, nil
	}
	list, err := Recall(t.opt.Memory)
	return slices.DeleteFunc(list, func(k Known) bool { return k.Address != t.String() }), err
}

// remark takes the mark from the memory where the place has lost both that it had, and still has
// what was put there.
func (t *Target) remark(ctx context.Context, known Known, lost error) (Mark, error) {
	t.pieces.Objs = t.objs
	for _, folder := range []string{backupsFolder, contentsFolder} {
		if there, err := t.pieces.Streams(ctx, folder); err != nil {
			return Mark{}, err
		} else if len(there) > 0 {
			t.opt.Log.Warn("the mark of the target was lost there, and is written anew", "target", t.String())
			return known.Mark, writeMark(ctx, t.objs, known.Mark, false)
		}
	}
	return Mark{}, lost
}

// unlock finds the keys of the target.
func (t *Target) unlock(known Known) (err error) {
	var ids []age.Identity
	if t.opt.Identity != "" {
		if ids, err = seal.Identities(t.opt.Identity); err != nil {
			return t.no(fmt.Errorf("%w: the file of the identity: %w", ErrKey, err), "it is what backup target init printed, a line that begins with AGE-SECRET-KEY-1")
		}
	}
	if t.opt.Passphrase != "" && t.mark.Sealed() {
		id, err := t.mark.byPassphrase(t.opt.Passphrase)
		if err != nil {
			return t.no(err, "")
		}
		ids = append(ids, id)
	}
	own := known.OwnKey
	switch {
	case !t.mark.Sealed():
	case len(ids) > 0:
		text, err := pieces.OpenWith(t.mark.OwnKey, ids...)
		if err != nil {
			return t.no(err, "this target is sealed to "+strings.Join(t.mark.Recipients, ", ")+": give the identity of one of them with --identity")
		}
		own = string(text)
	case own == "":
		return t.no(fmt.Errorf("%w: the target is sealed, and this store has not used it yet", ErrKey), "give its identity once with --identity FILE, or --passphrase-file FILE")
	}
	t.pieces = pieces.Set{Objs: t.objs, Size: t.mark.Piece}
	t.pieces.Keys, err = pieces.NewKeys(t.mark.ID, t.mark.Recipients, own, ids)
	return err
}

// byPassphrase opens the identity that lies in the mark.
func (m Mark) byPassphrase(passphrase string) (age.Identity, error) {
	if len(m.Passphrase) == 0 {
		return nil, fmt.Errorf("%w: the target was made without a passphrase: give --identity", ErrKey)
	}
	with, err := seal.ByPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	text, err := pieces.OpenWith(m.Passphrase, with)
	if errors.Is(err, ErrKey) || errors.Is(err, ErrDamaged) {
		return nil, fmt.Errorf("%w: the passphrase is another one", ErrKey)
	}
	if err != nil {
		return nil, err
	}
	return age.ParseX25519Identity(string(text))
}

// no is an error about the whole target.
func (t *Target) no(why error, advice string) error {
	return &Error{Place: t.String(), Why: why, Advice: advice}
}

// explain sees to it that an error names the place.
func (t *Target) explain(err *error) {
	var told *Error
	if *err != nil && !errors.As(*err, &told) {
		*err = &Error{Place: t.String(), Why: *err}
	}
}

// String is the address.
func (t *Target) String() string { return t.objs.String() }

// ID names the target, wherever it is copied to.
func (t *Target) ID() string { return t.mark.ID }

// Mark is what the place says that it is.
func (t *Target) Mark() Mark { return t.mark }

// Readable tells that databases and contents can be read: nothing is sealed, or an identity was
// given. Without, backups can be made, verified, listed and forgotten, and not restored.
func (t *Target) Readable() bool { return t.pieces.Keys.Readable() }

// NeedReadable is ErrKey if it is not Readable.
func (t *Target) NeedReadable() error {
	if t.Readable() {
		return nil
	}
	return t.no(fmt.Errorf("%w: what is there is sealed, and no identity was given", ErrKey), "give it with --identity FILE, or --passphrase-file FILE")
}

// Known is what the store remembers of the target.
func (t *Target) Known() Known {
	k, err := readKnown(t.knownFile())
	if err != nil || t.opt.Memory == "" {
		return Known{Address: t.String(), Mark: t.mark}
	}
	return k
}

func (t *Target) now() time.Time { return t.opt.Now().UTC().Truncate(time.Millisecond) }

// Staging is the directory beside the store in which backups for this target are made ready; ""
// if nothing is remembered. What an upload that was cut had made is found there.
func (t *Target) Staging() (string, error) {
	if t.opt.Memory == "" {
		return "", nil
	}
	dir := filepath.Join(t.opt.Memory, t.mark.ID)
	return dir, durable.MakeDir(dir)
}
