package legacy

import (
	"path"
	"strings"
)

// partNames are the names of the parts of a chunked session.
const partNames = `metadata|summary|audio-insights|canvas-spec|transcription|context-items|` +
	`(?:screenshots|audio-segments|video-chunks)/chunk-\d+`

var (
	stagedName = matching(`^(?:tx-temp-|\.tx-)(\d{1,16})/(.+)$`)
	copyName   = matching(`^(.+)\.json\.backup-(\d{1,16})$`)
	strayName  = matching(`^(.+)\.json(?:~|[._-](?:bak|backup|old|orig|corrupt|broken|save|copy)\b.*)$`) // made by hand
	backupName = matching(`^(.+)\.(\d{1,16})\.backup\.json$`)
	partName   = matching(`^(?:` + partNames + `)(?:\.compressed)?$`)
	contentKey = matching(`^attachments-ca/(?:[0-9a-fA-F]{2}/)?([^/]+?)(?:/(data|metadata))?$`)
)

// classifyDB says what a file below db/ is.
func classifyDB(p string) class {
	if m := stagedName.FindStringSubmatch(p); m != nil {
		c := classifyDB(m[2])
		c.Variant, c.Rank, c.Time, c.Known = "staged", RankStaged, millis(m[1]), true
		return c
	}
	switch {
	case p == "wal.log":
		return class{Form: formWAL, Rank: RankWAL, Known: true}
	case p == "wal.checkpoint":
		return class{Form: formCheckpoint, Known: true}
	case strings.HasPrefix(p, "db/"):
		return class{Form: formReplayed, Rank: RankWAL, Known: true}
	case strings.HasSuffix(p, ".json.checksum"), strings.HasSuffix(p, ".json.gz.checksum"):
		dir, _, _ := strings.Cut(p, "/")
		return class{Form: formEntitySum, Known: collections[dir] != ""}
	case strings.HasSuffix(p, ".json.gz"):
		c := classifyKey(strings.TrimSuffix(p, ".json.gz"))
		if c.Form == formEntity {
			return c
		}
		return class{Form: formUnknown}
	case strings.HasSuffix(p, ".tmp"):
		return class{Form: formTemp}
	}
	return classifyJSON(p)
}

// classifyJSON tells a key's file from its backups and temporary copies.
func classifyJSON(p string) class {
	if m := copyName.FindStringSubmatch(p); m != nil {
		return variant(m[1], "copy", RankMigrationCopy, millis(m[2]))
	}
	if m := backupName.FindStringSubmatch(p); m != nil {
		return variant(m[1], "backup", RankBackup, millis(m[2]))
	}
	if key, ok := strings.CutSuffix(p, ".backup.json"); ok && key != "" {
		return variant(key, "backup", RankBackup, 0)
	}
	if key, ok := strings.CutSuffix(p, ".tmp.json"); ok && key != "" {
		return variant(key, "temp", RankStaged, 0)
	}
	if key, ok := strings.CutSuffix(p, ".json"); ok && key != "" {
		return classifyKey(key)
	}
	if m := strayName.FindStringSubmatch(p); m != nil && classifyKey(m[1]).Known {
		return variant(m[1], "backup", RankBackup, 0)
	}
	return class{Form: formUnknown}
}

// variant is the class of a copy of a key's file.
func variant(key, name string, r Rank, at int64) class {
	c := classifyKey(key)
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

var opaqueKeys = map[string]bool{
	"attachment_refs": true, "capture-draft-text": true, "capture-review-jobs": true,
	"entity-suggestions": true, "cost_monitoring_logs": true, "cost_budget_config": true,
	"enrichment/model-versions": true, "migration-status": true,
	"migration-enrichment-status-v1": true, "active-session-id": true,
}

var settingKeys = map[string]bool{"settings": true, "aiSettings": true, "preferences": true}

// classifyKey says what the file of a collection key holds.
func classifyKey(key string) class {
	c := class{Form: formValue, Key: key, Rank: RankCollection, Known: true}
	switch {
	case isArray(key):
		c.Form = formCollection
	case settingKeys[key], opaqueKeys[key], strings.HasPrefix(key, "enrichment_checkpoint_"):
	case indexKeys[key], strings.HasPrefix(key, "indexes/"):
		c.Form = formIndex
	case strings.HasPrefix(key, "sessions-backup-enrichment-migration-"):
		c.Form, c.Key, c.Rank = formCopy, "sessions", RankMigrationCopy
	case strings.HasPrefix(key, "rollback-points/"):
		c.Rank = RankMigrationCopy
		if path.Base(key) == "sessions" {
			c.Form, c.Variant, c.Key = formCollection, "rollback", "sessions"
		}
	case strings.HasPrefix(key, "attachments-ca/"):
		return classifyContent(key)
	default:
		if dir, rest, ok := strings.Cut(key, "/"); ok && collections[dir] != "" {
			return classifyEntity(dir, rest)
		}
		c.Known = false
	}
	return c
}

func classifyContent(key string) class {
	c := class{Form: formCAData, Key: key, Rank: RankCollection, Known: true}
	if m := contentKey.FindStringSubmatch(key); m != nil {
		c.ID = m[1]
		if m[2] == "metadata" {
			c.Form = formCAMeta
		}
	}
	return c
}

// classifyEntity says what rest is below the directory of a collection.
func classifyEntity(collection, rest string) class {
	c := class{Form: formEntity, Key: collection, Rank: RankEntity, Known: true}
	dir, part, nested := strings.Cut(rest, "/")
	switch {
	case rest == "index", dir == "indexes" && nested:
		c.Form = formIndex
	case nested && collection == "sessions" && part == "enrichment-checkpoint":
		c.Form, c.Key, c.Rank = formValue, "sessions/"+rest, RankCollection
	case nested && collection == "sessions" && partName.MatchString(part):
		c.Form, c.ID, c.Rank = formChunk, dir, RankChunked
	case nested:
		c.Form, c.Key, c.Rank, c.Known = formValue, collection+"/"+rest, RankCollection, false
	default:
		c.ID = rest
		prefix, id, ok := strings.Cut(rest, "-")
		short := collection[:len(collection)-1]
		if ok && (strings.EqualFold(prefix, short) || strings.EqualFold(prefix, collections[collection])) {
			c.ID = id
		}
	}
	return c
}
