package seal_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"taskstore/internal/seal"

	"filippo.io/age"
)

func sealed(t *testing.T, body []byte, to ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := seal.Writer(&out, to...)
	if err == nil {
		_, err = w.Write(body)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSeal opens what was sealed to a key and with a passphrase, and tells another key from damage.
func TestSeal(t *testing.T) {
	seal.WorkFactor = 4
	body := bytes.Repeat([]byte("secret"), 30000)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, _ := age.GenerateX25519Identity()
	to, err := seal.Recipients([]string{" " + id.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	text := sealed(t, body, to...)
	if is, phrase := seal.IsSealed(text[:64]); !is || phrase {
		t.Errorf("sealed %v, with a passphrase %v", is, phrase)
	}
	ids, err := seal.Identities("what was printed\n  \"identity\": \"" + id.String() + "\",\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Open(text, ids...); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := seal.Open(text, other); !errors.Is(err, seal.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	for what, spoilt := range map[string][]byte{"cut": text[:len(text)/2], "at a chunk": text[:len(text)-len(body)%(64<<10)-16], "flipped": flipped(text, len(text)/2)} {
		if _, err := seal.Open(spoilt, ids...); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	phrase, err := seal.Passphrase("one two")
	if err != nil {
		t.Fatal(err)
	}
	text = sealed(t, body, phrase)
	if is, byPhrase := seal.IsSealed(text[:64]); !is || !byPhrase {
		t.Errorf("sealed %v, with a passphrase %v", is, byPhrase)
	}
	for words, want := range map[string]error{"one two": nil, "two one": seal.ErrKey} {
		with, err := seal.ByPassphrase(words)
		if err != nil {
			t.Fatal(err)
		}
		r, err := seal.Reader(bytes.NewReader(text), with)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", words, err)
		}
		if err != nil {
			continue
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%q: %d bytes, %v", words, len(got), err)
		}
	}
	if is, _ := seal.IsSealed([]byte("PK\x03\x04")); is {
		t.Error("a zip is taken for sealed")
	}
}

func flipped(text []byte, at int) []byte {
	text = bytes.Clone(text)
	text[at] ^= 1
	return text
}

// TestUnreadable: what cannot be read is not damaged.
func TestUnreadable(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	text := sealed(t, make([]byte, 300<<10), id.Recipient())
	for _, n := range []int{10, len(text) / 2, len(text)} {
		r, err := seal.Reader(io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(errDisk)), id)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if !errors.Is(err, errDisk) || errors.Is(err, seal.ErrDamaged) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

var errDisk = errors.New("the disk gives an error")
