package offsite

import (
	"context"
	"slices"

	"taskstore/backup"
	"taskstore/internal/pattern"
)

// A target may hold the backups of several stores. Whose one is says an empty object, which is there before
// its manifest: a policy is about the backups of one store, and removes none of another's.

const originBase = stateFolder + "of-"

var originForm = pattern.Of(`^state/of-([0-9A-Z]+)-(\d{8}-\d{6}-\d{3}-[0-9a-f]{4})$`)

func (t *Target) sayOrigin(ctx context.Context, id string) error {
	_, err := t.pieces.PutEmpty(ctx, originBase+t.machine+"-"+id)
	return err
}

// origins gives whose backups are there, by their ids.
func (t *Target) origins(ctx context.Context) (of map[string]string, err error) {
	of = map[string]string{}
	for o, err := range t.objs.List(ctx, originBase, "") {
		if err != nil {
			return nil, err
		}
		is, ok := t.empty(o)
		if m := originForm.FindStringSubmatch(is); ok && m != nil {
			of[m[2]] = m[1]
		}
	}
	return of, nil
}

// Inherit has the store go on with the backups of that of which a backup is: it was restored from it.
func (t *Target) Inherit(ctx context.Context, id string) (err error) {
	defer t.explain(&err)
	of, err := t.origins(ctx)
	if machine := of[id]; err == nil && machine != "" && machine != t.machine {
		err = t.remember(func(k *Known) {
			if !slices.Contains(k.Inherited, machine) {
				k.Inherited = append(k.Inherited, machine)
			}
		})
	}
	return err
}

// mine are the machines whose backups are of this store.
func (t *Target) mine() []string { return append(t.Known().Inherited, t.machine) }

// own parts backups into those of this store, and those of others: also one of which nobody can say whose it is any more.
func (t *Target) own(ctx context.Context, all []backup.Backup) (own, others []backup.Backup, err error) {
	of, err := t.origins(ctx)
	mine := t.mine()
	for _, b := range all {
		if slices.Contains(mine, of[b.ID]) {
			own = append(own, b)
		} else {
			others = append(others, b)
		}
	}
	return own, others, err
}

// ownIfAny gives those of this store, or all if none of some backups is: it is a new one, or has none there.
func (t *Target) ownIfAny(ctx context.Context, all []backup.Backup) ([]backup.Backup, error) {
	own, _, err := t.own(ctx, all)
	if err != nil || len(own) == 0 {
		return all, err
	}
	return own, nil
}

// Own gives those of some backups that are of this store.
func (t *Target) Own(ctx context.Context, all []backup.Backup) (own []backup.Backup, err error) {
	defer t.explain(&err)
	own, _, err = t.own(ctx, all)
	return own, err
}

// decide applies a policy to the backups of this store among some, and keeps those of others.
func (t *Target) decide(ctx context.Context, all []backup.Backup, p backup.Policy) (list []backup.Decision, err error) {
	all, others, err := t.own(ctx, all)
	if err != nil {
		return nil, err
	}
	if list, err = backup.Decide(all, p, t.opt.Now()); err != nil {
		return nil, err
	}
	for _, b := range others {
		list = append(list, backup.Decision{Backup: b, Keep: true, Why: []string{"of another store"}})
	}
	slices.SortStableFunc(list, func(a, b backup.Decision) int { return b.Created.Compare(a.Created) })
	return list, nil
}
