package legacy_test

import (
	"os"
	"sync"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/internal/testdb"
)

// shared is where the legacy data is unpacked, once for all tests, which only read it.
var shared struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	legacy.DataDir = dataDir
	code := m.Run()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

func dataDir(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.dir == "" {
		dir, err := os.MkdirTemp("", "legacy-data-*")
		if err != nil {
			t.Fatal(err)
		}
		shared.dir = dir
	}
	return testdb.LegacyDataIn(t, shared.dir)
}
