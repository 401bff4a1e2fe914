package recovery

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"taskstore/backup"
	"taskstore/internal/durable"
	"taskstore/repo"
)

// ErrAway means that backups were to go to a place where this store has backups, and
// that the place is empty: most likely its disk is not there.
var ErrAway = errors.New("the place for backups is empty, and it was not")

// enterTarget makes sure that opt.To is the place that is meant: one that holds
// backups, or one where there never were any of this store.
func (o CreateOptions) enterTarget(ctx context.Context, dir string) error {
	path, err := filepath.Abs(o.To)
	if err != nil {
		return err
	}
	home, target := o.catalog(dir), o.catalog(path)
	is, marked, err := target.Target()
	if err != nil {
		return err
	}
	list, err := target.List(ctx)
	if err != nil {
		return err
	}
	places, err := home.Places()
	if err != nil {
		return err
	}
	var known backup.Place
	for _, p := range places {
		if p.Path == path {
			known = p
		}
	}
	switch empty := !marked && len(list) == 0; {
	case empty && known.Path != "" && !o.New:
		return fmt.Errorf("%w: %s held backups of this store on %s", ErrAway, path, known.Used.Local().Format("2006-01-02 15:04"))
	case empty:
		o.log().Warn("this is a new place for backups: none was made there yet", "dir", path)
	case known.Path != "" && is.ID != "" && !known.Has(is.ID):
		o.log().Warn("another disk is in the place for backups than before", "dir", path)
	}
	target.MakePrivate()
	if is, err = target.MarkTarget(ctx); err != nil {
		return err
	}
	if _, err := durable.Private(repo.BlobsDir(path)); err != nil {
		o.log().Debug("others may see the contents beside the backups", "dir", path, "reason", err)
	}
	return home.Remember(ctx, path, is)
}
