package repo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/repo/internal/rows"
	"taskstore/repo/search"
	"taskstore/schema"
)

// Kind is one kind of records, for whatever goes over all kinds or is told the kind by
// its user. It takes and gives records as pointers: *schema.Note, say, and
// *schema.Setting.
type Kind struct {
	Name   string // note
	Plural string // notes, the name of the collection and of its table
	Tags   bool   // its records have tags

	in       func(*Repos) Records
	new      func() any
	head     func(any) *schema.Head
	complete func(any)
	date     string // columns
	updated  string
}

// Records are the records of one kind, with the methods of a Collection. Settings,
// which are values under keys, have the same methods; what settings do not have (a
// trash, words, tags) is a *schema.InvalidError.
type Records interface {
	Get(ctx context.Context, id string, parts ...string) (any, error)
	All(ctx context.Context, q Query, parts ...string) iter.Seq2[any, error]
	List(ctx context.Context, q Query) (Page[schema.Brief], error)
	Count(ctx context.Context, q Query) (int, error)
	Explain(ctx context.Context, q Query) (search.Explanation, error)
	Save(ctx context.Context, value any) error
	Delete(ctx context.Context, ids ...string) error
	Restore(ctx context.Context, ids ...string) error
	Purge(ctx context.Context, ids ...string) error
	Changes(ctx context.Context, id string) ([]Change, error)
	Revs(ctx context.Context, id string) ([]string, error)
	At(ctx context.Context, id string, name RevName) (any, error)
	Revert(ctx context.Context, id string, to RevName) (any, error)
	BringBack(ctx context.Context, value any) (changed bool, err error)
	Marks(ctx context.Context) (map[string]Mark, error)
	Title(ctx context.Context, id string) (string, error)
}

// KindSetting is the name of the one kind that is none of entities.
const KindSetting = "setting"

var kinds = []Kind{
	entityKind(schema.Sessions, func(r *Repos) Collection[schema.Session] { return r.Sessions.Collection }),
	entityKind(schema.Notes, func(r *Repos) Collection[schema.Note] { return r.Notes }),
	entityKind(schema.Tasks, func(r *Repos) Collection[schema.Task] { return r.Tasks }),
	entityKind(schema.Topics, func(r *Repos) Collection[schema.Topic] { return r.Topics }),
	entityKind(schema.Companies, func(r *Repos) Collection[schema.Company] { return r.Companies }),
	entityKind(schema.Contacts, func(r *Repos) Collection[schema.Contact] { return r.Contacts }),
	entityKind(schema.Attachments, func(r *Repos) Collection[schema.Attachment] { return r.Attachments }),
	{
		Name: KindSetting, Plural: "settings",
		in:       func(r *Repos) Records { return settingRecords{r.Settings} },
		new:      func() any { return new(schema.Setting) },
		head:     func(any) *schema.Head { return nil },
		complete: func(any) {},
	},
}

func entityKind[T any](t schema.Table[T], in func(*Repos) Collection[T]) Kind {
	return Kind{
		Name: t.Kind, Plural: t.Name,
		Tags:     slices.ContainsFunc(t.Children, func(c schema.Child[T]) bool { return c.Part == "tags" }),
		in:       func(r *Repos) Records { return records[T]{in(r)} },
		new:      func() any { return new(T) },
		head:     func(v any) *schema.Head { return t.Head(v.(*T)) },
		complete: func(v any) { t.Complete(v.(*T)) },
		date:     t.Date, updated: t.Updated,
	}
}

// Kinds are all kinds, in the order in which people are shown them; settings come last.
func Kinds() []Kind { return slices.Clone(kinds) }

// KindOf finds a kind by its name or its plural, in any case; spaces around do not
// count. None of the name is a *schema.InvalidError.
func KindOf(name string) (Kind, error) {
	word, _ := schema.KindName(name)
	for _, k := range kinds {
		if word == k.Name {
			return k, nil
		}
	}
	return Kind{}, &schema.InvalidError{Field: "kind", Problem: fmt.Sprintf("%q is none of %s", name, strings.Join(plurals(), ", "))}
}

