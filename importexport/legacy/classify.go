package legacy

import (
	"path"
	"strconv"
	"strings"
)

// layout says how the paths of a source are to be understood.
type layout int

const (
	layoutRoot   layout = iota // the application's data directory
	layoutDB                   // its db directory
	layoutLoose                // a directory of single files: an unpacked export, say
	layoutSingle               // one file
)

// The forms of files. A decoder is registered for each form that is read.
const (
	formCollection = "collection"     // an array of entities, raw or wrapped
	formValue      = "value"          // any other key: settings and opaque values
	formCopy       = "migration-copy" // {timestamp, sessions, count}
	formIndex      = "index"          // search indexes and lists of ids
	formWAL        = "wal"
	formCheckpoint = "wal-checkpoint"
	formEntity     = "entity"          // a file per entity, plain or gzip
	formEntitySum  = "entity-checksum" // its checksum
	formReplayed   = "replayed-entity" // below db/db
	formChunk      = "session-part"    // a part of a chunked session
	formCAData     = "ca-data"         // content addressed: the content
	formCAMeta     = "ca-metadata"     // and what refers to it
	formBundle     = "backup-bundle"   // all collections in one file
	formMeta       = "attachment-meta"
	formDat        = "attachment-data"
	formDedupMeta  = "dedup-meta"
	formDedupDat   = "dedup-data"
	formMedia      = "media"             // raw files: images, videos
	formLoose      = "loose"             // a single file, told by its content
	formExport     = "export"            // a JSON export with a version
	formOldExport  = "old-export"        // one without
	formSession    = "session-file"      // one session
	formState      = "local-storage"     // a dump of the localStorage state
	formRescue     = "rescue-save"       // a critical or emergency save
	formRecord     = "indexed-db-record" // {name, data, timestamp}
	formDatabase   = "indexed-db"        // several of these, perhaps with the backups
	formBrowser    = "browser-dump"      // of all that was kept in a browser
	formZip        = "zip"
	formZipInfo    = "export-metadata" // of an unpacked zip
	formPacked     = "packed"          // in a zip, and not read from inside of one
	formTemp       = "temporary"       // removed by the application at its end
	formSystem     = "system"          // of the operating system
	formConflict   = "conflicted-copy" // made by a synchronising service
	formOffline    = "not-downloaded"  // of a file that is not here
	formOther      = "other-source"    // of an app-data directory inside of this one
	formUnknown    = "unknown"
)

// class is what the path of a file says about it.
type class struct {
	Form    string
	Variant string // "", "backup", "temp", "copy", "staged", "bundle"
	Key     string // collection key
	ID      string // the entity's, session's or attachment's id as the name has it
	Rank    Rank
	Time    int64 // epoch milliseconds, 0 when the name has none
	Known   bool  // only the application has files of this name
}

// format names the class for reports.
func (c class) format() string {
	if c.Variant == "" {
		return c.Form
	}
	return c.Form + "-" + c.Variant
}

var collections = map[string]string{
	"sessions": "session", "notes": "note", "tasks": "task", "topics": "topic",
	"companies": "company", "contacts": "contact",
}

// isArray says whether a key holds an array of entities.
func isArray(key string) bool { return collections[key] != "" || key == "attachments" }

// classify says what the file at a path relative to the source is.
func classify(p string, l layout) class {
	base := path.Base(p)
	switch {
	case systemFile(p):
		return class{Form: formSystem}
	case strings.HasSuffix(base, ".icloud"):
		return class{Form: formOffline}
	case conflicted(base):
		return class{Form: formConflict}
	case l == layoutDB:
		return classifyDB(p)
	case l == layoutSingle:
		c := classifyLoose(base)
		if c.Form == formUnknown {
			c.Form = formLoose // whatever its ending
		}
		return c
	case l == layoutLoose && !strings.Contains(p, "/"):
		return classifyLoose(base)
	}
	dir, rest, nested := strings.Cut(p, "/")
	if !nested {
		return classifyRoot(base)
	}
	switch dir {
	case "db":
		return classifyDB(rest)
	case "backups":
		return classifyBackups(rest)
	case "attachments":
		return classifyAttachment(rest)
	case "videos":
		return class{Form: formMedia, ID: stem(base), Known: true}
	case "temp":
		return class{Form: formTemp}
	}
	return classifyCase(dir, rest, l)
}

// classifyCase tells a file in a directory whose name differs in case alone from one of
// the application's. Where case counts the application never read it: it is a copy.
func classifyCase(dir, rest string, l layout) class {
	lower := strings.ToLower(dir)
	if lower == dir {
		return class{Form: formUnknown}
	}
	c := classify(lower+"/"+rest, l)
	if c.Rank.Live() {
		c.Rank = RankBackup
	}
	if c.Form == formWAL || c.Form == formCheckpoint {
		c.Variant = "backup"
	}
	return c
}

// systemFile says whether a path is of the operating system's making.
func systemFile(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		switch {
		case part == ".DS_Store", part == "Thumbs.db", part == "desktop.ini", strings.HasPrefix(part, "._"),
			part == ".Spotlight-V100", part == ".Trashes", part == ".fseventsd", part == "__MACOSX":
			return true
		}
	}
	return false
}

