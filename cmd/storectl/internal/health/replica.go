package health

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/repo"

	"go.yaml.in/yaml/v3"
)

// Replica is what the files of Litestream tell of its copy of the store.
type Replica struct {
	Place  string     `json:"place"`  // of the files: the replica if it is a directory here, else what Litestream keeps beside the store
	Local  bool       `json:"local"`  // they are only what it keeps beside the store: whether the replica has it is not known
	Copied term.Stamp `json:"copied"` // when the newest of them was made; "" if there is none
	Behind string     `json:"behind"` // for how long the store had changed since; "" if it is up to date
}

// oldReplica is by how much a copy that is made all the time may be behind.
const oldReplica = 15 * time.Minute

// replicaOf looks for a copy that Litestream makes of the store in dir, nil if there is none: by its
// configuration, where it can be read, and by what it keeps beside the database.
func replicaOf(dir string, env map[string]string) *Replica {
	db := repo.DBPath(dir)
	r := &Replica{Place: replicaInConfig(db, env)}
	if r.Place == "" {
		r.Place, r.Local = filepath.Join(filepath.Dir(db), "."+filepath.Base(db)+"-litestream"), true
		if _, err := os.Stat(r.Place); err != nil {
			return nil
		}
	}
	newest := newestLTX(filepath.Join(r.Place, "ltx"))
	var changed time.Time
	for _, file := range []string{db, db + "-wal"} {
		if info, err := os.Stat(file); err == nil && info.ModTime().After(changed) {
			changed = info.ModTime()
		}
	}
	if !newest.IsZero() {
		r.Copied = term.StampOf(newest)
	}
	if behind := changed.Sub(newest); newest.IsZero() {
		r.Behind = "ever"
	} else if behind > oldReplica {
		r.Behind = behind.Round(time.Minute).String()
	}
	return r
}

// newestLTX is when the newest of Litestream's files was made.
func newestLTX(dir string) (newest time.Time) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(e.Name(), ".ltx") {
			return nil // what cannot be read is no copy
		}
		if info, err := e.Info(); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return nil
	})
	return newest
}

// litestreamConfig is what is read of Litestream's configuration.
type litestreamConfig struct {
	DBs []struct {
		Path     string             `yaml:"path"`
		Replica  litestreamTarget   `yaml:"replica"`
		Replicas []litestreamTarget `yaml:"replicas"`
	} `yaml:"dbs"`
}

type litestreamTarget struct {
	Type string `yaml:"type"`
	Path string `yaml:"path"`
	URL  string `yaml:"url"`
}

// replicaInConfig is the directory into which Litestream copies the database, as its
// configuration has it; "" if that cannot be read, or names another place.
func replicaInConfig(db string, env map[string]string) string {
	file := "/etc/litestream.yml"
	if runtime.GOOS == "windows" {
		file = `C:\Litestream\litestream.yml`
	}
	text, err := os.ReadFile(cmp.Or(env["LITESTREAM_CONFIG"], file))
	if err != nil {
		return ""
	}
	var config litestreamConfig
	if yaml.Unmarshal([]byte(os.Expand(string(text), func(name string) string { return env[name] })), &config) != nil {
		return ""
	}
	for _, one := range config.DBs {
		if !sameFile(one.Path, db) {
			continue
		}
		for _, r := range append(one.Replicas, one.Replica) {
			path := cmp.Or(strings.TrimPrefix(r.URL, "file://"), r.Path)
			if r.Type != "" && r.Type != "file" || strings.Contains(path, "://") || !filepath.IsAbs(path) {
				continue
			}
			return path
		}
	}
	return ""
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, other := os.Stat(b)
	return err == nil && other == nil && os.SameFile(x, y)
}

// attention says what a person should know of the copy; "" is nothing.
func (r *Replica) attention() string {
	switch {
	case r == nil || r.Behind == "":
		return ""
	case r.Copied == "":
		return fmt.Sprintf("Litestream has copied nothing into %s: is it running", r.Place)
	}
	return fmt.Sprintf("Litestream's copy in %s is %s behind the store: is it running", r.Place, strings.TrimSuffix(r.Behind, "0s"))
}
