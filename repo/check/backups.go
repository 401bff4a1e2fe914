package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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
	there := map[string]error{}
	for _, b := range list {
		err := catalog.Look(b)
		if err == nil && !c.opt.Quick {
			err = catalog.Verify(ctx, b.ID, false, func(one backup.Content) error { return c.named(ctx, there, one) })
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.tally.add(AreaBackups, 1)
		switch {
		case errors.Is(err, backup.ErrNone): // rotated out meanwhile
		case errors.Is(err, backup.ErrState):
			c.found(Problem{Area: AreaBackups, Severity: SeverityError, Kind: "backup", ID: b.ID, Detail: err.Error(), Fix: "storectl backup verify " + b.ID})
		case err != nil:
			c.found(Problem{Area: AreaBackups, Severity: SeverityError, Kind: "backup", ID: b.ID, Detail: err.Error(), Fix: fixBackup})
		case len(b.Damage) > 0:
			c.found(Problem{Area: AreaBackups, Severity: SeverityNote, Kind: "backup", ID: b.ID, Detail: b.Problem(), Fix: "nothing: it is a true copy of a damaged store"})
		}
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

const fixBackup = "make a new backup; what is left of this one can be removed with storectl backup forget"

func (c *checker) strayBackups(catalog *backup.Catalog) error {
	names, err := catalog.Strays()
	for _, name := range names {
		c.found(Problem{Area: AreaBackups, Severity: SeverityWarning, Kind: "backup", Detail: filepath.Join(catalog.Dir(), name) + " belongs to no backup: its manifest is gone",
			Fix: "bring the manifest back, or remove the file"})
	}
	return err
}
