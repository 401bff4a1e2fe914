package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"sort"

	"taskstore/repo"
	"taskstore/schema"
)

// records are the records of one collection in one store, whatever their type.
type records interface {
	marks(ctx context.Context) (map[string]repo.Mark, error)
	title(ctx context.Context, id string) (string, error)
	// members is the JSON of a record, member by member; trashed records have one
	// more. What is not there is repo.ErrNotFound.
	members(ctx context.Context, id string) (map[string]string, error)
	// bringTo makes the record in another store what it is here, and gives the
	// contents that it needs.
	bringTo(ctx context.Context, live records, id string) (changed bool, contents []string, err error)
}

// recordsOf gives a collection of a store by its name.
func recordsOf(s *repo.Store, collection string) (records, error) {
	switch collection {
	case "sessions":
		return typed[schema.Session]{s.Sessions.Collection, schema.Sessions.Head}, nil
	case "notes":
		return typed[schema.Note]{s.Notes, schema.Notes.Head}, nil
	case "tasks":
		return typed[schema.Task]{s.Tasks, schema.Tasks.Head}, nil
	case "topics":
		return typed[schema.Topic]{s.Topics, schema.Topics.Head}, nil
	case "companies":
		return typed[schema.Company]{s.Companies, schema.Companies.Head}, nil
	case "contacts":
		return typed[schema.Contact]{s.Contacts, schema.Contacts.Head}, nil
	case "attachments":
		return typed[schema.Attachment]{s.Attachments, schema.Attachments.Head}, nil
	case "settings":
		return settings{s.Settings}, nil
	}
	return nil, &schema.InvalidError{Field: "collection", Problem: "there is none of the name " + collection}
}

// typed is the records of a type.
type typed[T any] struct {
	repo.Collection[T]
	head func(*T) *schema.Head
}

func (t typed[T]) marks(ctx context.Context) (map[string]repo.Mark, error) { return t.Marks(ctx) }

func (t typed[T]) title(ctx context.Context, id string) (string, error) { return t.Title(ctx, id) }

func (t typed[T]) members(ctx context.Context, id string) (map[string]string, error) {
	v, err := t.Get(ctx, id, repo.Full)
	if err != nil {
		return nil, err
	}
	text, err := schema.Encode(&v, schema.EncodeOptions{Refs: true})
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	members := make(map[string]string, len(raw))
	for name, value := range raw {
		members[name] = string(value)
	}
	if h := t.head(&v); h.TrashedAt != "" {
		members["_trash"] = h.TrashReason
	}
	return members, nil
}

func (t typed[T]) bringTo(ctx context.Context, live records, id string) (bool, []string, error) {
	v, err := t.Get(ctx, id, repo.Full)
	if err != nil {
		return false, nil, err
	}
	contents := repo.ContentsOf(&v)
	changed, err := live.(typed[T]).BringBack(ctx, &v)
	return changed, contents, err
}

// settings are the records of the collection that has keys and values.
type settings struct{ repo.Settings }

func (s settings) marks(ctx context.Context) (map[string]repo.Mark, error) {
	list, err := s.All(ctx)
	marks := make(map[string]repo.Mark, len(list))
	for _, v := range list {
		marks[v.Key] = repo.Mark{ID: v.Key, Rev: v.Rev}
	}
	return marks, err
}

func (s settings) title(context.Context, string) (string, error) { return "", nil }

func (s settings) members(ctx context.Context, key string) (map[string]string, error) {
	v, err := s.Get(ctx, key)
	return map[string]string{"value": string(v.Value)}, err
}

func (s settings) bringTo(ctx context.Context, live records, key string) (changed bool, contents []string, err error) {
	v, err := s.Get(ctx, key)
	if err != nil {
		return false, nil, err
	}
	in := live.(settings)
	for range 10 {
		now, err := in.Get(ctx, key)
		if err != nil && !errors.Is(err, repo.ErrNotFound) {
			return false, nil, err
		}
		v.Rev = now.Rev
		err = in.Save(repo.WithOrigin(ctx, repo.OriginRestore), &v)
		if !errors.Is(err, repo.ErrConflict) && !errors.Is(err, repo.ErrExists) {
			return err == nil && v.Rev != now.Rev, nil, err
		}
	}
	return false, nil, repo.ErrConflict
}

// changedMembers names the members that differ.
func changedMembers(a, b map[string]string) (names []string) {
	for name, value := range a {
		if other, ok := b[name]; !ok || other != value {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}
