package importexport

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

// records gives exports and imports the records of one kind, whatever their type.
// A value is a pointer to the entity.
type records interface {
	kind() string       // note
	collection() string // notes
	each(ctx context.Context, tx *repo.Tx, trash bool, fn func(value any) error) error
	count(ctx context.Context, tx *repo.Tx, trash bool) (int, error)
	get(ctx context.Context, repos *repo.Repos, id string) (any, error)
	save(ctx context.Context, repos *repo.Repos, value any) error
	new() any
	complete(value any)
	head(value any) *schema.Head
	changed(value any) schema.Time
}

// typed is the records of a type.
type typed[T any] struct {
	table schema.Table[T]
	in    func(*repo.Repos) repo.Collection[T]
}

// allRecords are the records of all kinds but settings, those that others name
// first.
var allRecords = []records{
	typed[schema.Topic]{schema.Topics, func(r *repo.Repos) repo.Collection[schema.Topic] { return r.Topics }},
	typed[schema.Company]{schema.Companies, func(r *repo.Repos) repo.Collection[schema.Company] { return r.Companies }},
	typed[schema.Contact]{schema.Contacts, func(r *repo.Repos) repo.Collection[schema.Contact] { return r.Contacts }},
	typed[schema.Attachment]{schema.Attachments, func(r *repo.Repos) repo.Collection[schema.Attachment] { return r.Attachments }},
	typed[schema.Note]{schema.Notes, func(r *repo.Repos) repo.Collection[schema.Note] { return r.Notes }},
	typed[schema.Task]{schema.Tasks, func(r *repo.Repos) repo.Collection[schema.Task] { return r.Tasks }},
	typed[schema.Session]{schema.Sessions, func(r *repo.Repos) repo.Collection[schema.Session] { return r.Sessions.Collection }},
}

// settingsName is the collection that is none of entities.
const settingsName = "settings"

// Kinds are the collections of a store, in the order in which they are written.
func Kinds() []string {
	list := make([]string, 0, len(allRecords)+1)
	for _, r := range allRecords {
		list = append(list, r.collection())
	}
	return append(list, settingsName)
}

// recordsOf finds the records of a collection, or of a kind.
func recordsOf(name string) (records, bool) {
	i := slices.IndexFunc(allRecords, func(r records) bool { return r.collection() == name || r.kind() == name })
	if i < 0 {
		return nil, false
	}
	return allRecords[i], true
}

func (t typed[T]) kind() string       { return t.table.Kind }
func (t typed[T]) collection() string { return t.table.Name }
func (t typed[T]) new() any           { return new(T) }
func (t typed[T]) complete(v any)     { t.table.Complete(v.(*T)) }

func (t typed[T]) head(v any) *schema.Head { return t.table.Head(v.(*T)) }

func (t typed[T]) each(ctx context.Context, tx *repo.Tx, trash bool, fn func(any) error) error {
	for v, err := range t.in(&tx.Repos).All(ctx, repo.Query{Sort: "-" + repo.SortDate, Trash: trash}, repo.Full) {
		if err != nil {
			return err
		}
		if err := fn(&v); err != nil {
			return err
		}
	}
	return nil
}

func (t typed[T]) count(ctx context.Context, tx *repo.Tx, trash bool) (int, error) {
	return t.in(&tx.Repos).Count(ctx, repo.Query{Trash: trash})
}

func (t typed[T]) get(ctx context.Context, repos *repo.Repos, id string) (any, error) {
	v, err := t.in(repos).Get(ctx, id, repo.Full)
	return &v, err
}

func (t typed[T]) save(ctx context.Context, repos *repo.Repos, value any) error {
	return t.in(repos).Save(ctx, value.(*T))
}

// changed is when a record was last changed, as far as it says: by its own
// member, else by its date, else when it was saved.
func (t typed[T]) changed(value any) schema.Time {
	v := reflect.ValueOf(value).Elem()
	for _, name := range []string{t.table.Updated, t.table.Date} {
		for _, c := range schema.Columns(v.Type()) {
			if c.Name == name && name != "" {
				if at := v.FieldByIndex(c.Index).String(); at != "" {
					return schema.Time(at)
				}
			}
		}
	}
	return t.head(value).SavedAt
}

// found turns the error for what is not there into nil.
func found(err error) (bool, error) {
	if errors.Is(err, repo.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
