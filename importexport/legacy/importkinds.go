package legacy

import (
	"context"
	"errors"
	"fmt"

	"taskstore/importexport/legacy/merge"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
)

// entry is a record on its way into the store.
type entry struct {
	merged merge.Merged
	held   *kept // what the store had of it; nil when there was nothing
	value  any   // the record, made by prepare
	odd    []schema.Warning
	others []schema.Content // further contents that stand under its id
	write  bool             // the store is to be changed
	rev    int64            // the revision that it became; 0 until it is written
}

// kept is a record as the store has it.
type kept struct {
	raw    jsontext.Value // with its contents as text
	head   *schema.Head   // nil for a setting
	trash  string
	rev    int64
	saved  int64 // when the store wrote it, epoch milliseconds
	entity any   // pointer to the record
}

// keeper brings the records of one collection into the store and back.
type keeper struct {
	im   *importer
	kind repo.Kind
}

// keeper gives the keeper of a collection. What is of no kind is kept as a setting.
func (im *importer) keeper(collection string) keeper {
	if k, err := repo.KindOf(collection); err == nil {
		return keeper{im, k}
	}
	return im.keeper(repo.KindSetting)
}

func (k keeper) records() repo.Records { return k.kind.In(&k.im.store.Repos) }

// empty says that the collection holds nothing, not even in the trash.
func (k keeper) empty(ctx context.Context) (bool, error) {
	live, err := k.records().Count(ctx, repo.Query{})
	if err != nil || live > 0 {
		return false, err
	}
	trashed, err := k.records().Count(ctx, repo.Query{Trash: true})
	return trashed == 0, err
}

// read gives a record with all its parts; nil without one.
func (k keeper) read(ctx context.Context, id string) (*kept, error) {
	v, err := k.records().Get(ctx, id, repo.Full)
	if errors.Is(err, repo.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.kept(ctx, v)
}

func (k keeper) kept(ctx context.Context, v any) (*kept, error) {
	raw, err := k.kind.Encode(v, schema.EncodeOptions{Content: k.im.text(ctx)})
	one := &kept{raw: raw, head: k.kind.Head(v), rev: k.kind.Rev(v), entity: v}
	if s, ok := v.(*schema.Setting); ok {
		one.saved = epochOf(s.SavedAt)
		return one, err
	}
	one.trash, one.saved = one.head.TrashReason, epochOf(one.head.SavedAt)
	return one, err
}

// readMany gives those of the records that are there, by id.
func (k keeper) readMany(ctx context.Context, ids []string) (map[string]*kept, error) {
	values, err := k.records().GetMany(ctx, ids, repo.Full)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*kept, len(values))
	for _, v := range values {
		one, err := k.kept(ctx, v)
		if err != nil {
			return nil, err
		}
		found[k.kind.ID(v)] = one
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

// write stores records in a transaction and sets their revisions.
func (k keeper) write(ctx context.Context, tx *repo.Tx, list []*entry) error {
	values := make([]any, len(list))
	for i, e := range list {
		values[i] = e.value
	}
	if err := k.kind.In(&tx.Repos).Save(ctx, values...); err != nil {
		return err
	}
	for i, e := range list {
		e.rev = k.kind.Rev(values[i])
	}
	return nil
}

// prepare decodes a record.
func (k keeper) prepare(ctx context.Context, e *entry) error {
	if !k.kind.IsEntity() {
		v := &schema.Setting{Key: e.merged.ID, Value: schema.JSON(e.merged.Raw)}
		if e.held != nil {
			v.Rev = e.held.rev
		}
		e.value = v
		return nil
	}
	e.value = k.kind.New()
	if len(e.merged.Raw) > 0 {
		var err error
		if e.odd, err = schema.Decode(e.merged.Raw, e.value); err != nil {
			return fmt.Errorf("%s %q from %s: %w", k.kind.Name, e.merged.ID, e.merged.Winner.File, err)
		}
	}
	k.identify(e)
	if a, ok := e.value.(*schema.Attachment); ok && e.write && len(e.merged.Raw) == 0 { // known by its bytes alone
		a.Type, a.Name, a.Odd = "file", e.merged.ID, allAbsent
	}
	return nil
}

// identify gives the entity the identity that it has in the store: of what the
// store holds, nothing else stays.
func (k keeper) identify(e *entry) {
	h := k.kind.Head(e.value)
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

func epochOf(t schema.Time) int64 {
	at, err := t.Time()
	if err != nil || at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
