package repo

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/internal/saving"
	"taskstore/schema"
)

// settingRecords are the settings, by their keys.
type settingRecords struct{ Settings }

func notOfSettings(field, problem string) error {
	return &schema.InvalidError{Kind: KindSetting, Field: field, Problem: problem}
}

func (s settingRecords) Get(ctx context.Context, key string, _ ...string) (any, error) {
	v, err := s.Settings.Get(ctx, key)
	return &v, err
}

// All gives the settings by their keys. A query for what they do not have finds none.
func (s settingRecords) All(ctx context.Context, q Query, _ ...string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		list, err := s.matching(ctx, q)
		if err != nil {
			yield(nil, err)
		}
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

func (s settingRecords) matching(ctx context.Context, q Query) ([]schema.Setting, error) {
	if len(q.Status)+len(q.Tags)+len(q.AnyTags)+len(q.Links)+len(q.AnyLinks) > 0 || q.Text != "" || q.From != "" || q.To != "" {
		return nil, notOfSettings("query", "settings have no states, tags, links, dates or words; they are listed all")
	}
	if q.Trash {
		return nil, nil
	}
	return s.Settings.All(ctx)
}

// List gives all settings on one page.
func (s settingRecords) List(ctx context.Context, q Query) (p Page[schema.Brief], err error) {
	list, err := s.matching(ctx, q)
	for _, v := range list {
		p.Items = append(p.Items, schema.Brief{Kind: KindSetting, ID: v.Key, Rev: v.Rev, Updated: v.SavedAt, Tags: []string{}})
	}
	return p, err
}

// WithPrefix gives the settings whose keys begin with a text, in the order of keys.
func (s settingRecords) WithPrefix(ctx context.Context, prefix string, limit int) ([]schema.Brief, error) {
	page, err := s.List(ctx, Query{})
	found := slices.DeleteFunc(page.Items, func(b schema.Brief) bool { return !strings.HasPrefix(b.ID, prefix) })
	slices.SortFunc(found, func(a, b schema.Brief) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], err
}

func (s settingRecords) Count(ctx context.Context, q Query) (int, error) {
	list, err := s.matching(ctx, q)
	return len(list), err
}

func (s settingRecords) Estimate(ctx context.Context, q Query) (n int, about bool, err error) {
	n, err = s.Count(ctx, q)
	return n, false, err
}

func (s settingRecords) Explain(context.Context, Query) (e Explanation, err error) {
	return e, notOfSettings("query", "settings are not searched; they are listed all")
}

// GetMany gives those of the settings that there are, in the order of the keys given.
func (s settingRecords) GetMany(ctx context.Context, keys []string, _ ...string) (list []any, err error) {
	for _, key := range keys {
		v, err := s.Settings.Get(ctx, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, &v)
	}
	return list, nil
}

func (s settingRecords) Save(ctx context.Context, values ...any) error {
	for _, v := range values {
		if err := s.Settings.Save(ctx, v.(*schema.Setting)); err != nil {
			return err
		}
	}
	return nil
}

func (s settingRecords) Restore(context.Context, ...string) error {
	return notOfSettings("trash", "settings have no trash; what one was before is in its history")
}

func (s settingRecords) Purge(context.Context, ...string) error {
	return notOfSettings("trash", "settings have no trash; what one was before is in its history")
}

func (s settingRecords) Revs(ctx context.Context, key string) (names []string, err error) {
	list, err := s.Changes(ctx, key)
	for _, c := range list {
		names = append(names, RevName{Rev: c.Rev}.String())
	}
	return names, err
}

func (s settingRecords) At(ctx context.Context, key string, name RevName) (any, error) {
	v, err := s.Settings.At(ctx, key, name)
	return &v, err
}

func (s settingRecords) Revert(ctx context.Context, key string, to RevName) (any, error) {
	v, err := s.Settings.Revert(ctx, key, to)
	return &v, err
}

// BringBack makes a setting what value is, whatever its revision is.
func (s settingRecords) BringBack(ctx context.Context, value any) (changed bool, err error) {
	v := *value.(*schema.Setting)
	if history.OriginOf(ctx) == OriginProgram {
		ctx = WithOrigin(ctx, OriginRestore)
	}
	err = s.in.update(ctx, func(ctx context.Context, q *sqlitedb.Tx) error {
		now, err := rows.GetSetting(ctx, q, v.Key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		v.Rev, v.SavedAt = now.Rev, s.in.now()
		v, err = saving.SaveSetting(ctx, q, v)
		changed = v.Rev != now.Rev
		return err
	})
	return changed, err
}

func (s settingRecords) Marks(ctx context.Context) (map[string]Mark, error) {
	list, err := s.Settings.All(ctx)
	marks := make(map[string]Mark, len(list))
	for _, v := range list {
		marks[v.Key] = Mark{ID: v.Key, Rev: v.Rev}
	}
	return marks, err
}

// Title is what lists call a setting: its key says all.
func (s settingRecords) Title(context.Context, string) (string, error) { return "", nil }