func plurals() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Plural
	}
	return names
}

// IsEntity tells whether the records are entities and not settings: those have a head, a
// trash, words that are searched and links.
func (k Kind) IsEntity() bool { return k.Name != KindSetting }

// In gives the records of a store (&store.Repos), or of a transaction (&tx.Repos).
func (k Kind) In(repos *Repos) Records { return k.in(repos) }

// New makes an empty record.
func (k Kind) New() any { return k.new() }

// Head is the head of a record; nil for a setting.
func (k Kind) Head(value any) *schema.Head { return k.head(value) }

// Rev is the revision of a record.
func (k Kind) Rev(value any) int64 {
	if s, ok := value.(*schema.Setting); ok {
		return s.Rev
	}
	return k.head(value).Rev
}

// Complete says that a value holds all of its record: documents and long lists that its
// JSON did not have are absent, not unread.
func (k Kind) Complete(value any) { k.complete(value) }

// Decode reads the app's JSON of a record, which need not be complete. A setting's JSON
// is its value, and needs a key.
func (k Kind) Decode(text []byte) (value any, warnings []schema.Warning, err error) {
	value = k.new()
	if s, ok := value.(*schema.Setting); ok {
		s.Value, err = schema.Compact(text)
		return value, nil, err
	}
	warnings, err = schema.Decode(text, value)
	return value, warnings, err
}

// Encode writes the app's JSON of a record.
func (k Kind) Encode(value any, opt schema.EncodeOptions) ([]byte, error) {
	if s, ok := value.(*schema.Setting); ok {
		return []byte(s.Value), nil
	}
	return schema.Encode(value, opt)
}

// Changed is when a record was last changed, as far as it says: by its own member, else
// by its date, else when it was saved.
func (k Kind) Changed(value any) schema.Time {
	if s, ok := value.(*schema.Setting); ok {
		return s.SavedAt
	}
	v := reflect.ValueOf(value).Elem()
	for _, name := range []string{k.updated, k.date} {
		for _, c := range schema.Columns(v.Type()) {
			if c.Name == name && name != "" && v.FieldByIndex(c.Index).String() != "" {
				return schema.Time(v.FieldByIndex(c.Index).String())
			}
		}
	}
	return k.head(value).SavedAt
}

// records are those of a type. The methods that name no type are the collection's own.
type records[T any] struct{ Collection[T] }

func (r records[T]) Get(ctx context.Context, id string, parts ...string) (any, error) {
	v, err := r.Collection.Get(ctx, id, parts...)
	return &v, err
}

func (r records[T]) All(ctx context.Context, q Query, parts ...string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for v, err := range r.Collection.All(ctx, q, parts...) {
			if !yield(&v, err) {
				return
			}
		}
	}
}

func (r records[T]) Save(ctx context.Context, value any) error {
	return r.Collection.Save(ctx, value.(*T))
}

func (r records[T]) At(ctx context.Context, id string, name RevName) (any, error) {
	v, err := r.Collection.At(ctx, id, name)
	return &v, err
}

func (r records[T]) Revert(ctx context.Context, id string, to RevName) (any, error) {
	v, err := r.Collection.Revert(ctx, id, to)
	return &v, err
}

func (r records[T]) BringBack(ctx context.Context, value any) (changed bool, err error) {
	return r.Collection.BringBack(ctx, value.(*T))
}

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

func (s settingRecords) Count(ctx context.Context, q Query) (int, error) {
	list, err := s.matching(ctx, q)
	return len(list), err
}

func (s settingRecords) Explain(context.Context, Query) (e search.Explanation, err error) {
	return e, notOfSettings("query", "settings are not searched; they are listed all")
}

func (s settingRecords) Save(ctx context.Context, value any) error {
	return s.Settings.Save(ctx, value.(*schema.Setting))
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
		v, err = saveSetting(ctx, q, v)
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
