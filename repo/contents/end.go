package contents

import (
	"context"

	"taskstore/internal/sqlitedb"
)

// Ended says what became of contents that were to be ended.
type Ended struct {
	Removed Tally    `json:"removed"`
	Needed  []string `json:"needed"` // by something in the store
	Kept    []string `json:"kept"`   // by a kept backup
}

// End removes contents for good, without a grace period and without a stay in the trash, those
// that nothing in the store needs and no kept backup names. One that is not there is left out.
func (s *Handle) End(ctx context.Context, sums []string) (rep Ended, err error) {
	defer sqlitedb.Wrap(&err, "end %d contents", len(sums))
	if s.readOnly {
		return rep, sqlitedb.ErrReadOnly
	}
	if len(sums) == 0 {
		return rep, nil
	}
	err = s.hold(ctx, func() error { return s.end(ctx, sums, &rep) })
	return rep, err
}

func (s *Handle) end(ctx context.Context, sums []string, rep *Ended) error {
	kept, err := s.keptByBackups(ctx)
	if err != nil {
		return err
	}
	var free []idle
	for _, sha := range sums {
		if kept[sha] {
			rep.Kept = append(rep.Kept, sha)
		} else {
			free = append(free, idle{SHA256: sha})
		}
	}
	c := &collector{s: s, now: s.now(), all: true}
	for len(free) > 0 {
		batch := free[:min(collectBatch, len(free))]
		free = free[len(batch):]
		if err := c.end(ctx, batch, rep); err != nil {
			return err
		}
	}
	return nil
}

// end moves a few contents to the trash and ends them there.
func (c *collector) end(ctx context.Context, batch []idle, rep *Ended) error {
	trashed, err := c.batch(ctx, batch)
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, i := range trashed {
		gone[i.SHA256] = true
	}
	for _, i := range batch {
		if !gone[i.SHA256] {
			rep.Needed = append(rep.Needed, i.SHA256)
		}
	}
	files, err := c.s.TrashFiles(ctx)
	if err != nil {
		return err
	}
	list := make([]Trashed, len(trashed))
	for i, t := range trashed {
		list[i] = Trashed{SHA256: t.SHA256}
	}
	removed, err := c.s.purgeBatch(ctx, list)
	for _, t := range removed {
		if info, there := files[t.SHA256]; there {
			rep.Removed.add(info.Stored)
		}
	}
	return err
}
