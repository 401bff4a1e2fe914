package decode

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

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
func compose(id, hash string, about ...[]rawjson.Member) jsontext.Value {
	given := map[string]jsontext.Value{}
	var others []rawjson.Member
	for _, list := range about {
		for _, m := range list {
			if passing[m.Name] || record.Lost(m.Value) {
				continue
			}
			if _, ok := given[m.Name]; !ok {
				given[m.Name] = m.Value
				others = append(others, m)
			}
		}
	}
	mime := rawjson.TextOf(given["mimeType"])
	if given["type"] == nil {
		given["type"] = rawjson.QuoteText(TypeOf(mime))
	}
	if given["name"] == nil {
		given["name"] = rawjson.QuoteText(nameOf(hash, mime))
	}
	if at := record.Epoch(given["createdAt"]); at > 0 && given["createdAt"][0] != '"' {
		given["createdAt"] = rawjson.QuoteText(time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	list := []rawjson.Member{rawjson.NewMember("id", record.QuoteID(id))}
	for _, name := range described {
		if v := given[name]; v != nil {
			list = append(list, rawjson.NewMember(name, v))
			delete(given, name)
		}
	}
	list = append(list, rawjson.NewMember("hash", rawjson.QuoteText(hash)))
	for _, m := range others {
		if given[m.Name] != nil {
			list = append(list, m)
		}
	}
	return rawjson.JoinMembers(list)
}

// Composed says whether a record looks as compose makes it, which gives it the name
// that stands for a hash, or as mediaRecord does.
func Composed(raw jsontext.Value) bool {
	list, _ := rawjson.Members(raw)
	if at := rawjson.TextOf(rawjson.Last(list, "path")); at != "" && rawjson.Equal(raw, mediaRecord(rawjson.IDText(rawjson.Last(list, "id")), at)) {
		return true
	}
	hash := rawjson.TextOf(rawjson.Last(list, "hash"))
	return hash != "" && rawjson.TextOf(rawjson.Last(list, "name")) == nameOf(hash, rawjson.TextOf(rawjson.Last(list, "mimeType")))
}

// Bare says whether a record looks like that of an attachment of which only the bytes were
// found.
func Bare(raw jsontext.Value) bool {
	list, _ := rawjson.Members(raw)
	return len(list) == 3 && rawjson.TextOf(rawjson.Last(list, "type")) == "file" && rawjson.TextOf(rawjson.Last(list, "name")) == rawjson.IDText(rawjson.Last(list, "id"))
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

// MIMEOf is the MIME type that the ending of a name stands for; "" for an unknown one.
func MIMEOf(name string) string {
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

// TypeOf is the type of an attachment whose bytes are of a MIME type.
func TypeOf(mime string) string {
	switch kind, _, _ := strings.Cut(strings.ToLower(mime), "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return "file"
}
