package legacy

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// described are the members that say what a content is, in the order in which an
// attachment is written.
var described = []string{"type", "name", "mimeType", "size", "createdAt"}

// passing are the members of a description that count uses or stand elsewhere.
var passing = map[string]bool{"id": true, "hash": true, "references": true, "refCount": true, "lastAccessedAt": true,
	"attachmentId": true, "attachmentIds": true, "physicalPath": true}

// compose makes the record of an attachment of which only the content's description
// is left. The first list that has a member gives it.
func compose(id, hash string, about ...[]member) jsontext.Value {
	given := map[string]jsontext.Value{}
	var others []member
	for _, list := range about {
		for _, m := range list {
			if passing[m.name] || lost(m.value) {
				continue
			}
			if _, ok := given[m.name]; !ok {
				given[m.name] = m.value
				others = append(others, m)
			}
		}
	}
	mime := textOf(given["mimeType"])
	if given["type"] == nil {
		given["type"] = quoteText(typeOf(mime))
	}
	if given["name"] == nil {
		given["name"] = quoteText(nameOf(hash, mime))
	}
	if at := epoch(given["createdAt"]); at > 0 && given["createdAt"][0] != '"' {
		given["createdAt"] = quoteText(time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	list := []member{newMember("id", quoteID(id))}
	for _, name := range described {
		if v := given[name]; v != nil {
			list = append(list, newMember(name, v))
			delete(given, name)
		}
	}
	list = append(list, newMember("hash", quoteText(hash)))
	for _, m := range others {
		if given[m.name] != nil {
			list = append(list, m)
		}
	}
	return joinMembers(list)
}

// composed says whether a record looks as compose makes it, which gives it the name
// that stands for a hash, or as mediaRecord does.
func composed(raw jsontext.Value) bool {
	list, _ := members(raw)
	if at := textOf(last(list, "path")); at != "" && Equal(raw, mediaRecord(idText(last(list, "id")), at)) {
		return true
	}
	hash := textOf(last(list, "hash"))
	return hash != "" && textOf(last(list, "name")) == nameOf(hash, textOf(last(list, "mimeType")))
}

// bare says whether a record looks like that of an attachment of which only the bytes were
// found.
func bare(raw jsontext.Value) bool {
	list, _ := members(raw)
	return len(list) == 3 && textOf(last(list, "type")) == "file" && textOf(last(list, "name")) == idText(last(list, "id"))
}

// nameOf is the name that the application gave to a content without one.
func nameOf(hash, mime string) string {
	return "attachment-" + hash[:min(8, len(hash))] + "." + endingOf(mime)
}

var endings = map[string]string{
	"image/jpeg": "jpg", "image/jpg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg",
	"audio/mp3": "mp3", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg",
	"video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov",
	"application/pdf": "pdf", "application/json": "json", "text/plain": "txt", "text/html": "html",
}

// mimeOf is the MIME type that the ending of a name stands for; "" for an unknown one.
func mimeOf(name string) string {
	end := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if end == "jpeg" {
		end = "jpg"
	}
	for _, mime := range slices.Sorted(maps.Keys(endings)) {
		if endings[mime] == end && end != "" {
			return mime
		}
	}
	return ""
}

func endingOf(mime string) string {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	if e := endings[mime]; e != "" {
		return e
	}
	return "bin"
}

// typeOf is the type of an attachment whose bytes are of a MIME type.
func typeOf(mime string) string {
	switch kind, _, _ := strings.Cut(strings.ToLower(mime), "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return "file"
}
