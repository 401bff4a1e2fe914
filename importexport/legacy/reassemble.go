package legacy

import (
	"bytes"
	"slices"
	"strings"

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
	list, _ := members(raw)
	updated := latest(list, "updatedAt")
	start := last(list, "startTime")
	list = slices.DeleteFunc(list, func(m member) bool {
		return storageOnly[m.name] || optionalMembers[m.name] && string(m.value) == "null" ||
			m.name == "createdAt" && (string(m.value) == "null" || bytes.Equal(m.value, start))
	})
	return joinMembers(list), updated
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
func idMember(id string) member {
	return newMember("id", quoteID(id))
}

// partRecord is a session that holds nothing but a part.
func partRecord(id, name string, raw jsontext.Value) jsontext.Value {
	if name == "metadata" {
		return withID(raw, id)
	}
	if isChunk(name) {
		raw = chunkItems(name, raw)
	}
	m := newMember(sessionMember(name), raw)
	if strings.HasPrefix(name, "video-chunks/") {
		m = newMember("video", joinMembers([]member{m}))
	}
	return joinMembers([]member{idMember(id), m})
}

// withID returns an object with an id: its own, or this one.
func withID(raw jsontext.Value, id string) jsontext.Value {
	list, _ := members(raw)
	if idText(last(list, "id")) != "" {
		return raw
	}
	list = slices.DeleteFunc(list, func(m member) bool { return m.name == "id" })
	return joinMembers(append([]member{idMember(id)}, list...))
}

// chunkItems returns the array of the items in a chunk.
func chunkItems(name string, raw jsontext.Value) jsontext.Value {
	if list, ok := members(raw); ok {
		raw = last(list, itemsOf(name))
	}
	if len(raw) == 0 || raw[0] != '[' {
		return jsontext.Value("[]")
	}
	return raw
}

// setMember sets a member, and returns the other value that it had.
func setMember(list []member, name string, v jsontext.Value) ([]member, jsontext.Value) {
	var lost jsontext.Value
	found := false
	for i := range list {
		if list[i].name == name {
			if truthy(list[i].value) && !Equal(list[i].value, v) {
				lost = list[i].value
			}
			list[i].value, found = v, true
		}
	}
	if !found {
		list = append(list, newMember(name, v))
	}
	return list, lost
}

// truthy says whether JavaScript takes a value as true.
func truthy(v jsontext.Value) bool {
	switch string(v) {
	case "", "null", "false", "0", "-0", `""`:
		return false
	}
	return true
}
