package legacy_test

import (
	"encoding/json"
	"slices"
	"testing"

	"taskstore/importexport/ledger"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// keeping looks for records in a store, and at what the store has beside them.
type keeping struct {
	t   testing.TB
	s   *repo.Store
	all collections
	// states are what the store has of an entity, its present state first.
	states map[string][]json.RawMessage
}

func newKeeping(t testing.TB, s *repo.Store) *keeping {
	return &keeping{t: t, s: s, all: of(t, s), states: map[string][]json.RawMessage{}}
}

// of gives what the store has of an entity.
func (k *keeping) of(collection, id string) []json.RawMessage {
	key := collection + " " + id
	if k.states[key] != nil {
		return k.states[key]
	}
	raw, _, err := k.all[collection].get(k.t.Context(), id)
	if err != nil {
		return nil
	}
	list := []json.RawMessage{raw}
	history, err := k.all[collection].history(k.t.Context(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, r := range history {
		if r.SHA256 == "" {
			list = append(list, json.RawMessage(r.State))
			continue
		}
		state, err := ledger.Of(k.s).VersionState(k.t.Context(), testdb.Singular(collection), id, r.SHA256)
		if err != nil {
			k.t.Error(err)
		}
		list = append(list, json.RawMessage(state))
	}
	k.states[key] = list
	return list
}

// want wants all of a record in the store. Its members may stand in several states
// of the entity, and the items of a list too: a part of a session is joined with
// others.
func (k *keeping) want(file string, r testdb.LegacyRecord) {
	k.t.Helper()
	states := k.of(r.Collection, r.ID)
	if states == nil {
		k.t.Errorf("%s: %s %q is not in the store", file, r.Collection, r.ID)
		return
	}
	if len(r.Raw) == 0 || slices.ContainsFunc(states, func(s json.RawMessage) bool { return sameJSON(s, r.Raw) }) {
		return
	}
	for name, value := range rawMembers(k.t, r.Raw) {
		if string(value) != "null" && !held(k.t, value, valuesOf(k.t, states, name)) {
			k.t.Errorf("%s: %s %q: %s = %.300s is nowhere", file, r.Collection, r.ID, name, value)
		}
	}
}

// held says whether a value stands in one of others, or every part of it does.
func held(t testing.TB, value json.RawMessage, in []json.RawMessage) bool {
	t.Helper()
	if slices.ContainsFunc(in, func(v json.RawMessage) bool { return sameJSON(v, value) }) {
		return true
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) == nil && items != nil {
		var all []json.RawMessage
		for _, v := range in {
			var list []json.RawMessage
			if json.Unmarshal(v, &list) == nil {
				all = append(all, list...)
			}
		}
		return !slices.ContainsFunc(items, func(v json.RawMessage) bool { return !held(t, v, all) })
	}
	if len(value) == 0 || value[0] != '{' {
		return false
	}
	for name, v := range rawMembers(t, value) {
		if string(v) != "null" && !held(t, v, valuesOf(t, in, name)) {
			return false
		}
	}
	return true
}

func rawMembers(t testing.TB, raw []byte) map[string]json.RawMessage {
	t.Helper()
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
	return all
}

// valuesOf gives the members of one name of those values that are objects.
func valuesOf(t testing.TB, in []json.RawMessage, name string) (list []json.RawMessage) {
	t.Helper()
	for _, v := range in {
		if len(v) > 0 && v[0] == '{' {
			if m, ok := rawMembers(t, v)[name]; ok {
				list = append(list, m)
			}
		}
	}
	return list
}

// once wants no state of an entity twice, and no item of a list that did not stand
// in it twice.
func (k *keeping) once(m *mixture) {
	k.t.Helper()
	k.each(func(collection, id string, head *schema.Head) {
		states := k.of(collection, id)
		var texts []string
		for _, s := range states {
			text, err := testdb.Canon(s)
			if err != nil {
				k.t.Fatal(err)
			}
			texts = append(texts, text)
		}
		for i, text := range texts {
			if slices.Contains(texts[:i], text) {
				k.t.Errorf("%s %q: a state is there twice: %.300s", collection, id, text)
			}
		}
		for name, value := range rawMembers(k.t, states[0]) {
			odd := slices.ContainsFunc(m.ever, func(r testdb.LegacyRecord) bool { return r.ID == id && twice(rawMembers(k.t, r.Raw)[name]) != "" })
			if again := twice(value); again != "" && !odd {
				k.t.Errorf("%s %q: %s has %s twice", collection, id, name, again)
			}
		}
	})
}

// twice gives the id that two items of a list have.
func twice(value json.RawMessage) string {
	var items []struct{ ID string }
	if json.Unmarshal(value, &items) != nil {
		return ""
	}
	seen := map[string]bool{}
	for _, item := range items {
		if item.ID != "" && seen[item.ID] {
			return item.ID
		}
		seen[item.ID] = true
	}
	return ""
}

func (k *keeping) each(fn func(collection, id string, head *schema.Head)) {
	k.t.Helper()
	for _, collection := range testdb.LegacyKinds {
		for _, trash := range []bool{false, true} {
			ids, err := k.all[collection].ids(k.t.Context(), trash)
			if err != nil {
				k.t.Fatal(err)
			}
			for _, id := range ids {
				_, head, err := k.all[collection].get(k.t.Context(), id)
				if err != nil {
					k.t.Fatal(err)
				}
				fn(collection, id, head)
			}
		}
	}
}

// known wants nothing in the store but what was once written.
func (k *keeping) known(m *mixture) {
	k.t.Helper()
	written := map[string][]json.RawMessage{}
	for _, r := range m.ever {
		key := r.Collection + " " + r.ID
		written[key] = append(written[key], r.Raw)
	}
	k.each(func(collection, id string, head *schema.Head) {
		from := written[collection+" "+id]
		if len(from) == 0 {
			k.t.Errorf("%s %q was invented", collection, id)
			return
		}
		if head.TrashReason == schema.TrashMissing {
			return // what the index says of it
		}
		for name, value := range rawMembers(k.t, k.of(collection, id)[0]) {
			if string(value) != "null" && !held(k.t, value, valuesOf(k.t, from, name)) {
				k.t.Errorf("%s %q: nobody wrote %s = %.300s", collection, id, name, value)
			}
		}
	})
	for _, trash := range []bool{false, true} {
		ids, err := k.all["attachments"].ids(k.t.Context(), trash)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, id := range ids {
			if !slices.ContainsFunc(m.content.Attachments, func(a testdb.LegacyAttachment) bool { return a.ID == id }) {
				k.t.Errorf("attachment %q was invented", id)
			}
		}
	}
}
