package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"taskstore/backup"
)

// backups looks at every backup in the store's directory: by the sizes of its
// files, or byte by byte, and whether the contents it names are there.
func (c *checker) backups(ctx context.Context) error {
	catalog := c.s.backups
	list, err := catalog.List(ctx)
	if err != nil {
		return err
	}
	c.tally.size(AreaBackups, int64(len(list)))
	accepted, err := c.acceptedContents(ctx)
	if err != nil {
		return err
	}
	there := map[string]error{}
	for _, b := range list {
		var lacking error // a content that it names
		err := catalog.Look(b)
		if err == nil && !c.opt.Quick {
			err = catalog.Verify(ctx, b.ID, false, func(one backup.Content) error {
				if _, lost := accepted[one.SHA256]; lost {
					return nil
				}
				failed := c.named(ctx, there, one)
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
			continue
		case lacking != nil:
			p.Detail, p.Fix = err.Error(), fixBlobs
		case errors.Is(err, backup.ErrState):
			p.Detail, p.Fix = err.Error(), "storectl backup verify "+b.ID
		case err != nil:
			p.Detail, p.Fix = err.Error(), "storectl backup forget "+b.ID
		case len(b.Damage) > 0:
			p.Severity, p.Detail, p.Fix = SeverityNote, b.Problem(), "nothing: it is a true copy of a damaged store"
		default:
			continue
		}
		c.found(p)
	}
	return c.strayBackups(catalog)
}

// named tells whether a content is there, looking once.
func (c *checker) named(ctx context.Context, there map[string]error, one backup.Content) error {
	err, known := there[one.SHA256]
	if !known {
		quick := *c
		quick.opt.Quick = true
		if err = quick.content(ctx, neededContent{SHA256: one.SHA256}); err != nil {
			err = fmt.Errorf("content %s: %w", one.SHA256, err)
		}
		there[one.SHA256] = err
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
