package legacy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// wantStates wants exactly these entities live, in the trash as recovered, and
// there as missing; with more set, others may be live too. Only the collections
// that want names are looked at for live entities that should not be there.
func wantStates(t *testing.T, s *repo.Store, want fault, more bool) {
	t.Helper()
	for collection, c := range of(t, s) {
		live, err := c.ids(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		made := slices.DeleteFunc(slices.Clone(live), func(id string) bool { return !strings.HasPrefix(id, "legacy-"+collection+"-") })
		if n, ok := want.Synthetic[collection]; len(made) != n && (ok || collection != "attachments") {
			t.Errorf("%s with ids that the import made: %q, want %d", collection, made, n)
		}
		live = slices.DeleteFunc(live, func(id string) bool { return slices.Contains(made, id) })
		if ids, ok := want.Live[collection]; ok && !more {
			wantIDs(t, "live "+collection, live, ids)
		} else {
			for _, id := range ids {
				if !slices.Contains(live, id) {
					t.Errorf("%s %q is not live", collection, id)
				}
			}
		}
		trash, err := c.ids(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string][]string{}
		for _, id := range trash {
			_, head, err := c.get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			by[head.TrashReason] = append(by[head.TrashReason], id)
		}
		wantIDs(t, "recovered "+collection, by[schema.TrashRecovered], want.Recovered[collection])
		if collection != "attachments" {
			wantIDs(t, "missing "+collection, by[schema.TrashMissing], want.Missing[collection])
		}
		if by[schema.TrashDeleted] != nil {
			t.Errorf("deleted %s: %q", collection, by[schema.TrashDeleted])
		}
	}
}

func wantIDs(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: -want +got\n%s", what, cmp.Diff(want, got))
	}
}

// entityOf gives an entity's JSON; nil and a failure if it is not there.
func entityOf(t *testing.T, s *repo.Store, collection, id string) []byte {
	t.Helper()
	raw, _, err := of(t, s)[collection].get(t.Context(), id)
	if err != nil {
		t.Errorf("%s %q: %v", collection, id, err)
	}
	return raw
}

func wantValues(t *testing.T, s *repo.Store, want fault) {
	t.Helper()
	for _, v := range want.Values {
		collection, id, path := textOf(t, v[0]), textOf(t, v[1]), textOf(t, v[2])
		got, ok := valueAt(parsed(t, entityOf(t, s, collection, id)), path)
		if !ok || !cmp.Equal(got, parsed(t, v[3])) {
			t.Errorf("%s %s: %s is %v (there: %t), want %s", collection, id, path, got, ok, v[3])
		}
	}
	for collection, byID := range want.ConflictValues {
		for id, texts := range byID {
			all := string(entityOf(t, s, collection, id))
			list, err := of(t, s)[collection].history(t.Context(), id)
			if err != nil || len(list) == 0 {
				t.Errorf("%s %q has no history (%v)", collection, id, err)
			}
			for _, r := range list {
				all += "\n" + string(r.State)
			}
			for _, text := range texts {
				if !strings.Contains(all, text) {
					t.Errorf("%s %s: %q is nowhere", collection, id, text)
				}
			}
		}
	}
	for id, n := range want.ScreenshotCounts {
		shots, _ := valueAt(parsed(t, entityOf(t, s, "sessions", id)), "screenshots")
		if list, _ := shots.([]any); len(list) != n {
			t.Errorf("session %s has %d screenshots, want %d", id, len(list), n)
		}
	}
}

func textOf(t *testing.T, raw json.RawMessage) (text string) {
	t.Helper()
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw) // an id that is a number
	}
	return text
}

func parsed(t *testing.T, raw []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Errorf("%v in %.200s", err, raw)
	}
	return v
}

