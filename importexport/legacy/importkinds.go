package legacy

import (
	"context"
	"errors"
	"fmt"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// entry is a record on its way into the store.
type entry struct {
	merged Merged
	held   *kept // what the store had of it; nil when there was nothing
	value  any   // the entity, made by prepare
	odd    []schema.Warning
	others []schema.Content // further contents that stand under its id
	write  bool             // the store is to be changed
	rev    int64            // the revision that it became; 0 until it is written
}

// kept is a record as the store has it.
type kept struct {
	raw    jsontext.Value // with its contents as text
	head   *schema.Head   // nil for a value under a key
	trash  string
	rev    int64
	saved  int64 // when the store wrote it, epoch milliseconds
	entity any   // pointer to the entity; nil for a value under a key
}

// keeper brings the records of one collection into the store and back.
type keeper interface {
	// kind is that of the entities, "setting" for values under a key.
	kind() string
	// empty says that the collection holds nothing, not even in the trash.
	empty(ctx context.Context) (bool, error)
	// read gives a record with all its parts; nil without one.
	read(ctx context.Context, id string) (*kept, error)
	// readMany gives those of the records that are there, by id.
	readMany(ctx context.Context, ids []string) (map[string]*kept, error)
	// prepare decodes a record.
	prepare(ctx context.Context, e *entry) error
	// write stores records in a transaction and sets their revisions.
	write(ctx context.Context, tx *repo.Tx, list []*entry) error
}

// keepers gives the keeper of each collection.
func (im *importer) keepers() map[string]keeper {
	s := im.store
	setting := settingKeeper{s}
	return map[string]keeper{
		"sessions": entityKeeper[schema.Session]{im, "session", func(v *schema.Session) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Session] { return r.Sessions.Collection }},
		"notes": entityKeeper[schema.Note]{im, "note", func(v *schema.Note) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Note] { return r.Notes }},
		"tasks": entityKeeper[schema.Task]{im, "task", func(v *schema.Task) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Task] { return r.Tasks }},
		"topics": entityKeeper[schema.Topic]{im, "topic", func(v *schema.Topic) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Topic] { return r.Topics }},
		"companies": entityKeeper[schema.Company]{im, "company", func(v *schema.Company) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Company] { return r.Companies }},
		"contacts": entityKeeper[schema.Contact]{im, "contact", func(v *schema.Contact) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Contact] { return r.Contacts }},
		"attachments": entityKeeper[schema.Attachment]{im, "attachment", func(v *schema.Attachment) *schema.Head { return &v.Head },
			func(r *repo.Repos) repo.Collection[schema.Attachment] { return r.Attachments }},
		"settings": setting,
		"other":    setting,
	}
}

// entityKeeper keeps the entities of one kind.
type entityKeeper[T any] struct {
	im   *importer
	name string
	head func(*T) *schema.Head
	in   func(*repo.Repos) repo.Collection[T]
}

func (k entityKeeper[T]) kind() string { return k.name }

func (k entityKeeper[T]) empty(ctx context.Context) (bool, error) {
	c := k.in(&k.im.store.Repos)
	live, err := c.Count(ctx, repo.Query{})
	if err != nil || live > 0 {
		return false, err
	}
	trashed, err := c.Count(ctx, repo.Query{Trash: true})
	return trashed == 0, err
}

func (k entityKeeper[T]) read(ctx context.Context, id string) (*kept, error) {
	v, err := k.in(&k.im.store.Repos).Get(ctx, id, repo.Full)
	if errors.Is(err, repo.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.kept(ctx, &v)
}

func (k entityKeeper[T]) kept(ctx context.Context, v *T) (*kept, error) {
	h := k.head(v)
	raw, err := schema.Encode(v, schema.EncodeOptions{Content: k.im.text(ctx)})
	return &kept{raw: raw, head: h, trash: h.TrashReason, rev: h.Rev, saved: epochOf(h.SavedAt), entity: v}, err
}

func (k entityKeeper[T]) readMany(ctx context.Context, ids []string) (map[string]*kept, error) {
	values, err := k.in(&k.im.store.Repos).GetMany(ctx, ids, repo.Full)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*kept, len(values))
	for i := range values {
		one, err := k.kept(ctx, &values[i])
		if err != nil {
			return nil, err
		}
		found[one.head.ID] = one
	}
	return found, nil
}

