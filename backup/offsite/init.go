package offsite

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"taskstore/backup/offsite/pieces"
	"taskstore/backup/offsite/shelf"
	"taskstore/internal/seal"

	"filippo.io/age"
)

// InitOptions says what target to make.
type InitOptions struct {
	Options
	// Recipients are age recipients to whom everything is sealed.
	Recipients []string
	// NewIdentity makes an identity, and seals to it. It is returned, and kept nowhere; with
	// Options.Passphrase it is kept in the target's mark, sealed with that.
	NewIdentity bool

	piece int64 // how long a piece is; 0 is pieceBytes
}

// Init makes a target at a place where none is, and tries what the place can do. identity is the
// text of the identity that was made, "" if none was; without it, nobody reads what comes there.
func Init(ctx context.Context, objs shelf.Objects, opt InitOptions) (t *Target, identity string, err error) {
	t = newTarget(objs, opt.Options)
	defer func() { t.explain(&err) }()
	if _, _, err := readMark(ctx, t.objs); err == nil {
		return nil, "", t.no(fmt.Errorf("%w: a target is there already", ErrExists), "use it, or take another prefix")
	} else if !errors.Is(err, ErrNotThere) {
		return nil, "", err
	}
	m := Mark{Format: markFormat, ID: rand.Text(), Made: t.now(), Piece: cmp.Or(opt.piece, pieceBytes), Recipients: opt.Recipients}
	own := ""
	if opt.NewIdentity || len(opt.Recipients) > 0 {
		if identity, own, err = m.seal(opt); err != nil {
			return nil, "", err
		}
	}
	if m.Probed, err = t.probe(ctx); err != nil {
		return nil, "", err
	}
	t.mark = m
	t.pieces = pieces.Set{Objs: t.objs, Size: m.Piece}
	if t.pieces.Keys, err = pieces.NewKeys(m.ID, m.Recipients, own, nil); err != nil {
		return nil, "", err
	}
	if err := writeMark(ctx, t.objs, m, m.Probed.Conditional); err != nil {
		return nil, "", err
	}
	return t, identity, t.remember(nil)
}

// seal makes the target's own key and seals it, and an identity if one is wanted.
func (m *Mark) seal(opt InitOptions) (identity, own string, err error) {
	if opt.NewIdentity {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return "", "", err
		}
		m.Recipients = append(m.Recipients, id.Recipient().String())
		if identity = id.String(); opt.Passphrase != "" {
			to, err := seal.Passphrase(opt.Passphrase)
			if err == nil {
				m.Passphrase, err = seal.To([]byte(identity), to)
			}
			if err != nil {
				return "", "", err
			}
		}
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	to, err := seal.Recipients(m.Recipients)
	if err != nil {
		return "", "", err
	}
	own = key.String()
	m.OwnKey, err = seal.To([]byte(own), to...)
	return identity, own, err
}

// probe finds out what the place does, and does not trust what it says: of two that put under one
// name, if nothing is there, the second must be refused and the bytes of the first stay.
func (t *Target) probe(ctx context.Context) (p Probed, err error) {
	name := "probe/" + rand.Text()
	first, second := []byte("the first\n"), []byte("the second one\n")
	if err := t.objs.Put(ctx, name, first, true); err != nil {
		return p, err
	}
	back, err := t.objs.Whole(ctx, name, 1<<10)
	if err != nil {
		return p, err
	}
	if !bytes.Equal(back, first) {
		return p, t.objs.Wrong(name, fmt.Errorf("%w: it gives other bytes than were put", ErrDamaged))
	}
	refused := t.objs.Objects.Put(ctx, name, second, true)
	if refused != nil && !errors.Is(refused, ErrExists) && !errors.Is(refused, ErrRefused) && !errors.Is(refused, ErrBusy) {
		return p, refused
	}
	if back, err = t.objs.Whole(ctx, name, 1<<10); err != nil {
		return p, err
	}
	p.Conditional = errors.Is(refused, ErrExists) && bytes.Equal(back, first)
	if o, err := t.objs.Stat(ctx, name); err == nil {
		p.MD5 = o.MD5 != ""
	}
	listed := false
	for o, err := range t.objs.List(ctx, "probe/", "") {
		if err != nil {
			return p, err
		}
		listed = listed || o.Name == name
	}
	if !listed {
		return p, t.objs.Wrong(name, fmt.Errorf("%w: it does not list an object that it has", ErrRefused))
	}
	err = t.objs.Delete(ctx, name)
	if p.Delete = err == nil; errors.Is(err, ErrDenied) {
		err = nil // it can only be added to
	}
	return p, err
}