// valueAt gives what stands at a path such as "subtasks.0.title".
func valueAt(v any, path string) (any, bool) {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			inner, ok := in[step]
			if !ok {
				return nil, false
			}
			v = inner
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// wantRelations wants the links: an entity with one is found through it.
func wantRelations(t *testing.T, s *repo.Store, want fault) {
	t.Helper()
	for _, link := range want.MustHaveRelationship {
		if !slices.ContainsFunc([]string{"task", "note", "session"}, func(kind string) bool {
			return linked(t, s, link[0], link[1], schema.Link{Kind: kind, ID: link[2]})
		}) {
			t.Errorf("%s %s has no link to %s: %.2000s", link[0], link[1], link[2], entityOf(t, s, link[0], link[1]))
		}
	}
}

func linked(t *testing.T, s *repo.Store, collection, id string, to schema.Link) bool {
	t.Helper()
	q := repo.Query{Links: []schema.Link{to}}
	var found []schema.Brief
	list := func(p repo.Page[schema.Brief], err error) {
		if err != nil {
			t.Error(err)
		}
		found = p.Items
	}
	switch collection {
	case "tasks":
		list(s.Tasks.List(t.Context(), q))
	case "notes":
		list(s.Notes.List(t.Context(), q))
	case "sessions":
		list(s.Sessions.List(t.Context(), q))
	}
	return slices.ContainsFunc(found, func(b schema.Brief) bool { return b.ID == id })
}

func wantAttached(t *testing.T, s *repo.Store, want fault) {
	t.Helper()
	stored := func(id string) (schema.Attachment, schema.Content) {
		a, err := s.Attachments.Get(t.Context(), id, repo.Full)
		if err != nil {
			t.Errorf("attachment %s: %v", id, err)
		}
		return a, a.Stored()
	}
	sums := map[string]string{}
	for id, sum := range want.Attachments {
		sums[id] = sum
	}
	for _, id := range want.Replaced.IDs {
		sums[id] = want.Replaced.TrueHash
	}
	if want.OrphanBlob != "" {
		sums[want.OrphanBlob] = want.OrphanBlob
	}
	for id, sum := range sums {
		if _, c := stored(id); c.Blob != sum || c.Undecodable() {
			t.Errorf("attachment %s has content %q, want %q", id, c.Blob, sum)
		} else if text := readBlob(t, s, sum); hexSum(text) != sum {
			t.Errorf("attachment %s: the bytes are not those of the hash", id)
		}
	}
	for _, id := range want.MissingBlob {
		if a, c := stored(id); c.Blob != "" || a.TrashedAt != "" {
			t.Errorf("attachment %s has content %q (trash: %q), want none", id, c.Blob, a.TrashReason)
		}
	}
	for _, id := range want.Undecodable {
		if _, c := stored(id); !c.Undecodable() || c.Blob == "" {
			t.Errorf("attachment %s: %+v, want text that could not be decoded", id, c)
		}
	}
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// wantTexts wants texts, and depths, exactly as they were.
func wantTexts(t *testing.T, s *repo.Store, want fault) {
	t.Helper()
	if want.Transcript != nil {
		text, _ := valueAt(parsed(t, entityOf(t, s, "sessions", want.Transcript.ID)), "fullTranscription")
		if got, _ := text.(string); len(got) != want.Transcript.Bytes || hexSum(got) != want.Transcript.SHA256 {
			t.Errorf("transcription of %d bytes, want %d", len(got), want.Transcript.Bytes)
		}
	}
	if want.Deep != nil {
		depth, deepest := 0, 0
		for _, c := range entityOf(t, s, "sessions", want.Deep.ID) {
			switch c {
			case '{':
				depth++
			case '}':
				depth--
			}
			deepest = max(deepest, depth)
		}
		if deepest < want.Deep.Levels {
			t.Errorf("%d levels, want %d", deepest, want.Deep.Levels)
		}
	}
	if len(want.RawContains) == 0 {
		return
	}
	all := allRaw(t, s)
	for _, text := range want.RawContains {
		if !strings.Contains(all, strings.ReplaceAll(text, " ", "")) {
			t.Errorf("%q is nowhere", text)
		}
	}
}

// allRaw is every entity's JSON without spaces.
func allRaw(t *testing.T, s *repo.Store) string {
	t.Helper()
	var b strings.Builder
	for name, c := range of(t, s) {
		for _, trash := range []bool{false, true} {
			ids, err := c.ids(t.Context(), trash)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				b.Write(entityOf(t, s, name, id))
			}
		}
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(b.String())
}
