package names

import (
	"testing"

	"taskstore/importexport/legacy/record"

	"github.com/google/go-cmp/cmp"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	const hash = "07a97e586f6c1749b95e43caeb765018407761c611f9187eebf684546c1f64b3"
	for p, want := range map[string]Class{
		"sessions.json":                            {"collection", "root", "sessions", "", record.RankRoot, 0, true},
		"db/notes.json":                            {"collection", "", "notes", "", record.RankCollection, 0, true},
		"db/notes.backup.json":                     {"collection", "backup", "notes", "", record.RankBackup, 0, true},
		"db/notes.1761700000000.backup.json":       {"collection", "backup", "notes", "", record.RankBackup, 1761700000000, true},
		"db/notes.tmp.json":                        {"collection", "temp", "notes", "", record.RankStaged, 0, true},
		"db/tasks.json.backup-1761299999999":       {"collection", "copy", "tasks", "", record.RankMigrationCopy, 1761299999999, true},
		"db/tx-temp-1761700000123/notes.json":      {"collection", "staged", "notes", "", record.RankStaged, 1761700000123, true},
		"db/.tx-17/sessions/a/metadata.json":       {"session-part", "staged", "sessions", "a", record.RankStaged, 17, true},
		"db/settings.json":                         {"value", "", "settings", "", record.RankCollection, 0, true},
		"db/capture-draft-text.json":               {"value", "", "capture-draft-text", "", record.RankCollection, 0, true},
		"db/enrichment_checkpoint_12-a.json":       {"value", "", "enrichment_checkpoint_12-a", "", record.RankCollection, 0, true},
		"db/projects.json":                         {"value", "", "projects", "", record.RankCollection, 0, false},
		"db/enrichment/model-versions.json":        {"value", "", "enrichment/model-versions", "", record.RankCollection, 0, true},
		"db/sessions/a/enrichment-checkpoint.json": {"value", "", "sessions/a/enrichment-checkpoint", "", record.RankCollection, 0, true},
		"db/sessions-backup-enrichment-migration-2025-10-15T10-00-00-000Z.json": {"migration-copy", "", "sessions", "", record.RankMigrationCopy, 0, true},
		"db/rollback-points/rollback-1/sessions.json":                           {"collection", "rollback", "sessions", "", record.RankMigrationCopy, 0, true},
		"db/rollback-points/rollback-1/metadata.json":                           {"value", "", "rollback-points/rollback-1/metadata", "", record.RankMigrationCopy, 0, true},
		"db/session-index.json":                                                 {"index", "", "session-index", "", record.RankCollection, 0, true},
		"db/indexes/x.json":                                                     {"index", "", "indexes/x", "", record.RankCollection, 0, true},
		"db/sessions/indexes/metadata.json":                                     {"index", "", "sessions", "", record.RankEntity, 0, true},
		"db/companies/index.json":                                               {"index", "", "companies", "", record.RankEntity, 0, true},
		"db/wal.log":                                                            {"wal", "", "", "", record.RankWAL, 0, true},
		"db/wal.checkpoint":                                                     {"wal-checkpoint", "", "", "", 0, 0, true},
		"db/companies/companie-c_1.json":                                        {"entity", "", "companies", "c_1", record.RankEntity, 0, true},
		"db/companies/Company-c-1.json":                                         {"entity", "", "companies", "c-1", record.RankEntity, 0, true},
		"db/tasks/task-1-a.json.gz":                                             {"entity", "", "tasks", "1-a", record.RankEntity, 0, true},
		"db/tasks/task-1-a.json.gz.checksum":                                    {"entity-checksum", "", "", "", 0, 0, true},
		"db/tasks/task-1-a.json.checksum":                                       {"entity-checksum", "", "", "", 0, 0, true},
		"db/db/topics/topic-1.json.json":                                        {"replayed-entity", "", "", "", record.RankWAL, 0, true},
		"db/sessions/a/metadata.json":                                           {"session-part", "", "sessions", "a", record.RankChunked, 0, true},
		"db/sessions/a/metadata.1761700000000.backup.json":                      {"session-part", "backup", "sessions", "a", record.RankBackup, 1761700000000, true},
		"db/sessions/a/screenshots/chunk-1000.compressed.json":                  {"session-part", "", "sessions", "a", record.RankChunked, 0, true},
		"db/attachments-ca/07/" + hash + "/data.json":                           {"ca-data", "", "attachments-ca/07/" + hash + "/data", hash, record.RankCollection, 0, true},
		"db/attachments-ca/07/" + hash + "/metadata.json":                       {"ca-metadata", "", "attachments-ca/07/" + hash + "/metadata", hash, record.RankCollection, 0, true},
		"db/attachments-ca/" + hash + ".json":                                   {"ca-data", "", "attachments-ca/" + hash, hash, record.RankCollection, 0, true},
		"backups/backup-1761645600309.json":                                     {"backup-bundle", "", "", "", record.RankBundle, 1761645600309, true},
		"backups/pre-companies-contacts-migration-x/notes.json":                 {"collection", "bundle", "notes", "", record.RankBundle, 0, true},
		"attachments/a-1.meta.json":                                             {"attachment-meta", "", "attachments", "a-1", record.RankCollection, 0, true},
		"attachments/a-1.dat":                                                   {"attachment-data", "", "attachments", "a-1", record.RankCollection, 0, true},
		"attachments/07/" + hash + ".dat":                                       {"dedup-data", "", "", hash, 0, 0, true},
		"attachments/07/" + hash + ".meta.json":                                 {"dedup-meta", "", "", hash, 0, 0, true},
		"attachments/images/i.png":                                              {"media", "", "", "i", 0, 0, true},
		"attachments/notes.txt":                                                 {Form: "unknown"},
		"videos/session-a-17.mp4":                                               {"media", "", "", "session-a-17", 0, 0, true},
		"temp/x":                                                                {Form: "temporary"},
		"db/.DS_Store":                                                          {Form: "system"},
		"db/._notes.json":                                                       {Form: "system"},
		"db/notes (conflicted copy 2025-10-01).json":                            {Form: "conflicted-copy"},
		"db/.notes.json.icloud":                                                 {Form: "not-downloaded"},
		"taskerino-export-1761700000000.json":                                   {Form: "loose", Time: 1761700000000},
		"export.zip":                                                            {Form: "zip", Rank: record.RankZip, Known: true},
		"README":                                                                {Form: "unknown"},
	} {
		if d := cmp.Diff(want, Classify(p, LayoutRoot)); d != "" {
			t.Errorf("%s:\n%s", p, d)
		}
	}
}

func TestRankOrder(t *testing.T) {
	t.Parallel()
	order := []record.Rank{record.RankWAL, record.RankChunked, record.RankEntity, record.RankCollection, record.RankRoot, record.RankRescue, record.RankExport, record.RankZip,
		record.RankState, record.RankStaged, record.RankBackup, record.RankMigrationCopy, record.RankBundle}
	for i, r := range order {
		if i > 0 && order[i-1] <= r {
			t.Errorf("%v is not above %v", order[i-1], r)
		}
		if r.Live() != (i <= 4) || r.String() == "" {
			t.Errorf("%v: live %v", r, r.Live())
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, p := range []string{"db/notes.json", "db/tx-temp-1/db/x.backup.json", "backups/pre-a/b.json.gz", "../../x", "attachments/.dat"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		for l := LayoutRoot; l <= LayoutSingle; l++ {
			if c := Classify(p, l); c.Form == "" {
				t.Errorf("%q has no form", p)
			}
		}
	})
}