// conflictName is how services name the other of two copies that they could not bring
// together: in words of a parenthesis (Dropbox, Nextcloud), by Syncthing's mark, or with
// a number behind (iCloud). A session's own name may hold the word.
var conflictName = matching(`(?i) \(([^()]* )?conflict(ed|ing)?( copy)?( [^()]*)?\).*\.json$|\.sync-conflict-\d{8}-\d{6}| \d{1,2}\.json$`)

func conflicted(base string) bool { return conflictName.MatchString(base) }

// stem is a file name without its last ending.
func stem(base string) string { return strings.TrimSuffix(base, path.Ext(base)) }

func classifyRoot(base string) class {
	switch {
	case base == "sessions.json":
		return class{Form: formCollection, Variant: "root", Key: "sessions", Rank: RankRoot, Known: true}
	case strings.HasSuffix(base, ".tmp"):
		return class{Form: formTemp}
	}
	return classifySingle(base)
}

// classifyLoose tells a file that stands outside of the application's directory.
func classifyLoose(base string) class {
	if base == "export-metadata.json" {
		return class{Form: formZipInfo, Known: true}
	}
	if base == "index.json" { // of a collection's directory: no records
		return class{Form: formIndex}
	}
	for _, c := range []class{classifyDB(base), classifyBackups(base), classifyAttachment(base), classifyEntityFile(base)} {
		switch c.Form {
		case formCollection, formValue, formCopy, formIndex, formBundle, formWAL, formCheckpoint, formMeta, formDat, formEntity, formEntitySum:
			if c.Known {
				return c
			}
		}
	}
	return classifySingle(base)
}

// classifyEntityFile tells a compressed file of an entity, and a checksum, that stand
// outside of the directory of their collection.
func classifyEntityFile(base string) class {
	if key := spelledAs(base); key != "" && (strings.HasSuffix(base, ".json.gz") || strings.HasSuffix(base, sumSuffix)) {
		return classifyDB(key + "/" + base)
	}
	return class{Form: formUnknown}
}

// secretFile says whether a file of this name holds a secret and nothing else: the key
// that it was saved under is that of one.
func secretFile(base string) bool {
	key, _, ok := strings.Cut(base, ".json")
	return ok && secretName(strings.TrimSuffix(key, ".backup"))
}

func classifySingle(base string) class {
	switch strings.ToLower(path.Ext(base)) {
	case ".json":
		return class{Form: formLoose, Time: nameTime(stem(base))}
	case ".zip":
		return class{Form: formZip, Rank: RankZip, Known: strings.Contains(base, "export")}
	}
	return class{Form: formUnknown}
}

var bundleName = matching(`^backup-(\d{1,16})\.json$`)

func classifyBackups(p string) class {
	if m := bundleName.FindStringSubmatch(p); m != nil {
		return class{Form: formBundle, Rank: RankBundle, Time: millis(m[1]), Known: true}
	}
	if dir, rest, ok := strings.Cut(p, "/"); ok && strings.HasPrefix(dir, "pre-") {
		c := classifyDB(rest)
		c.Variant, c.Rank = "bundle", RankBundle
		return c
	}
	return class{Form: formUnknown}
}

var hexDir = matching(`^[0-9a-f]{2}/([0-9a-f]{64})\.(dat|meta\.json)$`)

func classifyAttachment(p string) class {
	if m := hexDir.FindStringSubmatch(p); m != nil {
		form := formDedupDat
		if m[2] != "dat" {
			form = formDedupMeta
		}
		return class{Form: form, ID: m[1], Known: true}
	}
	dir, base := path.Split(p)
	switch dir {
	case "images/", "videos/", "files/", "screenshots/":
		return class{Form: formMedia, ID: stem(base), Known: true}
	case "":
		if id, ok := strings.CutSuffix(base, ".meta.json"); ok && id != "" {
			return class{Form: formMeta, Key: "attachments", ID: id, Rank: RankCollection, Known: true}
		}
		if id, ok := strings.CutSuffix(base, ".dat"); ok && id != "" {
			return class{Form: formDat, Key: "attachments", ID: id, Rank: RankCollection, Known: true}
		}
	}
	return class{Form: formUnknown}
}

// millis reads epoch milliseconds out of a name.
func millis(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > 8.64e15 {
		return 0
	}
	return n
}

var nameMillis = matching(`-(\d{12,14})$`)

// nameTime returns the epoch milliseconds at the end of a file's stem, or 0.
func nameTime(stem string) int64 {
	if m := nameMillis.FindStringSubmatch(stem); m != nil {
		return millis(m[1])
	}
	return 0
}

const (
	sumSuffix = ".checksum"
	gzSuffix  = ".gz"
)

// databaseName is the name of the application's IndexedDB, under which a dump may
// hold its stores.
const databaseName = "taskerino-db"

// nowhere says that a file is in no place of the application's. What stands under an
// unknown key, or below temp/, may belong to a copy of the whole directory.
func (c class) nowhere() bool {
	return c.Form == formUnknown || c.Form == formTemp || c.Form == formValue && !c.Known
}

var kindPrefix = matching(`(?i)^(session|note|task|topic|compan(?:y|ie)|contact)s?(?:[-_ .(]|$)`)

// spelledAs says of which collection a name or an id speaks in its first word.
func spelledAs(name string) string {
	m := kindPrefix.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	if strings.HasPrefix(strings.ToLower(m[1]), "compan") {
		return "companies"
	}
	return strings.ToLower(m[1]) + "s"
}
