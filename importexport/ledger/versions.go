package ledger

import (
	"context"
	"encoding/json"

	"taskstore/internal/sqlitedb"
	"taskstore/repo/history"
	"taskstore/schema"
)

// Version is a record of a source that lost a merge: it is kept in the history
// of the entity that it is a state of.
type Version struct {
	Kind, ID string
	SHA256   string      // hash of the record's canonical JSON
	Source   string      // file and place
	Time     schema.Time // when the source last wrote it, as far as that is known
	State    schema.JSON
	Blobs    []string // contents that it needs, beyond those that the state refers to as _blob and _form
}

// AddVersion keeps a version, once: adding it again changes nothing.
func (l Ledger) AddVersion(ctx context.Context, v Version) (added bool, err error) {
	defer sqlitedb.Wrap(&err, "keep a version of %s %q", v.Kind, v.ID)
	err = l.in.write(ctx, func(ctx context.Context, c sqlitedb.Conn, now schema.Time) error {
		added = false
		has, err := hasVersion(ctx, c, v.Kind, v.ID, v.SHA256)
		if err != nil || has {
			return err
		}
		at := v.Time
		if at == "" {
			at = now
		}
		added = true
		return history.KeepVersion(ctx, c, history.Revision{Kind: v.Kind, ID: v.ID, SHA256: v.SHA256, Source: v.Source, At: at, State: v.State}, v.Blobs...)
	})
	return added, err
}

// HasVersion tells whether a record with this hash is in the history already.
func (l Ledger) HasVersion(ctx context.Context, kind, id, sha256 string) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a version of %s %q", kind, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) (err error) {
		has, err = hasVersion(ctx, c, kind, id, sha256)
		return err
	})
	return has, err
}

func hasVersion(ctx context.Context, c sqlitedb.Conn, kind, id, sha256 string) (has bool, err error) {
	err = c.Get(ctx, &has, "SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND sha256 = ?)", kind, id, sha256)
	return has, err
}

// HasState tells whether the state that an entity had as revision rev is in its
// history, undamaged.
func (l Ledger) HasState(ctx context.Context, kind, id string, rev int64) (has bool, err error) {
	defer sqlitedb.Wrap(&err, "look for revision %d of %s %q", rev, kind, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) (err error) {
		has, err = history.HasState(ctx, c, kind, id, rev)
		return err
	})
	return has, err
}

// ItemsChanged tells whether items of an entity were changed or removed one by one at
// this revision or later.
func (l Ledger) ItemsChanged(ctx context.Context, kind, id string, rev int64) (changed bool, err error) {
	defer sqlitedb.Wrap(&err, "look for changed items of %s %q", kind, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &changed, "SELECT EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND rev >= ? AND part <> '')", kind, id, rev)
	})
	return changed, err
}

// VersionState reads the version with this hash. It is not there: repo.ErrNotFound.
func (l Ledger) VersionState(ctx context.Context, kind, id, sha256 string) (state schema.JSON, err error) {
	defer sqlitedb.Wrap(&err, "read a version of %s %q", kind, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) (err error) {
		state, err = history.VersionState(ctx, c, kind, id, sha256)
		return err
	})
	return state, err
}

// Removed tells whether an entity of this id was ever purged, or deleted by another
// program, or a value of this key deleted. One that is in the store came back.
func (l Ledger) Removed(ctx context.Context, kind, id string) (removed bool, err error) {
	defer sqlitedb.Wrap(&err, "look for a removed %s %q", kind, id)
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Get(ctx, &removed, `SELECT EXISTS (SELECT 1 FROM tombstones WHERE kind = ? AND id = ?)
OR EXISTS (SELECT 1 FROM revisions WHERE kind = ? AND id = ? AND part = '' AND change = 'delete')`, kind, id, kind, id)
	})
	return removed, err
}

// RemovedOf gives those of the ids that Removed tells of.
func (l Ledger) RemovedOf(ctx context.Context, kind string, ids []string) (removed map[string]bool, err error) {
	defer sqlitedb.Wrap(&err, "look for removed %s among %d", kind, len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var list []string
	err = l.in.read(ctx, func(c sqlitedb.Conn) error {
		return c.Select(ctx, &list, `SELECT i.value
FROM json_each(?) AS i
WHERE EXISTS (SELECT 1 FROM tombstones AS t WHERE t.kind = ? AND t.id = i.value)
OR EXISTS (SELECT 1 FROM revisions AS r WHERE r.kind = ? AND r.id = i.value AND r.part = '' AND r.change = 'delete')`, string(text), kind, kind)
	})
	removed = make(map[string]bool, len(list))
	for _, id := range list {
		removed[id] = true
	}
	return removed, err
}
