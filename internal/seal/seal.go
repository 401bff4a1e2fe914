// Package seal seals bytes with age, and opens what was sealed: what leaves this
// machine. Its one idea is that a key is a text: an identity as age-keygen or
// this program prints it, a recipient, or a passphrase.
//
// It promises that another key and damaged bytes are told apart. Where keys are
// kept, and what is sealed to whom, is for whoever uses it.
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"taskstore/internal/pattern"

	"filippo.io/age"
)

var (
	// ErrKey says that the key that is needed was not given, or that another was.
	ErrKey = errors.New("the key does not fit")
	// ErrDamaged says that what was sealed is not what it was.
	ErrDamaged = errors.New("the bytes are not those that were sealed")
)

// Recipients reads age recipients.
func Recipients(list []string) (out []age.Recipient, err error) {
	for _, text := range list {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%w: recipient %q: %w", ErrKey, text, err)
		}
		out = append(out, r)
	}
	return out, nil
}

var identityForm = pattern.Of(`AGE-SECRET-KEY-[0-9A-Z-]+`)

// Identities reads a file of identities, or all that was printed when one was made.
func Identities(text string) ([]age.Identity, error) {
	ids, err := age.ParseIdentities(strings.NewReader(text))
	if lines := identityForm.FindAllString(text, -1); err != nil && len(lines) > 0 {
		return age.ParseIdentities(strings.NewReader(strings.Join(lines, "\n")))
	}
	return ids, err
}

// WorkFactor is how hard a passphrase is to guess: 2 to so much; about a second for each try.
var WorkFactor = 18

// Passphrase is a recipient whose identity is a passphrase.
func Passphrase(passphrase string) (age.Recipient, error) {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	to.SetWorkFactor(WorkFactor)
	return to, nil
}

// ByPassphrase is the identity that a passphrase is.
func ByPassphrase(passphrase string) (age.Identity, error) {
	with, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return with, nil
}

// To seals a few bytes.
func To(body []byte, to ...age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(body) + len(body)/1000 + 1024)
	w, err := age.Encrypt(&out, to...)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// Open gives a few bytes that were sealed. Those that one of the identities cannot open are
// ErrKey, those that are not what they were ErrDamaged.
func Open(body []byte, with ...age.Identity) ([]byte, error) {
	r, err := Reader(bytes.NewReader(body), with...)
	if err != nil {
		return nil, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, len(body)))
	_, err = io.Copy(buf, r)
	return buf.Bytes(), err
}

// Reader opens what is sealed in r; its errors are those of Open, and those of r as they are. Every
// byte that it gives is as it was; whether all of them came is known at the end.
func Reader(r io.Reader, with ...age.Identity) (io.Reader, error) {
	from := &source{Reader: r}
	open, err := age.Decrypt(from, with...)
	var other *age.NoIdentityMatchError
	switch {
	case errors.As(err, &other):
		return nil, fmt.Errorf("%w: the identity that was given opens other things", ErrKey)
	case err != nil:
		return nil, from.why(err)
	}
	return reader{open, from}, nil
}

// source remembers why it could not be read: then nobody knows whether the bytes are damaged.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *source) why(err error) error {
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// reader says that what cannot be opened is damaged.
type reader struct {
	io.Reader
	from *source
}

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = r.from.why(err)
	}
	return n, err
}

// Writer seals what is written to it, to w, which has all of it once the writer is closed.
func Writer(w io.Writer, to ...age.Recipient) (io.WriteCloser, error) { return age.Encrypt(w, to...) }

const (
	intro        = "age-encryption.org/v1\n"
	byPassphrase = "-> scrypt "
)

// IsSealed tells of the beginning of a file whether it is sealed, and whether with a passphrase.
func IsSealed(begin []byte) (sealed, passphrase bool) {
	rest, sealed := bytes.CutPrefix(begin, []byte(intro))
	return sealed, sealed && bytes.HasPrefix(rest, []byte(byPassphrase))
}
