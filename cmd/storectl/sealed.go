package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/importexport"
	"taskstore/internal/durable"
	"taskstore/internal/seal"

	"github.com/spf13/pflag"
)

// keyFiles names the files with what opens something sealed.
type keyFiles struct {
	identity, passphrase string
}

// flags of commands that open a sealed target, or a sealed archive.
func (k *keyFiles) flags(f *pflag.FlagSet, what string) {
	f.StringVar(&k.identity, "identity", "", "the `FILE` with the key (an age identity) that opens a sealed "+what)
	f.StringVar(&k.passphrase, "passphrase-file", "", "the `FILE` with the passphrase of a sealed "+what)
}

func (k *keyFiles) texts() (identity, passphrase string, err error) {
	if identity, err = secretIn(k.identity, "identity"); err == nil {
		passphrase, err = secretIn(k.passphrase, "passphrase-file")
	}
	return identity, passphrase, err
}

func recipientFlag(f *pflag.FlagSet, to *[]string) {
	f.StringSliceVar(to, "recipient", nil, "seal to the age `RECIPIENT` whose key you have (age1...); may be given again")
}

// sealing says to whom something is sealed.
type sealing struct {
	recipients []string
	passphrase string // the name of a file
}

func (s sealing) wanted() bool { return len(s.recipients) > 0 || s.passphrase != "" }

// writer seals what is written to w; nothing if that is not wanted. finish ends it.
func (s sealing) writer(w io.Writer) (_ io.Writer, finish func() error, err error) {
	if !s.wanted() {
		return w, func() error { return nil }, nil
	}
	to, err := seal.Recipients(s.recipients)
	if err != nil {
		return nil, nil, misuse("a recipient is what age-keygen prints as public key, age1...", "--recipient: %v", err)
	}
	if s.passphrase != "" {
		text, err := secretIn(s.passphrase, "passphrase-file")
		if err != nil {
			return nil, nil, err
		}
		phrase, err := seal.Passphrase(text)
		if err != nil {
			return nil, nil, err
		}
		to = append(to, phrase)
	}
	sealed, err := seal.Writer(w, to...)
	if err != nil {
		return nil, nil, err
	}
	return sealed, sealed.Close, nil
}

// opened is a file as it can be read: itself, or what is sealed in it, in a temporary file of
// this user alone that done removes. name is what the file is called in messages.
func (k *keyFiles) opened(ctx context.Context, path, name string) (_ string, done func(), err error) {
	nothing := func() {}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return path, nothing, nil // whoever reads it says what is wrong
	}
	f, err := os.Open(path)
	if err != nil {
		return path, nothing, nil
	}
	defer f.Close()
	var begin [64]byte
	n, _ := f.ReadAt(begin[:], 0)
	sealed, byPhrase := seal.IsSealed(begin[:n])
	if !sealed {
		return path, nothing, nil
	}
	r, err := k.open(durable.Reader(ctx, f), name, byPhrase)
	if err != nil {
		return "", nil, err
	}
	temp, err := durable.Temp("", "storectl-opened-*")
	if err != nil {
		return "", nil, err
	}
	done = func() { os.Remove(temp.Name()) }
	_, err = io.Copy(temp, r)
	if err = errors.Join(err, temp.Close()); err != nil {
		done()
		return "", nil, asDamaged(name, err)
	}
	return temp.Name(), done, nil
}

// open finds the key. What is sealed without one that fits is said as of a target.
func (k *keyFiles) open(f io.Reader, name string, byPhrase bool) (io.Reader, error) {
	identity, passphrase, err := k.texts()
	if err != nil {
		return nil, err
	}
	fails := func(what string) error {
		f := &term.Failure{Kind: "key", Exit: exitFailed, Message: fmt.Sprintf("%s: %v: %s", name, seal.ErrKey, what), Err: seal.ErrKey, Hint: "give its key with --identity FILE"}
		if byPhrase {
			f.Hint = "give its passphrase with --passphrase-file FILE"
		}
		return f
	}
	switch {
	case byPhrase && passphrase != "":
		with, err := seal.ByPassphrase(passphrase)
		if err != nil {
			return nil, err
		}
		r, err := seal.Reader(f, with)
		if errors.Is(err, seal.ErrKey) {
			err = fails("the passphrase is another one")
		}
		return r, asDamaged(name, err)
	case byPhrase:
		return nil, fails("it is sealed with a passphrase, and none was given")
	case identity == "":
		return nil, fails("it is sealed, and no identity was given")
	}
	ids, err := seal.Identities(identity)
	if err != nil {
		return nil, fails(fmt.Sprintf("the file of the identity: %v", err))
	}
	r, err := seal.Reader(f, ids...)
	if errors.Is(err, seal.ErrKey) {
		err = fails("the identity that was given opens other things")
	}
	return r, asDamaged(name, err)
}

func asDamaged(name string, err error) error {
	if errors.Is(err, seal.ErrDamaged) {
		return fmt.Errorf("%s: %w: %w", name, importexport.ErrDamaged, err)
	}
	return err
}
