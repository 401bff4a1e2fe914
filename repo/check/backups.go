package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"taskstore/backup"
)

// backups plans the look at every backup in the store's directory, each by itself, and at what
// belongs to none.
func (p *plan) backups(ctx context.Context) error {
	look := &job{area: AreaBackups, done: true}
	look.run = func(c *checker, ctx context.Context) error {
		list, err := c.s.backups.List(ctx)
		if err != nil {
			return err
		}
		named := &namedContents{there: map[string]error{}}
		if named.accepted, err = c.acceptedContents(ctx); err != nil {
			return err
		}
		for _, b := range list {
			p.add(&job{area: AreaBackups, run: func(c *checker, ctx context.Context) error { return c.backup(ctx, b, named) }}, 1)
		}
		p.add(&job{area: AreaBackups, run: func(c *checker, _ context.Context) error { return c.strayBackups(c.s.backups) }}, 0)
		return nil
	}
	p.add(look, 0)
	return p.do(ctx, look, p.txs[0])
}

// backup looks at one backup: by the sizes of its files, or byte by byte, and whether the
// contents it names are there.
func (c *checker) backup(ctx context.Context, b backup.Backup, named *namedContents) error {
	var err, lacking error // lacking: a content that it names
	if c.opt.Quick {
		err = c.s.backups.Look(b)
	} else {
		err = c.s.backups.Same(ctx, b, func(one backup.Content) error {
			failed := named.look(ctx, c, one)
			lacking = errors.Join(lacking, failed)
			return failed
		})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.tally.add(AreaBackups, 1)
	p := Problem{Area: AreaBackups, Severity: SeverityError, Kind: "backup", ID: b.ID}
	switch {
	case errors.Is(err, backup.ErrNone): // rotated out meanwhile
		return nil
	case lacking != nil:
		p.Detail, p.Fix = err.Error(), fixBlobs
	case errors.Is(err, backup.ErrState):
		p.Detail, p.Fix = err.Error(), "storectl backup verify "+b.ID
	case err != nil:
		p.Detail, p.Fix = err.Error(), "storectl backup forget "+b.ID
	case len(b.Damage) > 0:
		p.Severity, p.Detail, p.Fix = SeverityNote, b.Problem(), "storectl backup show "+b.ID // it is a true copy: none is to be removed for it
	default:
		return nil
	}
	c.found(p)
	return nil
}

// namedContents are the contents that backups name, each of which is looked for once.
type namedContents struct {
	accepted acceptedContents
	mu       sync.Mutex
	there    map[string]error
}

// look tells whether a content is there, or known to be lost.
func (n *namedContents) look(ctx context.Context, c *checker, one backup.Content) error {
	if _, lost := n.accepted[one.SHA256]; lost {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	err, known := n.there[one.SHA256]
	if !known {
		quick := *c
		quick.opt.Quick = true
		if err = quick.content(ctx, neededContent{SHA256: one.SHA256}); err != nil {
			err = fmt.Errorf("content %s: %w", one.SHA256, err)
		}
		n.there[one.SHA256] = err
	}
	return err
}

func (c *checker) strayBackups(catalog *backup.Catalog) error {
	names, err := catalog.Strays()
	for _, name := range names {
		id, _, _ := strings.Cut(name, ".")
		c.found(Problem{Area: AreaBackups, Severity: SeverityWarning, Kind: "backup", ID: id, Detail: filepath.Join(catalog.Dir(), name) + " belongs to no backup: its manifest is gone",
			Fix: "storectl backup forget " + id})
	}
	return err
}
