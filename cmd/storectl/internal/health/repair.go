package health

import (
	"context"
	"errors"
	"fmt"

	"taskstore/backup/recovery"
	"taskstore/repo"
	"taskstore/repo/check"
)

// Repair is what can be repaired of one area, as far as the store itself knows how.
type Repair struct {
	Area string
	Hurt bool // it changes records: a backup is to be made first
	// Run repairs, and gives what it did. What only makes derived things anew needs no backup.
	Run func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error)
}

// Repairs are all of them, in the order of repair all.
func Repairs() []Repair {
	return []Repair{
		{"fts", false, func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
			return store.Index.Repair(ctx, dryRun, progress)
		}},
		{"rows", true, repairRows},
		{"refs", false, func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
			return store.History.RepairRefs(ctx, dryRun, progress)
		}},
		{"blobs", false, func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
			return store.Contents.Repair(ctx, dryRun, progress)
		}},
	}
}

// repairRows puts rows right. The newest good backup gives back what it can.
func repairRows(ctx context.Context, store *repo.Store, dryRun bool, _ func(done, total int64)) (_ any, err error) {
	planned, err := store.RepairRows(ctx, true)
	if err != nil || dryRun || len(planned) == 0 {
		return append([]check.Repaired{}, planned...), err
	}
	damaged, err := revisionsOf(ctx, store, planned)
	if err != nil {
		return nil, err
	}
	healer, err := recovery.NewHealer(ctx, store, recovery.Options{})
	if err != nil {
		return nil, err
	}
	if healer == nil {
		return store.RepairRows(ctx, false)
	}
	defer func() { err = errors.Join(err, healer.Close()) }()
	n, err := healer.Revisions(ctx)
	if err != nil {
		return nil, err
	}
	list, err := store.RepairRows(ctx, false)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		list = append(list, check.Repaired{Table: "revisions", Detail: fmt.Sprintf("%d were damaged or gone", n), Done: "brought back from backup " + healer.Backup()})
	}
	healed, err := healer.Records(ctx, damaged)
	for _, h := range healed {
		done := check.Repaired{Kind: h.Kind, ID: h.ID, Table: h.Kind, Detail: "damaged", Done: "brought back from backup " + h.Backup}
		if h.Lost {
			done.Detail = "gone"
		}
		list = append(list, done)
	}
	return list, err
}

// revisionsOf gives the records that a repair would accept as they are, with their revisions.
func revisionsOf(ctx context.Context, store *repo.Store, planned []check.Repaired) (map[repo.Ref]int64, error) {
	damaged := map[repo.Ref]int64{}
	for _, r := range planned {
		if k, err := repo.KindOf(r.Kind); err == nil && r.ID != "" {
			damaged[repo.Ref{Kind: k.Name, ID: r.ID}] = 0
		}
	}
	for _, k := range repo.Kinds() {
		marks, err := k.In(&store.Repos).Marks(ctx)
		if err != nil {
			return nil, err
		}
		for of := range damaged {
			if mark, there := marks[of.ID]; there && of.Kind == k.Name {
				damaged[of] = mark.Rev
			}
		}
	}
	return damaged, nil
}
