package health

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		{"rows", true, func(ctx context.Context, store *repo.Store, dryRun bool, _ func(done, total int64)) (any, error) {
			return RepairRows(ctx, store, dryRun, func(repo.Revived) bool { return false })
		}},
		{"refs", false, func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
			return store.History.RepairRefs(ctx, dryRun, progress)
		}},
		{"blobs", false, func(ctx context.Context, store *repo.Store, dryRun bool, progress func(done, total int64)) (any, error) {
			return store.Contents.Repair(ctx, dryRun, progress)
		}},
	}
}

// RepairRows puts rows right. The newest good backup gives back what it can, and then the
// history what is gone. A record that comes back from its history is told, unless noted says
// that it stands elsewhere.
func RepairRows(ctx context.Context, store *repo.Store, dryRun bool, noted func(repo.Revived) bool) ([]check.Repaired, error) {
	list, err := store.RepairRows(ctx, true)
	if err != nil {
		return nil, err
	}
	gone, err := revive(ctx, store, true, func(repo.Revived) bool { return false })
	if err != nil || dryRun || len(list)+len(gone) == 0 {
		return slices.Concat([]check.Repaired{}, list, gone), err
	}
	if list, err = healRows(ctx, store, list); err != nil {
		return nil, err
	}
	back, err := revive(ctx, store, false, noted)
	return append(list, back...), err
}

// revive brings records back that are gone although nobody has removed them.
func revive(ctx context.Context, store *repo.Store, dryRun bool, noted func(repo.Revived) bool) (list []check.Repaired, err error) {
	for _, k := range repo.Kinds() {
		if !k.IsEntity() {
			continue
		}
		revived, err := store.History.Revive(ctx, k.Name, dryRun)
		if err != nil {
			return nil, err
		}
		for _, v := range revived {
			if !noted(v) {
				list = append(list, check.Repaired{Kind: k.Plural, ID: v.ID, Table: k.Plural, Detail: "gone", Done: howRevived(v)})
			}
		}
	}
	return list, nil
}

func howRevived(v repo.Revived) string {
	done := fmt.Sprintf("brought back from its history as revision %s, the newest that is kept", v.Name)
	switch {
	case v.Failed != nil:
		done = "still gone: its history does not give it back: " + v.Failed.Error()
	case v.Apart != nil:
		done += "; not its long lists: " + v.Apart.Error()
	}
	return done
}

// healRows puts rows right as planned, with the newest good backup if there is one.
func healRows(ctx context.Context, store *repo.Store, planned []check.Repaired) (_ []check.Repaired, err error) {
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