// text reads contents that stood inline; one that is gone is left out.
func (im *importer) text(ctx context.Context) func(schema.Content) (string, bool, error) {
	return func(c schema.Content) (string, bool, error) {
		text, err := im.store.Contents.Text(ctx, c)
		if errors.Is(err, repo.ErrNotFound) || errors.Is(err, repo.ErrCorrupt) {
			return "", false, nil
		}
		return text, err == nil, err
	}
}

func (k entityKeeper[T]) write(ctx context.Context, tx *repo.Tx, list []*entry) error {
	values := make([]*T, len(list))
	for i, e := range list {
		values[i] = e.value.(*T)
	}
	if err := k.in(&tx.Repos).Save(ctx, values...); err != nil {
		return err
	}
	for i, e := range list {
		e.rev = k.head(values[i]).Rev
	}
	return nil
}

func (k entityKeeper[T]) prepare(ctx context.Context, e *entry) error {
	v := new(T)
	e.value = v
	if len(e.merged.Raw) > 0 {
		var err error
		if e.odd, err = schema.Decode(e.merged.Raw, v); err != nil {
			return fmt.Errorf("%s %q from %s: %w", k.name, e.merged.ID, e.merged.Winner.File, err)
		}
	}
	k.identify(e)
	if a, ok := any(v).(*schema.Attachment); ok && e.write && len(e.merged.Raw) == 0 { // known by its bytes alone
		a.Type, a.Name, a.Odd = "file", e.merged.ID, allAbsent
	}
	return nil
}

// identify gives the entity the identity that it has in the store: of what the
// store holds, nothing else stays.
func (k entityKeeper[T]) identify(e *entry) {
	h := k.head(e.value.(*T))
	h.ID = e.merged.ID
	if e.held != nil {
		o := e.held.head
		h.PK, h.Rev, h.Lists, h.TrashedAt = o.PK, o.Rev, o.Lists, o.TrashedAt
	}
	if h.TrashReason = e.merged.Trash; h.TrashReason == "" {
		h.TrashedAt = ""
	} else if h.TrashedAt == "" {
		h.TrashedAt = k.im.now
	}
}

// allAbsent says that an attachment came without any record of its own.
const allAbsent = `{"createdAt":[],"mimeType":[],"size":[]}`

// settingKeeper keeps values under keys.
type settingKeeper struct{ store *repo.Store }

func (settingKeeper) kind() string { return "setting" }

func (k settingKeeper) empty(ctx context.Context) (bool, error) {
	list, err := k.store.Settings.All(ctx)
	return len(list) == 0, err
}

func (k settingKeeper) read(ctx context.Context, key string) (*kept, error) {
	v, err := k.store.Settings.Get(ctx, key)
	if errors.Is(err, repo.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &kept{raw: jsontext.Value(v.Value), rev: v.Rev, saved: epochOf(v.SavedAt)}, nil
}

func (k settingKeeper) readMany(ctx context.Context, keys []string) (map[string]*kept, error) {
	found := map[string]*kept{}
	for _, key := range keys {
		one, err := k.read(ctx, key)
		if err != nil {
			return nil, err
		}
		if one != nil {
			found[key] = one
		}
	}
	return found, nil
}

func (settingKeeper) prepare(context.Context, *entry) error { return nil }

func (k settingKeeper) write(ctx context.Context, tx *repo.Tx, list []*entry) error {
	for _, e := range list {
		v := schema.Setting{Key: e.merged.ID, Value: schema.JSON(e.merged.Raw)}
		if e.held != nil {
			v.Rev = e.held.rev
		}
		if err := tx.Settings.Save(ctx, &v); err != nil {
			return err
		}
		e.rev = v.Rev
	}
	return nil
}

func epochOf(t schema.Time) int64 {
	at, err := t.Time()
	if err != nil || at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
