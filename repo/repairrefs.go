package repo

import "context"

// RefRepair is what a repair of the references did, or with a dry run would do.
type RefRepair struct {
	States int64 `json:"states"` // kept states that were read
	Added  int64 `json:"added"`  // contents that a state needs and that were not noted
}

// RepairRefs notes, for every kept state, the contents that it needs. What is noted
// already stays: at worst it keeps a content.
func (s *Store) RepairRefs(ctx context.Context, dryRun bool, progress func(done, total int64)) (rep RefRepair, err error) {
	defer wrap(&err, "find out which contents the kept states need")
	if s.opt.ReadOnly && !dryRun {
		return rep, ErrReadOnly
	}
	var lost []lostRef
	err = s.read(ctx, func(q execer) error {
		return lostRefs(ctx, q, func(found []lostRef, done, total int64) error {
			lost = append(lost, found...)
			rep.States = done
			if progress != nil {
				progress(done, total)
			}
			return ctx.Err()
		})
	})
	rep.Added = int64(len(lost))
	if err != nil || dryRun {
		return rep, err
	}
	for len(lost) > 0 {
		batch := lost[:min(repairBatch, len(lost))]
		lost = lost[len(batch):]
		if err := s.write(ctx, func(ctx context.Context, q execer) error { return noteRefs(ctx, q, batch) }); err != nil {
			return rep, err
		}
	}
	return rep, nil
}
