package names

import (
	"path"
	"strings"

	"taskstore/importexport/legacy/record"
	"taskstore/internal/pattern"
)

// Layout says how the paths of a source are to be understood.
type Layout int

const (
	LayoutRoot   Layout = iota // the application's data directory
	LayoutDB                   // its db directory
	LayoutLoose                // a directory of single files: an unpacked export, say
	LayoutSingle               // one file
)

// The forms of files. A decoder is registered for each form that is read.
const (
	FormCollection = "collection"     // an array of entities, raw or wrapped
	FormValue      = "value"          // any other key: settings and opaque values
	FormCopy       = "migration-copy" // {timestamp, sessions, count}
	FormIndex      = "index"          // search indexes and lists of ids
	FormWAL        = "wal"
	FormCheckpoint = "wal-checkpoint"
	FormEntity     = "entity"          // a file per entity, plain or gzip
	FormEntitySum  = "entity-checksum" // its checksum
	FormReplayed   = "replayed-entity" // below db/db
	FormChunk      = "session-part"    // a part of a chunked session
	FormCAData     = "ca-data"         // content addressed: the content
	FormCAMeta     = "ca-metadata"     // and what refers to it
	FormBundle     = "backup-bundle"   // all collections in one file
	FormMeta       = "attachment-meta"
	FormDat        = "attachment-data"
	FormDedupMeta  = "dedup-meta"
	FormDedupDat   = "dedup-data"
	FormMedia      = "media"             // raw files: images, videos
	FormLoose      = "loose"             // a single file, told by its content
	FormExport     = "export"            // a JSON export with a version
	FormOldExport  = "old-export"        // one without
	FormSession    = "session-file"      // one session
	FormState      = "local-storage"     // a dump of the localStorage state
	FormRescue     = "rescue-save"       // a critical or emergency save
	FormRecord     = "indexed-db-record" // {name, data, timestamp}
	FormDatabase   = "indexed-db"        // several of these, perhaps with the backups
	FormBrowser    = "browser-dump"      // of all that was kept in a browser
	FormZip        = "zip"
	FormZipInfo    = "export-metadata" // of an unpacked zip
	FormPacked     = "packed"          // in a zip, and not read from inside of one
	FormTemp       = "temporary"       // removed by the application at its end
	FormSystem     = "system"          // of the operating system
	formConflict   = "conflicted-copy" // made by a synchronising service
	FormOffline    = "not-downloaded"  // of a file that is not here
	FormOther      = "other-source"    // of an app-data directory inside of this one
	FormUnknown    = "unknown"
)

// Class is what the path of a file says about it.
type Class struct {
	Form    string
	Variant string // "", "backup", "temp", "copy", "staged", "bundle"
	Key     string // collection key
	ID      string // the entity's, session's or attachment's id as the name has it
	Rank    record.Rank
	Time    int64 // epoch milliseconds, 0 when the name has none
	Known   bool  // only the application has files of this name
}

// Format names the class for reports.
func (c Class) Format() string {
	if c.Variant == "" {
		return c.Form
	}
	return c.Form + "-" + c.Variant
}

var Collections = map[string]string{
	"sessions": "session", "notes": "note", "tasks": "task", "topics": "topic",
	"companies": "company", "contacts": "contact",
}

// IsArray says whether a key holds an array of entities.
func IsArray(key string) bool { return Collections[key] != "" || key == "attachments" }

// Classify says what the file at a path relative to the source is.
func Classify(p string, l Layout) Class {
	base := path.Base(p)
	switch {
	case SystemFile(p):
		return Class{Form: FormSystem}
	case strings.HasSuffix(base, ".icloud"):
		return Class{Form: FormOffline}
	case conflicted(base):
		return Class{Form: formConflict}
	case l == LayoutDB:
		return ClassifyDB(p)
	case l == LayoutSingle:
		c := classifyLoose(base)
		if c.Form == FormUnknown {
			c.Form = FormLoose // whatever its ending
		}
		return c
	case l == LayoutLoose && !strings.Contains(p, "/"):
		return classifyLoose(base)
	}
	dir, rest, nested := strings.Cut(p, "/")
	if !nested {
		return classifyRoot(base)
	}
	switch dir {
	case "db":
		return ClassifyDB(rest)
	case "backups":
		return ClassifyBackups(rest)
	case "attachments":
		return ClassifyAttachment(rest)
	case "videos":
		return Class{Form: FormMedia, ID: Stem(base), Known: true}
	case "temp":
		return Class{Form: FormTemp}
	}
	return classifyCase(dir, rest, l)
}

// classifyCase tells a file in a directory whose name differs in case alone from one of
// the application's. Where case counts the application never read it: it is a copy.
func classifyCase(dir, rest string, l Layout) Class {
	lower := strings.ToLower(dir)
	if lower == dir {
		return Class{Form: FormUnknown}
	}
	c := Classify(lower+"/"+rest, l)
	if c.Rank.Live() {
		c.Rank = record.RankBackup
	}
	if c.Form == FormWAL || c.Form == FormCheckpoint {
		c.Variant = "backup"
	}
	return c
}

