package legacy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

// dataContent is what the app had when the directories of the data were written.
type dataContent struct {
	Collections map[string][]json.RawMessage
	Settings    json.RawMessage
	Attachments []dataAttachment
}

type dataAttachment struct {
	ID, Name, SHA256 string
	DecodedSize      int64
}

func readData(t *testing.T, at, name string, to any) {
	t.Helper()
	if err := json.Unmarshal(must(t, filepath.Join(at, name)), to); err != nil {
		t.Fatal(err)
	}
}

func (c dataContent) byID(t *testing.T, collection string) map[string][]byte {
	all := map[string][]byte{}
	for _, raw := range c.Collections[collection] {
		all[idOf(t, raw)] = raw
	}
	return all
}

// A dataRoot is a directory or file of the data.
type dataRoot struct {
	name        string
	collections []string // those that the form holds, as they were at last
	settings    bool
	attachments bool
}

var (
	allButSessions = []string{"notes", "tasks", "topics", "companies", "contacts"}
	dataRoots      = []dataRoot{
		{"gen1-raw", testdb.LegacyKinds, true, true},
		{"gen2-wrapped", testdb.LegacyKinds, true, true},
		{"gen2-wrapped-v2", testdb.LegacyKinds, true, true},
		{"gen3-entity", testdb.LegacyKinds, true, true},
		{"gen3-seednames", testdb.LegacyKinds, true, false},
		{"gen4-chunked", allButSessions, true, true},
		{"gen4-dedup", nil, false, false},
		{"export-v1.json", testdb.LegacyKinds, false, false},
		{"export.zip", testdb.LegacyKinds, true, false},
		{"state-v3.json", testdb.LegacyKinds, true, false},
		{"taskerino-backup-1759000000000.json", []string{"notes", "tasks", "topics"}, false, false},
		{"backups", allButSessions, true, false},
	}
)

// TestDataRoots imports each root and file of the data into a store of its own.
func TestDataRoots(t *testing.T) {
	t.Parallel()
	at := sourcetest.DevData(t)
	var c dataContent
	readData(t, at, "expected.json", &c)
	for i, root := range dataRoots {
		t.Run(root.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(at, root.name)
			before := treeOrFile(t, path)
			s := testdb.Open(t)
			importing(t, s, path)
			for _, collection := range root.collections {
				wantLive(t, s, collection, c.byID(t, collection))
			}
			if root.settings {
				v, err := s.Settings.Get(t.Context(), "settings")
				if err != nil {
					t.Fatal(err)
				}
				testdb.WantJSON(t, "settings", []byte(v.Value), c.Settings)
			}
			if root.attachments {
				wantContents(t, s, c.Attachments)
			}
			switch root.name {
			case "gen4-chunked":
				wantChunked(t, s, at, c, lossyPaths(t, at))
			case "gen4-dedup":
				var list []dataAttachment
				readData(t, at, "expected-gen4-dedup.json", &list)
				wantContents(t, s, list)
			}
			if *allData || i%4 == 1 {
				wantDone(t, s, path)
			}
			wantSame(t, "the source", treeOrFile(t, path), before)
		})
	}
}

func treeOrFile(t *testing.T, path string) []string {
	t.Helper()
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return []string{string(must(t, path)), info.ModTime().String()}
	}
	return tree(t, path)
}

func wantContents(t *testing.T, s *repo.Store, list []dataAttachment) {
	t.Helper()
	for _, a := range list {
		v, err := s.Attachments.Get(t.Context(), a.ID, repo.Full)
		if err != nil || v.Stored().Blob != a.SHA256 {
			t.Errorf("attachment %s has content %q, want %q (%v)", a.ID, v.Stored().Blob, a.SHA256, err)
			continue
		}
		if info, err := s.Contents.Stat(t.Context(), a.SHA256); err != nil || info.Size != a.DecodedSize {
			t.Errorf("attachment %s: %d bytes, want %d (%v)", a.ID, info.Size, a.DecodedSize, err)
		}
	}
}

// lossyPaths are the paths of each session that the chunked form does not hold.
func lossyPaths(t *testing.T, at string) (paths map[string][]string) {
	readData(t, at, "expected-gen4-lossy-paths.json", &paths)
	return paths
}

