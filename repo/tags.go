package repo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/contents"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
	"taskstore/repo/listing"
	"taskstore/schema"
)

// TagUse says how many live entities have a tag.
type TagUse struct {
	Tag    string         `json:"tag"`
	Total  int            `json:"total"`
	Counts map[string]int `json:"counts"` // by collection
}

// Tags counts the tags of all live entities, the most used first. The numbers are kept:
// it costs what it gives, however many entities have them.
func (s *Store) Tags(ctx context.Context) (list []TagUse, err error) {
	defer sqlitedb.Wrap(&err, "count the tags")
	at := map[string]int{}
	err = s.read(ctx, func(q *sqlitedb.Tx) error {
		for _, r := range rows.Relations {
			uses, err := listing.TagCounts(ctx, q, r)
			if err != nil {
				return err
			}
			for _, u := range uses {
				i, ok := at[u.Value]
				if !ok {
					i, at[u.Value] = len(list), len(list)
					list = append(list, TagUse{Tag: u.Value, Counts: map[string]int{}})
				}
				list[i].Counts[r.Name] = int(u.Count)
				list[i].Total += int(u.Count)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b TagUse) int {
		if a.Total != b.Total {
			return b.Total - a.Total
		}
		return strings.Compare(a.Tag, b.Tag)
	})
	return list, err
}

// TagChange says what a change of tags did, or would do: how many entities of
// each collection got a new revision, those in the trash included.
type TagChange struct {
	Changed map[string]int `json:"changed"`
}

// Total counts the entities.
func (c TagChange) Total() (n int) {
	for _, one := range c.Changed {
		n += one
	}
	return n
}

// RenameTags gives every entity that has one of the tags from the tag to in the
// place of the first of them; to "" takes them away. All of it is one
// transaction, and each entity gets a new revision. With dryRun nothing is
// changed, and the entities are counted.
func (s *Store) RenameTags(ctx context.Context, from []string, to string, dryRun bool) (c TagChange, err error) {
	defer sqlitedb.Wrap(&err, "change the tags %s", strings.Join(from, ", "))
	c.Changed = map[string]int{}
	if dryRun {
		return c, s.read(ctx, func(q *sqlitedb.Tx) error { return countTagged(ctx, q, from, to, c) })
	}
	return c, s.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		clear(c.Changed)
		for _, r := range rows.Relations {
			ids, err := tagged(ctx, q, r, from)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := modifyOne(ctx, q, r, s, id, func(v any) error { retag(r, v, from, to); return nil }); err != nil {
					sqlitedb.Wrap(&err, "%s %q", r.Kind, id)
					return err
				}
				c.Changed[r.Name]++
			}
		}
		return nil
	})
}

func countTagged(ctx context.Context, q *sqlitedb.Tx, from []string, to string, c TagChange) error {
	for _, r := range rows.Relations {
		ids, err := tagged(ctx, q, r, from)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			c.Changed[r.Name] = len(ids)
		}
	}
	return nil
}

// tagged gives the ids of the entities that have one of the tags.
func tagged(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, tags []string) (ids []string, err error) {
	if r.SQL.Tags == "" {
		return nil, nil
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		var some []string
		err := q.Select(ctx, &some, fmt.Sprintf(`SELECT DISTINCT e.id
FROM %[1]s_tags AS t
JOIN %[2]s AS e ON e.pk = t.%[1]s_pk
WHERE t.tag = ?
ORDER BY e.pk`, r.Kind, r.Name), tag)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// retag changes the tags of v.
func retag(r *rows.Relation, v any, from []string, to string) {
	for _, c := range r.Children {
		if c.Form != schema.FormStrings || c.Part != "tags" {
			continue
		}
		tags := c.At(v).(*[]string)
		next := make([]string, 0, len(*tags))
		done := to == ""
		for _, tag := range *tags {
			old := slices.Contains(from, tag)
			switch {
			case !old && tag != to:
				next = append(next, tag)
			case !done:
				next, done = append(next, to), true
			}
		}
		*tags = next
	}
}

// modify reads an entity, changes it and saves it, within the transaction of q.
func modifyOne(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, in scope, id string, fn func(any) error) error {
	l, err := r.Get(ctx, q, id, nil)
	if err != nil {
		return err
	}
	if err := fn(l.V); err != nil {
		return err
	}
	return storeOne(ctx, q, r, in, l.V, history.ChangeUpdate)
}

// store saves an entity within the transaction of q, whatever its type.
func storeOne(ctx context.Context, q *sqlitedb.Tx, r *rows.Relation, in scope, v any, change string) error {
	e := &rows.Effects{} // which nobody takes back: v is not a caller's
	named, err := in.externalise(ctx, e, v)
	if err != nil {
		return err
	}
	s, err := saving.New(ctx, e, r, v, change, in.now())
	if err != nil {
		return err
	}
	if err := s.ReadOld(ctx, q); err != nil {
		return err
	}
	if err := saving.RefuseMissing(ctx, q, r, "", change, named); err != nil {
		return err
	}
	if err := s.Run(ctx, q); err != nil {
		return err
	}
	if err := contents.Record(ctx, q, in.now(), named); err != nil {
		return err
	}
	s.Tell(e)
	return nil
}