// SystemFile says whether a path is of the operating system's making.
func SystemFile(p string) bool {
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
var conflictName = pattern.Of(`(?i) \(([^()]* )?conflict(ed|ing)?( copy)?( [^()]*)?\).*\.json$|\.sync-conflict-\d{8}-\d{6}| \d{1,2}\.json$`)

func conflicted(base string) bool { return conflictName.MatchString(base) }

// Stem is a file name without its last ending.
func Stem(base string) string { return strings.TrimSuffix(base, path.Ext(base)) }

func classifyRoot(base string) Class {
	switch {
	case base == "sessions.json":
		return Class{Form: FormCollection, Variant: "root", Key: "sessions", Rank: record.RankRoot, Known: true}
	case strings.HasSuffix(base, ".tmp"):
		return Class{Form: FormTemp}
	}
	return classifySingle(base)
}

// classifyLoose tells a file that stands outside of the application's directory.
func classifyLoose(base string) Class {
	if base == "export-metadata.json" {
		return Class{Form: FormZipInfo, Known: true}
	}
	if base == "index.json" { // of a collection's directory: no records
		return Class{Form: FormIndex}
	}
	for _, c := range []Class{ClassifyDB(base), ClassifyBackups(base), ClassifyAttachment(base), classifyEntityFile(base)} {
		switch c.Form {
		case FormCollection, FormValue, FormCopy, FormIndex, FormBundle, FormWAL, FormCheckpoint, FormMeta, FormDat, FormEntity, FormEntitySum:
			if c.Known {
				return c
			}
		}
	}
	return classifySingle(base)
}

// classifyEntityFile tells a compressed file of an entity, and a checksum, that stand
// outside of the directory of their collection.
func classifyEntityFile(base string) Class {
	if key := SpelledAs(base); key != "" && (strings.HasSuffix(base, ".json.gz") || strings.HasSuffix(base, SumSuffix)) {
		return ClassifyDB(key + "/" + base)
	}
	return Class{Form: FormUnknown}
}

// SecretFile says whether a file of this name holds a secret and nothing else: the key
// that it was saved under is that of one.
func SecretFile(base string) bool {
	key, _, ok := strings.Cut(base, ".json")
	return ok && SecretName(strings.TrimSuffix(key, ".backup"))
}

func classifySingle(base string) Class {
	switch strings.ToLower(path.Ext(base)) {
	case ".json":
		return Class{Form: FormLoose, Time: NameTime(Stem(base))}
	case ".zip":
		return Class{Form: FormZip, Rank: record.RankZip, Known: strings.Contains(base, "export")}
	}
	return Class{Form: FormUnknown}
}

var bundleName = pattern.Of(`^backup-(\d{1,16})\.json$`)

func ClassifyBackups(p string) Class {
	if m := bundleName.FindStringSubmatch(p); m != nil {
		return Class{Form: FormBundle, Rank: record.RankBundle, Time: Millis(m[1]), Known: true}
	}
	if dir, rest, ok := strings.Cut(p, "/"); ok && strings.HasPrefix(dir, "pre-") {
		c := ClassifyDB(rest)
		c.Variant, c.Rank = "bundle", record.RankBundle
		return c
	}
	return Class{Form: FormUnknown}
}

var hexDir = pattern.Of(`^[0-9a-f]{2}/([0-9a-f]{64})\.(dat|meta\.json)$`)

func ClassifyAttachment(p string) Class {
	if m := hexDir.FindStringSubmatch(p); m != nil {
		form := FormDedupDat
		if m[2] != "dat" {
			form = FormDedupMeta
		}
		return Class{Form: form, ID: m[1], Known: true}
	}
	dir, base := path.Split(p)
	switch dir {
	case "images/", "videos/", "files/", "screenshots/":
		return Class{Form: FormMedia, ID: Stem(base), Known: true}
	case "":
		if id, ok := strings.CutSuffix(base, ".meta.json"); ok && id != "" {
			return Class{Form: FormMeta, Key: "attachments", ID: id, Rank: record.RankCollection, Known: true}
		}
		if id, ok := strings.CutSuffix(base, ".dat"); ok && id != "" {
			return Class{Form: FormDat, Key: "attachments", ID: id, Rank: record.RankCollection, Known: true}
		}
	}
	return Class{Form: FormUnknown}
}

const (
	SumSuffix = ".checksum"
	GzSuffix  = ".gz"
)

// DatabaseName is the name of the application's IndexedDB, under which a dump may
// hold its stores.
const DatabaseName = "taskerino-db"

// Nowhere says that a file is in no place of the application's. What stands under an
// unknown key, or below temp/, may belong to a copy of the whole directory.
func (c Class) Nowhere() bool {
	return c.Form == FormUnknown || c.Form == FormTemp || c.Form == FormValue && !c.Known
}

var kindPrefix = pattern.Of(`(?i)^(session|note|task|topic|compan(?:y|ie)|contact)s?(?:[-_ .(]|$)`)

// SpelledAs says of which collection a name or an id speaks in its first word.
func SpelledAs(name string) string {
	m := kindPrefix.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	if strings.HasPrefix(strings.ToLower(m[1]), "compan") {
		return "companies"
	}
	return strings.ToLower(m[1]) + "s"
}
