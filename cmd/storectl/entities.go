package main

import (
	"context"
	"errors"

	"taskstore/repo"
	"taskstore/schema"
)

// entities gives the commands the records of one kind, whatever their type. What it returns as a value is a pointer
// to the entity.
type entities interface {
	list(ctx context.Context, repos *repo.Repos, q repo.Query) (repo.Page[schema.Brief], error)
	count(ctx context.Context, repos *repo.Repos, q repo.Query) (int, error)
	explain(ctx context.Context, repos *repo.Repos, q repo.Query) (repo.Explanation, error)
	get(ctx context.Context, repos *repo.Repos, id string, parts ...string) (any, error)
	decode(text []byte) (value any, warnings []schema.Warning, err error)
	save(ctx context.Context, repos *repo.Repos, value any) error
	remove(ctx context.Context, repos *repo.Repos, ids ...string) error
	restore(ctx context.Context, repos *repo.Repos, ids ...string) error
	purge(ctx context.Context, repos *repo.Repos, ids ...string) error
	changes(ctx context.Context, repos *repo.Repos, id string) ([]repo.Change, error)
	at(ctx context.Context, repos *repo.Repos, id string, name repo.RevName) (any, error)
	revert(ctx context.Context, repos *repo.Repos, id string, to repo.RevName) (any, error)
	revs(ctx context.Context, repos *repo.Repos, id string) ([]string, error)
	head(value any) *schema.Head
	complete(value any)
}

// typed is the entities of a type.
type typed[T any] struct {
	table schema.Table[T]
	in    func(*repo.Repos) repo.Collection[T]
}

// entitiesOf finds the entities of a kind; settings are none.
func entitiesOf(k kind) (entities, bool) {
	switch k.singular {
	case "session":
		return typed[schema.Session]{schema.Sessions, func(r *repo.Repos) repo.Collection[schema.Session] { return r.Sessions.Collection }}, true
	case "note":
		return typed[schema.Note]{schema.Notes, func(r *repo.Repos) repo.Collection[schema.Note] { return r.Notes }}, true
	case "task":
		return typed[schema.Task]{schema.Tasks, func(r *repo.Repos) repo.Collection[schema.Task] { return r.Tasks }}, true
	case "topic":
		return typed[schema.Topic]{schema.Topics, func(r *repo.Repos) repo.Collection[schema.Topic] { return r.Topics }}, true
	case "company":
		return typed[schema.Company]{schema.Companies, func(r *repo.Repos) repo.Collection[schema.Company] { return r.Companies }}, true
	case "contact":
		return typed[schema.Contact]{schema.Contacts, func(r *repo.Repos) repo.Collection[schema.Contact] { return r.Contacts }}, true
	case "attachment":
		return typed[schema.Attachment]{schema.Attachments, func(r *repo.Repos) repo.Collection[schema.Attachment] { return r.Attachments }}, true
	}
	return nil, false
}

func (e typed[T]) list(ctx context.Context, repos *repo.Repos, q repo.Query) (repo.Page[schema.Brief], error) {
	return e.in(repos).List(ctx, q)
}

func (e typed[T]) count(ctx context.Context, repos *repo.Repos, q repo.Query) (int, error) {
	return e.in(repos).Count(ctx, q)
}

func (e typed[T]) explain(ctx context.Context, repos *repo.Repos, q repo.Query) (repo.Explanation, error) {
	return e.in(repos).Explain(ctx, q)
}

func (e typed[T]) get(ctx context.Context, repos *repo.Repos, id string, parts ...string) (any, error) {
	value, err := e.in(repos).Get(ctx, id, parts...)
	return &value, err
}

func (e typed[T]) decode(text []byte) (any, []schema.Warning, error) {
	value := new(T)
	warnings, err := schema.Decode(text, value)
	return value, warnings, err
}

func (e typed[T]) save(ctx context.Context, repos *repo.Repos, value any) error {
	return e.in(repos).Save(ctx, value.(*T))
}

func (e typed[T]) remove(ctx context.Context, repos *repo.Repos, ids ...string) error {
	return e.in(repos).Delete(ctx, ids...)
}

func (e typed[T]) restore(ctx context.Context, repos *repo.Repos, ids ...string) error {
	return e.in(repos).Restore(ctx, ids...)
}

func (e typed[T]) purge(ctx context.Context, repos *repo.Repos, ids ...string) error {
	return e.in(repos).Purge(ctx, ids...)
}

func (e typed[T]) changes(ctx context.Context, repos *repo.Repos, id string) ([]repo.Change, error) {
	return e.in(repos).Changes(ctx, id)
}

func (e typed[T]) at(ctx context.Context, repos *repo.Repos, id string, name repo.RevName) (any, error) {
	value, err := e.in(repos).At(ctx, id, name)
	return &value, err
}

func (e typed[T]) revert(ctx context.Context, repos *repo.Repos, id string, to repo.RevName) (any, error) {
	value, err := e.in(repos).Revert(ctx, id, to)
	return &value, err
}

func (e typed[T]) revs(ctx context.Context, repos *repo.Repos, id string) ([]string, error) {
	return e.in(repos).Revs(ctx, id)
}

func (e typed[T]) head(value any) *schema.Head { return e.table.Head(value.(*T)) }

// complete says that a value holds all of its entity: documents and long lists that its JSON did not have are absent,
// not unread.
func (e typed[T]) complete(value any) {
	for _, child := range e.table.Children {
		if !child.OnDemand() {
			continue
		}
		at := child.At(value.(*T))
		if document, ok := at.(*schema.Document); ok && *document == nil {
			*document = schema.Absent
		}
		setEmpty(at)
	}
}

// setEmpty makes an empty list of one that is nil.
func setEmpty(list any) {
	switch l := list.(type) {
	case *[]schema.Screenshot:
		*l = orEmpty(*l)
	case *[]schema.AudioSegment:
		*l = orEmpty(*l)
	case *[]schema.VideoChunk:
		*l = orEmpty(*l)
	case *[]schema.ContextItem:
		*l = orEmpty(*l)
	}
}

// encodeEntity writes an entity in the legacy app's JSON. Contents of more than limit bytes are left out; limit -1
// writes them all.
func encodeEntity(ctx context.Context, store *repo.Store, value any, limit int64) ([]byte, error) {
	return schema.Encode(value, schema.EncodeOptions{Content: func(c schema.Content) (string, bool, error) {
		return contentText(ctx, store, c, limit)
	}})
}

// contentText is the text that a content stood for in the app's JSON, if it is not longer than limit and is there.
func contentText(ctx context.Context, store *repo.Store, c schema.Content, limit int64) (text string, ok bool, err error) {
	if c.Blob == "" {
		return c.Text, c.Text != "" && (limit < 0 || int64(len(c.Text)) <= limit), nil
	}
	if limit >= 0 {
		info, err := store.ContentInfo(ctx, c.Blob)
		if err != nil || info.Size > limit {
			return "", false, unlessMissing(err)
		}
	}
	if text, err = store.Text(ctx, c); err != nil {
		return "", false, unlessMissing(err)
	}
	return text, limit < 0 || int64(len(text)) <= limit, nil
}

// unlessMissing drops the error for a content that is nowhere or damaged: the record is shown without it.
func unlessMissing(err error) error {
	if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
		return nil
	}
	return err
}
