package legacy

import (
	"cmp"
	"path"
)

// sniffed is what a single file is by its content.
type sniffed struct {
	form string
	key  string // the collection of a list or of one record
	in   layer  // the document itself, where it stands in a wrapper or a string; else nil
}

// sniff tells what a single JSON file is by its members; formUnknown when it is
// nothing of the application's. The name of the file counts where the content could be
// that of several collections.
func sniff(l layer, name string) (found sniffed, err error) {
	found.form = formUnknown
	sh, err := probe(l)
	if err != nil {
		return found, err
	}
	if sh.kind == '"' || sh.kind == '{' && !sh.record() && !isDocument(sh) && sh.wrapper(true) {
		w, err := unwrap(l, true)
		if err != nil || w.steps == 0 {
			return found, err
		}
		if found.in = w.final; sh.kind == '{' {
			found.in = nil // the decoder takes the wrapper off
		}
		l = w.final
		if sh, err = probe(l); err != nil {
			return found, err
		}
	}
	switch sh.kind {
	case '{':
		found.form, found.key = sniffShape(sh, name)
		if ofAnyone(sh, found.form) && !mentions(l, appName) {
			found.form = formUnknown
		}
	case '[':
		found.form, found.key, err = sniffList(l, name)
	}
	return found, err
}

// document says whether the object is one of several collections, which is no wrapper
// though a user's export may have a member data.
func isDocument(sh *shape) bool { return knownMembers(sh) > 0 || sh.has("collections", "exportedAt") }

// known counts the members that have the name of a collection.
func knownMembers(sh *shape) (n int) {
	for name := range sh.kinds {
		if collections[name] != "" {
			n++
		}
	}
	return n
}

// sniff tells what an object is by its members.
func sniffShape(sh *shape, name string) (form, key string) {
	known := knownMembers(sh)
	switch {
	case isStateDump(sh):
		return formState, ""
	case isBrowserDump(sh):
		return formBrowser, ""
	case isDatabase(sh), sh.kinds["collections"] == '[' || sh.kinds["backups"] == '[' || sh.kinds[databaseName] == '{':
		return formDatabase, ""
	case sh.kinds["collections"] == '{':
		return formBundle, ""
	case sh.has("exportedAt") && (known > 0 || sh.has("version")):
		return exportForm(sh.has("version")), ""
	case sh.has("id") && sh.has("startTime", "screenshots", "audioSegments"):
		return formSession, "sessions"
	case sh.has("name") && sh.has("data") && sh.has("timestamp"):
		return formRecord, ""
	case sh.has("sessions") && sh.has("activeSessionId", "timestamp") && known == 1:
		return formRescue, ""
	case known > 0 && sh.has("aiSettings", "ui", "userProfile", "nedSettings", "activeSessionId"):
		return formState, ""
	case known > 0:
		return exportForm(sh.has("version", "appVersion")), ""
	case isSettings(sh):
		return formValue, "settings"
	}
	if key := entityForm(sh, name); key != "" {
		return formSession, key
	}
	return formUnknown, ""
}

func exportForm(versioned bool) string {
	if versioned {
		return formExport
	}
	return formOldExport
}

// settings says whether the object looks like the settings.
func isSettings(sh *shape) bool {
	n := 0
	for name := range sh.kinds {
		if stateSettings[name] {
			n++
		}
	}
	return n > 1 && !sh.has("id")
}

// entity says of which collection the object looks like a record; "" of none.
func entityForm(sh *shape, name string) string {
	switch {
	case !sh.has("id"):
		return ""
	case sh.has("startTime", "screenshots", "audioSegments"):
		return "sessions"
	case sh.has("title") && sh.has("done", "priority"):
		return "tasks"
	case sh.has("content") && sh.has("summary", "lastUpdated", "source"):
		return "notes"
	case sh.has("mimeType") && sh.has("size", "type"):
		return "attachments"
	case sh.has("name") || sh.indexed > 0:
		return cmp.Or(spelledAs(path.Base(name)), spelledAs(sh.text("id")))
	}
	return ""
}
