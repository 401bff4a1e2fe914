package source

import (
	"cmp"
	"path"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
)

// sniffed is what a single file is by its content.
type sniffed struct {
	Form string
	Key  string        // the collection of a list or of one record
	In   rawjson.Layer // the document itself, where it stands in a wrapper or a string; else nil
}

// Sniff tells what a single JSON file is by its members; FormUnknown when it is
// nothing of the application's. The name of the file counts where the content could be
// that of several collections.
func Sniff(l rawjson.Layer, name string) (found sniffed, err error) {
	found.Form = names.FormUnknown
	sh, err := rawjson.Probe(l)
	if err != nil {
		return found, err
	}
	if sh.Kind == '"' || sh.Kind == '{' && !sh.Record() && !isDocument(sh) && sh.Wrapper(true) {
		w, err := rawjson.Unwrap(l, true)
		if err != nil || w.Steps == 0 {
			return found, err
		}
		if found.In = w.Final; sh.Kind == '{' {
			found.In = nil // the decoder takes the wrapper off
		}
		l = w.Final
		if sh, err = rawjson.Probe(l); err != nil {
			return found, err
		}
	}
	switch sh.Kind {
	case '{':
		found.Form, found.Key = sniffShape(sh, name)
		if ofAnyone(sh, found.Form) && !mentions(l, appName) {
			found.Form = names.FormUnknown
		}
	case '[':
		found.Form, found.Key, err = sniffList(l, name)
	}
	return found, err
}

// document says whether the object is one of several collections, which is no wrapper
// though a user's export may have a member data.
func isDocument(sh *rawjson.Shape) bool {
	return knownMembers(sh) > 0 || sh.Has("collections", "exportedAt")
}

// known counts the members that have the name of a collection.
func knownMembers(sh *rawjson.Shape) (n int) {
	for name := range sh.Kinds {
		if names.Collections[name] != "" {
			n++
		}
	}
	return n
}

// sniff tells what an object is by its members.
func sniffShape(sh *rawjson.Shape, name string) (form, key string) {
	known := knownMembers(sh)
	switch {
	case IsStateDump(sh):
		return names.FormState, ""
	case isBrowserDump(sh):
		return names.FormBrowser, ""
	case isDatabase(sh), sh.Kinds["collections"] == '[' || sh.Kinds["backups"] == '[' || sh.Kinds[names.DatabaseName] == '{':
		return names.FormDatabase, ""
	case sh.Kinds["collections"] == '{':
		return names.FormBundle, ""
	case sh.Has("exportedAt") && (known > 0 || sh.Has("version")):
		return exportForm(sh.Has("version")), ""
	case sh.Has("id") && sh.Has("startTime", "screenshots", "audioSegments"):
		return names.FormSession, "sessions"
	case sh.Has("name") && sh.Has("data") && sh.Has("timestamp"):
		return names.FormRecord, ""
	case sh.Has("sessions") && sh.Has("activeSessionId", "timestamp") && known == 1:
		return names.FormRescue, ""
	case known > 0 && sh.Has("aiSettings", "ui", "userProfile", "nedSettings", "activeSessionId"):
		return names.FormState, ""
	case known > 0:
		return exportForm(sh.Has("version", "appVersion")), ""
	case isSettings(sh):
		return names.FormValue, "settings"
	}
	if key := entityForm(sh, name); key != "" {
		return names.FormSession, key
	}
	return names.FormUnknown, ""
}

func exportForm(versioned bool) string {
	if versioned {
		return names.FormExport
	}
	return names.FormOldExport
}

// settings says whether the object looks like the settings.
func isSettings(sh *rawjson.Shape) bool {
	n := 0
	for name := range sh.Kinds {
		if names.StateSettings[name] {
			n++
		}
	}
	return n > 1 && !sh.Has("id")
}

// entity says of which collection the object looks like a record; "" of none.
func entityForm(sh *rawjson.Shape, name string) string {
	switch {
	case !sh.Has("id"):
		return ""
	case sh.Has("startTime", "screenshots", "audioSegments"):
		return "sessions"
	case sh.Has("title") && sh.Has("done", "priority"):
		return "tasks"
	case sh.Has("content") && sh.Has("summary", "lastUpdated", "source"):
		return "notes"
	case sh.Has("mimeType") && sh.Has("size", "type"):
		return "attachments"
	case sh.Has("name") || sh.Indexed > 0:
		return cmp.Or(names.SpelledAs(path.Base(name)), names.SpelledAs(sh.Text("id")))
	}
	return ""
}
