package names

import (
	"path"
	"strings"

	"taskstore/importexport/legacy/record"
	"taskstore/internal/pattern"
)

// PartNames are the names of the parts of a chunked session.
const PartNames = `metadata|summary|audio-insights|canvas-spec|transcription|context-items|` +
	`(?:screenshots|audio-segments|video-chunks)/chunk-\d+`

var (
	StagedName = pattern.Of(`^(?:tx-temp-|\.tx-)(\d{1,16})/(.+)$`)
	copyName   = pattern.Of(`^(.+)\.json\.backup-(\d{1,16})$`)
	strayName  = pattern.Of(`^(.+)\.json(?:~|[._-](?:bak|backup|old|orig|corrupt|broken|save|copy)\b.*)$`) // made by hand
	backupName = pattern.Of(`^(.+)\.(\d{1,16})\.backup\.json$`)
	partName   = pattern.Of(`^(?:` + PartNames + `)(?:\.compressed)?$`)
	contentKey = pattern.Of(`^attachments-ca/(?:[0-9a-fA-F]{2}/)?([^/]+?)(?:/(data|metadata))?$`)
)

// ClassifyDB says what a file below db/ is.
func ClassifyDB(p string) Class {
	if m := StagedName.FindStringSubmatch(p); m != nil {
		c := ClassifyDB(m[2])
		c.Variant, c.Rank, c.Time, c.Known = "staged", record.RankStaged, Millis(m[1]), true
		return c
	}
	switch {
	case p == "wal.log":
		return Class{Form: FormWAL, Rank: record.RankWAL, Known: true}
	case p == "wal.checkpoint":
		return Class{Form: FormCheckpoint, Known: true}
	case strings.HasPrefix(p, "db/"):
		return Class{Form: FormReplayed, Rank: record.RankWAL, Known: true}
	case strings.HasSuffix(p, ".json.checksum"), strings.HasSuffix(p, ".json.gz.checksum"):
		dir, _, _ := strings.Cut(p, "/")
		return Class{Form: FormEntitySum, Known: Collections[dir] != ""}
	case strings.HasSuffix(p, ".json.gz"):
		c := ClassifyKey(strings.TrimSuffix(p, ".json.gz"))
		if c.Form == FormEntity {
			return c
		}
		return Class{Form: FormUnknown}
	case strings.HasSuffix(p, ".tmp"):
		return Class{Form: FormTemp}
	}
	return ClassifyJSON(p)
}

// ClassifyJSON tells a key's file from its backups and temporary copies.
func ClassifyJSON(p string) Class {
	if m := copyName.FindStringSubmatch(p); m != nil {
		return variant(m[1], "copy", record.RankMigrationCopy, Millis(m[2]))
	}
	if m := backupName.FindStringSubmatch(p); m != nil {
		return variant(m[1], "backup", record.RankBackup, Millis(m[2]))
	}
	if key, ok := strings.CutSuffix(p, ".backup.json"); ok && key != "" {
		return variant(key, "backup", record.RankBackup, 0)
	}
	if key, ok := strings.CutSuffix(p, ".tmp.json"); ok && key != "" {
		return variant(key, "temp", record.RankStaged, 0)
	}
	if key, ok := strings.CutSuffix(p, ".json"); ok && key != "" {
		return ClassifyKey(key)
	}
	if m := strayName.FindStringSubmatch(p); m != nil && ClassifyKey(m[1]).Known {
		return variant(m[1], "backup", record.RankBackup, 0)
	}
	return Class{Form: FormUnknown}
}

// variant is the class of a copy of a key's file.
func variant(key, name string, r record.Rank, at int64) Class {
	c := ClassifyKey(key)
	c.Variant, c.Time = name, at
	if c.Rank > r {
		c.Rank = r
	}
	return c
}

var indexKeys = map[string]bool{
	"session-index": true, "ca-attachment-index": true, "session-indexes": true,
	"note-indexes": true, "task-indexes": true, "rollback-points-index": true,
}

var OpaqueKeys = map[string]bool{
	"attachment_refs": true, "capture-draft-text": true, "capture-review-jobs": true,
	"entity-suggestions": true, "cost_monitoring_logs": true, "cost_budget_config": true,
	"enrichment/model-versions": true, "migration-status": true,
	"migration-enrichment-status-v1": true, "active-session-id": true,
}

var SettingKeys = map[string]bool{"settings": true, "aiSettings": true, "preferences": true}

// ClassifyKey says what the file of a collection key holds.
func ClassifyKey(key string) Class {
	c := Class{Form: FormValue, Key: key, Rank: record.RankCollection, Known: true}
	switch {
	case IsArray(key):
		c.Form = FormCollection
	case SettingKeys[key], OpaqueKeys[key], strings.HasPrefix(key, "enrichment_checkpoint_"):
	case indexKeys[key], strings.HasPrefix(key, "indexes/"):
		c.Form = FormIndex
	case strings.HasPrefix(key, "sessions-backup-enrichment-migration-"):
		c.Form, c.Key, c.Rank = FormCopy, "sessions", record.RankMigrationCopy
	case strings.HasPrefix(key, "rollback-points/"):
		c.Rank = record.RankMigrationCopy
		if path.Base(key) == "sessions" {
			c.Form, c.Variant, c.Key = FormCollection, "rollback", "sessions"
		}
	case strings.HasPrefix(key, "attachments-ca/"):
		return classifyContent(key)
	default:
		if dir, rest, ok := strings.Cut(key, "/"); ok && Collections[dir] != "" {
			return classifyEntity(dir, rest)
		}
		c.Known = false
	}
	return c
}

func classifyContent(key string) Class {
	c := Class{Form: FormCAData, Key: key, Rank: record.RankCollection, Known: true}
	if m := contentKey.FindStringSubmatch(key); m != nil {
		c.ID = m[1]
		if m[2] == "metadata" {
			c.Form = FormCAMeta
		}
	}
	return c
}

// classifyEntity says what rest is below the directory of a collection.
func classifyEntity(collection, rest string) Class {
	c := Class{Form: FormEntity, Key: collection, Rank: record.RankEntity, Known: true}
	dir, part, nested := strings.Cut(rest, "/")
	switch {
	case rest == "index", dir == "indexes" && nested:
		c.Form = FormIndex
	case nested && collection == "sessions" && part == "enrichment-checkpoint":
		c.Form, c.Key, c.Rank = FormValue, "sessions/"+rest, record.RankCollection
	case nested && collection == "sessions" && partName.MatchString(part):
		c.Form, c.ID, c.Rank = FormChunk, dir, record.RankChunked
	case nested:
		c.Form, c.Key, c.Rank, c.Known = FormValue, collection+"/"+rest, record.RankCollection, false
	default:
		c.ID = rest
		prefix, id, ok := strings.Cut(rest, "-")
		short := collection[:len(collection)-1]
		if ok && (strings.EqualFold(prefix, short) || strings.EqualFold(prefix, Collections[collection])) {
			c.ID = id
		}
	}
	return c
}
