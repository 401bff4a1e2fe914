package importexport

import (
	"context"
	"errors"

	"taskstore/repo"
)

// Kinds are the collections of a store, in the order in which they are written.
func Kinds() []string {
	var list []string
	for _, k := range repo.Kinds() {
		list = append(list, k.Plural)
	}
	return list
}

// eachOf gives fn the records of a kind that are live, or those in the trash.
func eachOf(ctx context.Context, tx *repo.Tx, k repo.Kind, trash bool, fn func(value any) error) error {
	for v, err := range k.In(&tx.Repos).All(ctx, repo.Query{Sort: "-" + repo.SortDate, Trash: trash}, repo.Full) {
		if err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// found turns the error for what is not there into nil.
func found(err error) (bool, error) {
	if errors.Is(err, repo.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
