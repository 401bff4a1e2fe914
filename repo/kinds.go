package repo

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

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
	GetMany(ctx context.Context, ids []string, parts ...string) ([]any, error)
	All(ctx context.Context, q Query, parts ...string) iter.Seq2[any, error]
	List(ctx context.Context, q Query) (Page[schema.Brief], error)
	WithPrefix(ctx context.Context, prefix string, limit int) ([]schema.Brief, error)
	Count(ctx context.Context, q Query) (int, error)
	Estimate(ctx context.Context, q Query) (n int, about bool, err error)
	Explain(ctx context.Context, q Query) (Explanation, error)
	Save(ctx context.Context, values ...any) error
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

// ID is the id of a record, the key of a setting.
func (k Kind) ID(value any) string {
	if s, ok := value.(*schema.Setting); ok {
		return s.Key
	}
	return k.head(value).ID
}

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

// Touch notes in a record that it was changed now, in the members by which the app tells: in the one that all records
// of its kind have, and in those that it has besides. A member that differs from the one in was stays.
func (k Kind) Touch(value, was any, now schema.Time) {
	if !k.IsEntity() {
		return
	}
	v, w := reflect.ValueOf(value).Elem(), reflect.ValueOf(was).Elem()
	for _, c := range schema.Columns(v.Type()) {
		if c.Name != k.updated && c.Name != "last_updated" && c.Name != "updated_at" {
			continue
		}
		text := v.FieldByIndex(c.Index)
		if text.String() == w.FieldByIndex(c.Index).String() && (c.Name == k.updated || text.String() != "") {
			text.SetString(string(now))
		}
	}
}

// KeepDate gives a record that says nothing of when it took place, or was created, the time that was has: the store
// itself notes one in a new record without.
func (k Kind) KeepDate(value, was any) {
	if !k.IsEntity() {
		return
	}
	for _, c := range schema.Columns(reflect.TypeOf(value).Elem()) {
		if at := reflect.ValueOf(was).Elem().FieldByIndex(c.Index); c.Name == k.date && !at.IsZero() {
			schema.FillTime(value, c, schema.Time(at.String()))
		}
	}
}

// records are those of a type. The methods that name no type are the collection's own.
type records[T any] struct{ Collection[T] }

func (r records[T]) Get(ctx context.Context, id string, parts ...string) (any, error) {
	v, err := r.Collection.Get(ctx, id, parts...)
	return &v, err
}

func (r records[T]) GetMany(ctx context.Context, ids []string, parts ...string) ([]any, error) {
	found, err := r.Collection.GetMany(ctx, ids, parts...)
	list := make([]any, len(found))
	for i := range found {
		list[i] = &found[i]
	}
	return list, err
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

func (r records[T]) Save(ctx context.Context, values ...any) error {
	list := make([]*T, len(values))
	for i, v := range values {
		list[i] = v.(*T)
	}
	return r.Collection.Save(ctx, list...)
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
