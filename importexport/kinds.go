package importexport

import (
	"context"
	"errors"

	"taskstore/repo"

	"golang.org/x/sync/errgroup"
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
	group, ctx := errgroup.WithContext(ctx)
	values := make(chan any, readAhead)
	group.Go(func() error {
		defer close(values)
		return readAll(ctx, tx, k, trash, values)
	})
	group.Go(func() error {
		for v := range values {
			if err := fn(v); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// readAhead is how many records are read while others are written: about as many as
// are read at once.
const readAhead = 32

func readAll(ctx context.Context, tx *repo.Tx, k repo.Kind, trash bool, values chan<- any) error {
	for v, err := range k.In(&tx.Repos).All(ctx, repo.Query{Sort: "-" + repo.SortDate, Trash: trash}, repo.Full) {
		if err != nil {
			return err
		}
		select {
		case values <- v:
		case <-ctx.Done():
			return ctx.Err()
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
