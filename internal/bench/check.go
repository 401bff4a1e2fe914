package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"taskstore/repo"
	"taskstore/repo/check"
	"taskstore/schema"
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

// benchChecksum compares what the checksums of a note's rows cost with what it
// costs to save the note in a big transaction. The rows are hashed as the store
// does it: the name and the value of each column that is not NULL.
func benchChecksum(ctx context.Context, e *env) error {
	s, err := e.fresh(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	n, from := e.size(3000, 300), 0
	a, b, err := e.interleave(func() (float64, error) {
		list := notes(from, n)
		buf := make([]byte, 0, 4096)
		return timed(n, func(i int) error { buf = noteSums(buf, list[i]); return nil })
	}, func() (float64, error) {
		from += n
		list := notes(from, n)
		start := time.Now()
		err := s.Notes.Save(ctx, list...)
		return time.Since(start).Seconds() / float64(n), err
	})
	e.table.add(line{name: "checksums of a note's rows / a save of it in bulk", ours: a, other: b, unit: "s", goal: 0.15})
	return err
}

func noteSums(b []byte, n *schema.Note) []byte {
	b = rowSum(b, "id", n.ID, "rev", "12345678", "saved_at", string(n.Timestamp), "content", n.Content, "summary", n.Summary, "timestamp", string(n.Timestamp),
		"last_updated", string(n.LastUpdated), "source", n.Source, "status", n.Status, "metadata", string(n.Metadata))
	for _, t := range n.Tags {
		b = rowSum(b, "tag", t)
	}
	for _, l := range n.Links {
		b = rowSum(b, "member", l.Member, "type", l.Type, "kind", l.Kind, "id", l.ID, "incoming", "12345678", "rel_id", "", "rel_type", "", "source_type", "",
			"source_id", "", "target_type", "", "target_id", "", "canonical", "12345678")
	}
	for _, u := range n.Updates {
		b = rowSum(b, "id", u.ID, "content", u.Content, "timestamp", string(u.Timestamp), "source", u.Source)
	}
	return b
}

func rowSum(b []byte, columns ...string) []byte {
	b = append(b[:0], "position"...)
	for i := 0; i < len(columns); i += 2 {
		b = append(append(append(b, columns[i]...), 0, 't'), "lengthof"...)
		b = append(b, columns[i+1]...)
	}
	sum := sha256.Sum256(b)
	return binary.BigEndian.AppendUint64(b[:0], binary.BigEndian.Uint64(sum[:8]))
}