// wantChunked wants every value of the sessions but at the paths that are lost. The
// app gave sessions more members when it put them in chunks: these may be there.
func wantChunked(t *testing.T, s *repo.Store, at string, c dataContent, lost map[string][]string) {
	t.Helper()
	want := c.byID(t, "sessions")
	live, err := of(t, s)["sessions"].ids(t.Context(), false)
	if err != nil || len(live) != len(want) {
		t.Errorf("%d sessions are live, want %d (%v)", len(live), len(want), err)
	}
	for id, raw := range want {
		p := part{t, "session " + id, lost[id], metadataOf(t, at, id)}
		p.want(parsed(t, entityOf(t, s, "sessions", id)), parsed(t, raw), "")
	}
}

// metadataOf gives the metadata of a session in chunks, as it stands on disk.
func metadataOf(t *testing.T, at, id string) (v any) {
	t.Helper()
	var w struct{ Data string }
	text := unzipped(t, must(t, filepath.Join(at, "gen4-chunked", "db", "sessions", id, "metadata.json")))
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return parsed(t, []byte(w.Data))
}

// part compares a value with one that it must hold, and that may have more members.
type part struct {
	t    *testing.T
	what string
	lost []string // paths at which anything may stand
	more any      // whose members may be there too
}

func (p part) want(got, want any, path string) {
	p.t.Helper()
	if slices.Contains(p.lost, path) {
		return
	}
	outer, ok := want.(map[string]any)
	if !ok {
		p.same(got, want, path)
		return
	}
	held, ok := got.(map[string]any)
	if !ok {
		p.t.Errorf("%s: no object at %s", p.what, path)
		return
	}
	for name, v := range outer {
		at := strings.TrimPrefix(path+"."+name, ".")
		if w, there := held[name]; there || !slices.ContainsFunc(p.lost, func(l string) bool { return l == at || strings.HasPrefix(l, at+".") }) {
			p.want(w, v, at)
		}
	}
	for name, v := range held {
		at := strings.TrimPrefix(path+"."+name, ".")
		if _, there := outer[name]; !there && !emptyValue(v) {
			may, _ := valueAt(p.more, at)
			p.same(v, may, at)
		}
	}
}

func (p part) same(got, want any, path string) {
	p.t.Helper()
	have, err := json.Marshal(got)
	if err != nil {
		p.t.Error(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		p.t.Error(err)
	}
	testdb.WantJSON(p.t, p.what+" at "+path, have, text)
}

func emptyValue(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// TestDataTogether imports all of the data into one store, in two orders: nothing
// is there twice, and what chunking lost is there again.
func TestDataTogether(t *testing.T) {
	t.Parallel()
	at := sourcetest.DevData(t)
	var c dataContent
	readData(t, at, "expected.json", &c)
	backward := slices.Clone(dataRoots)
	slices.Reverse(backward)
	for order, roots := range map[string][]dataRoot{"forward": dataRoots, "backward": backward} {
		if order == "backward" && !*allData {
			continue
		}
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			s := testdb.Open(t)
			var sources []string
			for _, root := range roots {
				sources = append(sources, filepath.Join(at, root.name))
				importing(t, s, sources[len(sources)-1])
			}
			for _, collection := range allButSessions {
				wantLive(t, s, collection, c.byID(t, collection))
			}
			wantChunked(t, s, at, c, nil)
			wantContents(t, s, c.Attachments)
			if order == "forward" { // one of each: each by itself is done in TestDataRoots
				wantDone(t, s, sources[1], sources[5], sources[8])
			}
		})
	}
}

// TestDataChunkedBesideOlder imports a directory in which the file of all sessions
// stands beside the chunks: what chunking lost is there again.
func TestDataChunkedBesideOlder(t *testing.T) {
	t.Parallel()
	at := sourcetest.DevData(t)
	var c dataContent
	readData(t, at, "expected.json", &c)
	for _, older := range []string{"gen1-raw", "gen2-wrapped"} {
		if older != "gen1-raw" && !*allData {
			continue
		}
		t.Run(older, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(at, "gen4-chunked"))); err != nil {
				t.Fatal(err)
			}
			put(t, dir, "db/sessions.json", string(must(t, filepath.Join(at, older, "db", "sessions.json"))))
			s := testdb.Open(t)
			importing(t, s, dir)
			wantChunked(t, s, at, c, nil)
			for _, collection := range allButSessions {
				wantLive(t, s, collection, c.byID(t, collection))
			}
			if older == "gen1-raw" {
				wantDone(t, s, dir)
			}
		})
	}
}
