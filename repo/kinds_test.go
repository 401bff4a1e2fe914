package repo_test

import (
	"errors"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// TestKinds does with a record of each kind, known only by the kind's name, what a
// program does that is told the kind by its user.
func TestKinds(t *testing.T) {
	ctx := t.Context()
	store := testdb.Open(t)
	for _, k := range repo.Kinds() {
		for _, name := range []string{k.Name, k.Plural, " " + k.Plural + " "} {
			if found, err := repo.KindOf(name); err != nil || found.Name != k.Name {
				t.Fatalf("KindOf(%q) is %q, %v", name, found.Name, err)
			}
		}
		records := k.In(&store.Repos)
		value, _, err := k.Decode([]byte(`{"id":"one"}`))
		if err != nil {
			t.Fatal(err)
		}
		k.Complete(value)
		if s, ok := value.(*schema.Setting); ok {
			s.Key = "one"
		}
		if err := records.Save(ctx, value); err != nil || k.Rev(value) != 1 {
			t.Fatalf("%s: revision %d, %v", k.Name, k.Rev(value), err)
		}
		got, err := records.Get(ctx, "one", repo.Full)
		if err != nil || k.Rev(got) != 1 || k.Changed(got) == "" {
			t.Errorf("%s: got revision %d changed %q, %v", k.Name, k.Rev(got), k.Changed(got), err)
		}
		page, err := records.List(ctx, repo.Query{})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != "one" || page.Items[0].Kind != k.Name {
			t.Errorf("%s: listed %+v, %v", k.Name, page.Items, err)
		}
		n := 0
		for v, err := range records.All(ctx, repo.Query{}) {
			if n++; err != nil || k.Rev(v) != 1 {
				t.Errorf("%s: read %+v, %v", k.Name, v, err)
			}
		}
		if count, err := records.Count(ctx, repo.Query{}); err != nil || count != n || n != 1 {
			t.Errorf("%s: %d counted, %d read, %v", k.Name, count, n, err)
		}
		if err := records.Delete(ctx, "one"); err != nil {
			t.Error(err)
		}
		if changes, err := records.Changes(ctx, "one"); err != nil || len(changes) != 2 {
			t.Errorf("%s: %d changes, %v", k.Name, len(changes), err)
		}
		if changed, err := records.BringBack(ctx, got); err != nil || !changed {
			t.Errorf("%s was not brought back: %v", k.Name, err)
		}
		var invalid *schema.InvalidError
		if err := records.Restore(ctx, "one"); k.IsEntity() != (err == nil) || err != nil && !errors.As(err, &invalid) {
			t.Errorf("%s: restored from the trash: %v", k.Name, err)
		}
	}
	if _, err := repo.KindOf("none"); err == nil {
		t.Error("there is a kind of the name none")
	}
}
