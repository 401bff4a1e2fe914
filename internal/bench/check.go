package main

import (
	"context"
	"fmt"
	"os"

	"taskstore/repo"
	"taskstore/repo/check"
)

// benchCheck checks a store of many sessions, everything and quick, beside cp of its file.
func benchCheck(ctx context.Context, e *env) error {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	info, err := os.Stat(s.Path())
	if err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		opt  check.Options
		goal float64
	}{{"check of a store of %.0f MB / cp of the database", check.Options{}, 4}, {"check --quick of a store of %.0f MB / cp", check.Options{Quick: true}, 0.3}} {
		ours, other, err := e.interleave(func() (float64, error) {
			return took(func() error { return wantSound(ctx, s, one.opt) })
		}, func() (float64, error) { return e.cp(s.Path()) })
		if err != nil {
			return err
		}
		name := fmt.Sprintf(one.name, float64(info.Size())/1e6)
		e.table.add(line{name: name, ours: ours, other: other, unit: "s", noGoal: true})
		e.table.add(line{name: "  the same", ours: ours, unit: "s", goal: one.goal})
	}
	return nil
}

func wantSound(ctx context.Context, s *repo.Store, opt check.Options) error {
	r, err := s.Check(ctx, opt)
	if err == nil && !r.OK {
		err = fmt.Errorf("a check found %v", r.Problems)
	}
	return err
}
