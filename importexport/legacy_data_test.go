package importexport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"taskstore/importexport"
	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// expected is what the legacy app's own code was given to save.
type expected struct {
	Collections map[string][]json.RawMessage
	Settings    json.RawMessage
	Attachments []struct {
		ID          string
		SHA256      string
		DecodedSize int64
	}
}

func expectedOf(t *testing.T, dir string) (want expected) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// dataRoots are the forms of the legacy data that hold all of the expected content,
// or all of it but attachments and settings.
var dataRoots = []struct {
	path  string
	whole bool
}{{"gen1-raw", true}, {"gen2-wrapped", true}, {"gen2-wrapped-v2", true}, {"export-v1.json", false}}

// TestLegacyData imports what the app itself wrote, each root into an empty store,
// and exports it again.
func TestLegacyData(t *testing.T) {
	dir := testdb.LegacyData(t)
	want := expectedOf(t, dir)
	for _, root := range dataRoots {
		t.Run(root.path, func(t *testing.T) {
			s := testdb.Open(t)
			imported(t, s, filepath.Join(dir, root.path))
			wantExport(t, s, want)
			if root.whole {
				wantRest(t, s, want)
			}
		})
	}
}

// TestLegacyDataInOneStore imports one root after the other: each entity is there
// once, and every root still verifies.
func TestLegacyDataInOneStore(t *testing.T) {
	dir := testdb.LegacyData(t)
	want := expectedOf(t, dir)
	s := testdb.Open(t)
	for _, root := range dataRoots {
		imported(t, s, filepath.Join(dir, root.path))
	}
	wantExport(t, s, want)
	wantRest(t, s, want)
	for _, root := range dataRoots {
		r, err := legacy.Verify(context.Background(), s, filepath.Join(dir, root.path), legacy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Verified {
			t.Errorf("%s is not verified: %v", root.path, r.Warnings)
		}
	}
}

func imported(t *testing.T, s *repo.Store, source string) {
	t.Helper()
	r, err := legacy.Import(context.Background(), s, source, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Verified {
		t.Errorf("%s is not verified: %v", source, r.Warnings)
	}
}

// wantExport exports in the app's form and compares entity by entity.
func wantExport(t *testing.T, s *repo.Store, want expected) {
	t.Helper()
	var out bytes.Buffer
	at := schema.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	res, err := importexport.LegacyJSON(context.Background(), s, &out, at, importexport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Bytes != int64(out.Len()) || len(res.Missing) > 0 {
		t.Errorf("export says %d bytes of %d, missing %v", res.Bytes, out.Len(), res.Missing)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for name, entities := range want.Collections {
		var list []json.RawMessage
		if err := json.Unmarshal(got[name], &list); err != nil {
			t.Fatal(err)
		}
		if len(list) != len(entities) || res.Collections[name] != len(entities) {
			t.Errorf("%d %s, want %d", len(list), name, len(entities))
		}
		byID := map[string]json.RawMessage{}
		for _, raw := range list {
			byID[idOf(t, raw)] = raw
		}
		for _, raw := range entities {
			testdb.WantJSON(t, name+" "+idOf(t, raw), byID[idOf(t, raw)], raw)
		}
	}
}

func idOf(t *testing.T, raw []byte) string {
	t.Helper()
	var v struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// wantRest wants the settings, and the contents by their hashes.
func wantRest(t *testing.T, s *repo.Store, want expected) {
	t.Helper()
	ctx := context.Background()
	settings, err := s.Settings.Get(ctx, "settings")
	if err != nil {
		t.Fatal(err)
	}
	testdb.WantJSON(t, "settings", []byte(settings.Value), want.Settings)
	if n, err := s.Attachments.Count(ctx, repo.Query{}); err != nil || n != len(want.Attachments) {
		t.Errorf("%d attachments, want %d (%v)", n, len(want.Attachments), err)
	}
	for _, a := range want.Attachments {
		v, err := s.Attachments.Get(ctx, a.ID, repo.Full)
		if err != nil {
			t.Errorf("attachment %s: %v", a.ID, err)
			continue
		}
		sha := v.Stored().Blob
		if info, err := s.Contents.Stat(ctx, sha); err != nil || sha != a.SHA256 || info.Size != a.DecodedSize {
			t.Errorf("attachment %s: content %s of %d bytes, want %s of %d (%v)", a.ID, sha, info.Size, a.SHA256, a.DecodedSize, err)
		}
		if err := s.Contents.Verify(ctx, sha); err != nil {
			t.Errorf("attachment %s: %v", a.ID, err)
		}
	}
}
