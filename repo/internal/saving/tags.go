package saving

import (
	"context"
	"slices"

	"taskstore/repo/internal/rows"
	"taskstore/schema"
)

// writeTags writes the tags of v that the old state does not have as they are kept, and tells which list that
// changes; nil is none. What an import has brought stays as it was.
func writeTags(r *rows.Relation, v, old any) (changed *rows.Child) {
	for _, c := range r.Children {
		if c.Form != schema.FormStrings || c.Part != "tags" {
			continue
		}
		var before []string
		if old != nil {
			before = *c.At(old).(*[]string)
		}
		tags := c.At(v).(*[]string)
		if list := schema.NormalTags(*tags, before); !slices.Equal(list, *tags) {
			*tags, changed = list, c
		}
	}
	return changed
}

// rewriteTags is writeTags for a saving that was bound.
func (s *One) rewriteTags(ctx context.Context) error {
	if s.old == nil || !Refuses(ctx, s.change) {
		return nil
	}
	changed := writeTags(s.r, s.v, s.old.V)
	for i := range s.lists {
		l := &s.lists[i]
		if l.c != changed {
			continue
		}
		var err error
		if l.rows, l.loaded, err = l.c.RowsOf(s.v); err != nil {
			return err
		}
		l.state = rows.StateOf(l.rows)
	}
	return nil
}
