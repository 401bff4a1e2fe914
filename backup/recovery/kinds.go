package recovery

import (
	"context"
	"encoding/json"
	"sort"

	"taskstore/repo"
	"taskstore/repo/contents"
	"taskstore/schema"
)

// records are the records of one kind in one store.
type records struct {
	repo.Records
	kind repo.Kind
}

func recordsOf(s *repo.Store, kind repo.Kind) records { return records{kind.In(&s.Repos), kind} }

// members is the JSON of a record, member by member; trashed records have one more. A
// setting has one member, its value. What is not there is repo.ErrNotFound.
func (r records) members(ctx context.Context, id string) (map[string]string, error) {
	v, err := r.Get(ctx, id, repo.Full)
	if err != nil {
		return nil, err
	}
	if s, ok := v.(*schema.Setting); ok {
		return map[string]string{"value": string(s.Value)}, nil
	}
	text, err := r.kind.Encode(v, schema.EncodeOptions{Refs: true})
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
	if h := r.kind.Head(v); h.TrashedAt != "" {
		members["_trash"] = h.TrashReason
	}
	return members, nil
}

// bringTo makes the record in another store what it is here, and gives the contents
// that it needs.
func (r records) bringTo(ctx context.Context, live records, id string) (changed bool, needs []string, err error) {
	v, err := r.Get(ctx, id, repo.Full)
	if err != nil {
		return false, nil, err
	}
	needs = contents.ContentsOf(v)
	changed, err = live.BringBack(ctx, v)
	return changed, needs, err
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
