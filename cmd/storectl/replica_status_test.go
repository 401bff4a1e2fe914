package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"taskstore/cmd/storectl/internal/health"
	"taskstore/repo"
)

// TestReplicaStatus: status finds Litestream's copy by its configuration or by what it keeps beside the store, tells how old
// it is, and warns when the store has changed since.
func TestReplicaStatus(t *testing.T) {
	work := t.TempDir()
	store := filepath.Join(work, "store")
	if got := storectl(t, nil, "", "--store", store, "init"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	db := repo.DBPath(store)
	config := filepath.Join(work, "litestream.yml")
	env := []string{"LITESTREAM_CONFIG=" + config}
	ltx := func(dir string, age time.Duration) {
		t.Helper()
		at := time.Now().Add(-age)
		level := filepath.Join(dir, "ltx", "0")
		name := filepath.Join(level, "0000000000000001-0000000000000001.ltx")
		for _, err := range []error{os.MkdirAll(level, 0o700), os.WriteFile(name, []byte("x"), 0o600), os.Chtimes(name, at, at)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	look := func(place string, local, warned bool) {
		t.Helper()
		out := storectl(t, env, "", "--store", store, "--json", "status")
		var got struct {
			Replica   *health.Replica
			Attention []string
		}
		if err := json.Unmarshal([]byte(out.stdout), &got); err != nil || out.code != 0 {
			t.Fatal(err, out)
		}
		if place == "" {
			if got.Replica != nil {
				t.Errorf("there is a replica: %+v", got.Replica)
			}
			return
		}
		if got.Replica == nil || got.Replica.Place != place || got.Replica.Local != local {
			t.Errorf("want %s: %+v", place, got.Replica)
		}
		if is := strings.Contains(strings.Join(got.Attention, "\n"), "Litestream"); is != warned {
			t.Errorf("%s: warned %v: %v", place, is, got.Attention)
		}
	}
	look("", false, false)
	beside := filepath.Join(store, ".store.db-litestream")
	if err := os.Mkdir(beside, 0o700); err != nil {
		t.Fatal(err)
	}
	look(beside, true, true) // nothing was copied
	ltx(beside, time.Minute)
	look(beside, true, false)
	replica := filepath.Join(work, "replica")
	ltx(replica, 2*time.Hour)
	for _, text := range []string{
		"dbs:\n  - path: " + db + "\n    replica:\n      path: " + replica + "\n",
		"dbs:\n  - path: /nowhere\n    replica:\n      path: /other\n  - path: " + db + "\n    replica:\n      type: file\n      path: " + replica + "\n",
		"dbs:\n  - path: " + db + "\n    replicas:\n      - url: file://" + replica + "\n",
	} {
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		look(replica, false, true)
	}
	ltx(replica, 0)
	look(replica, false, false)
	for _, text := range []string{"dbs:\n  - path: " + db + "\n    replica:\n      url: s3://bucket/store\n", "dbs: [", ""} {
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		look(beside, true, false)
	}
}
