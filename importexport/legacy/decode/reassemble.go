package decode

import (
	"bytes"
	"slices"
	"strings"

	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"

	"github.com/go-json-experiment/json/jsontext"
)

// storageOnly are the members of metadata that say how a session is stored.
var storageOnly = map[string]bool{
	"chunks": true, "hasSummary": true, "hasAudioInsights": true, "hasCanvasSpec": true, "hasTranscription": true,
	"hasVideo": true, "hasFullAudio": true, "storageVersion": true, "updatedAt": true, "relationshipVersion": true,
}

// optionalMembers are those that metadata always has, null where a session has
// none.
var optionalMembers = map[string]bool{
	"endTime": true, "lastScreenshotTime": true, "pausedAt": true, "totalPausedTime": true, "audioMode": true,
	"enableScreenshots": true, "audioRecording": true, "videoRecording": true, "trackingNoteId": true,
	"category": true, "subCategory": true, "activityType": true, "totalDuration": true, "video": true,
	"audioReviewCompleted": true, "fullAudioAttachmentId": true, "transcriptUpgradeCompleted": true,
	"enrichmentStatus": true, "enrichmentConfig": true, "enrichmentLock": true, "audioConfig": true,
	"videoConfig": true, "version": true,
}

// tidyMetadata returns metadata without what belongs to its storage, and the time
// at which it was saved.
func tidyMetadata(raw jsontext.Value) (jsontext.Value, int64) {
	list, _ := rawjson.Members(raw)
	updated := record.Latest(list, "updatedAt")
	start := rawjson.Last(list, "startTime")
	list = slices.DeleteFunc(list, func(m rawjson.Member) bool {
		return storageOnly[m.Name] || optionalMembers[m.Name] && string(m.Value) == "null" ||
			m.Name == "createdAt" && (string(m.Value) == "null" || bytes.Equal(m.Value, start))
	})
	return rawjson.JoinMembers(list), updated
}

// partMembers are the members of a session that the parts become.
var partMembers = map[string]string{
	"summary": "summary", "audio-insights": "audioInsights", "canvas-spec": "canvasSpec",
	"transcription": "fullTranscription", "context-items": "contextItems",
	"screenshots": "screenshots", "audio-segments": "audioSegments", "video-chunks": "chunks",
}

// partOrder is the order in which the parts stand in the session.
var partOrder = []string{"summary", "audio-insights", "canvas-spec", "transcription", "context-items", "screenshots", "audio-segments", "video-chunks"}

// itemsOf names the member of a chunk that holds its items.
func itemsOf(name string) string {
	if strings.HasPrefix(name, "audio-segments/") {
		return "segments"
	}
	return sessionMember(name)
}

// sessionMember names the member of a session that a part becomes.
func sessionMember(name string) string {
	kind, _, _ := strings.Cut(name, "/")
	return partMembers[kind]
}

// idMember is the member that holds an id.
func idMember(id string) rawjson.Member {
	return rawjson.NewMember("id", record.QuoteID(id))
}

// partRecord is a session that holds nothing but a part.
func partRecord(id, name string, raw jsontext.Value) jsontext.Value {
	if name == "metadata" {
		return withID(raw, id)
	}
	if isChunk(name) {
		raw = chunkItems(name, raw)
	}
	m := rawjson.NewMember(sessionMember(name), raw)
	if strings.HasPrefix(name, "video-chunks/") {
		m = rawjson.NewMember("video", rawjson.JoinMembers([]rawjson.Member{m}))
	}
	return rawjson.JoinMembers([]rawjson.Member{idMember(id), m})
}

// withID returns an object with an id: its own, or this one.
func withID(raw jsontext.Value, id string) jsontext.Value {
	list, _ := rawjson.Members(raw)
	if rawjson.IDText(rawjson.Last(list, "id")) != "" {
		return raw
	}
	list = slices.DeleteFunc(list, func(m rawjson.Member) bool { return m.Name == "id" })
	return rawjson.JoinMembers(append([]rawjson.Member{idMember(id)}, list...))
}

// chunkItems returns the array of the items in a chunk. Where they are the members of an
// object, these are the items.
func chunkItems(name string, raw jsontext.Value) jsontext.Value {
	if list, ok := rawjson.Members(raw); ok {
		raw = rawjson.Last(list, itemsOf(name))
	}
	if list, ok := rawjson.Members(raw); ok && allObjects(list) {
		return rawjson.JoinElements(valuesOf(list))
	}
	if len(raw) == 0 || raw[0] != '[' {
		return jsontext.Value("[]")
	}
	return raw
}

func valuesOf(list []rawjson.Member) []jsontext.Value {
	values := make([]jsontext.Value, len(list))
	for i, m := range list {
		values[i] = m.Value
	}
	return values
}

func allObjects(list []rawjson.Member) bool {
	return !slices.ContainsFunc(list, func(m rawjson.Member) bool { return m.Value[0] != '{' })
}

// setMember sets a member, once, and returns those of its name that said something else.
func setMember(list []rawjson.Member, name string, v jsontext.Value) (set, lost []rawjson.Member) {
	found := false
	for _, m := range list {
		if m.Name == name {
			if truthy(m.Value) && !rawjson.Equal(m.Value, v) {
				lost = append(lost, m)
			}
			if m.Value = v; found {
				continue
			}
			found = true
		}
		set = append(set, m)
	}
	if !found {
		set = append(set, rawjson.NewMember(name, v))
	}
	return set, lost
}

// truthy says whether JavaScript takes a value as true.
func truthy(v jsontext.Value) bool {
	switch string(v) {
	case "", "null", "false", "0", "-0", `""`:
		return false
	}
	return true
}
