package legacy

import (
	"bytes"
	"maps"
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

// itemList joins lists of items, by the items' ids.
type itemList struct {
	list []jsontext.Value
	at   map[string]int
	lost []jsontext.Value // items of which another text counts
}

// add adds the items of an array. An item that is there already with another text
// is replaced, if later is set.
func (l *itemList) add(array jsontext.Value, later bool) {
	items, _ := elements(array)
	if l.at == nil {
		l.at = make(map[string]int, len(items))
	}
	for _, v := range items {
		key := itemKey(v)
		i, ok := l.at[key]
		switch {
		case !ok:
			l.at[key] = len(l.list)
			l.list = append(l.list, v)
		case bytes.Equal(l.list[i], v):
		case later:
			l.lost = append(l.lost, l.list[i])
			l.list[i] = v
		default:
			l.lost = append(l.lost, v)
		}
	}
}

// assemble puts the session together. versions are records of what lost inside of
// it.
func (c *chunked) assemble() (raw jsontext.Value, versions []jsontext.Value) {
	list := []member{idMember(c.id)}
	if p := c.used["metadata"]; p != nil {
		list, _ = members(withID(p.raw, c.id))
		list = slices.Clone(list)
	}
	for _, kind := range partOrder {
		var lost jsontext.Value
		switch kind {
		case "video-chunks":
			list, lost = c.video(list)
		case "screenshots", "audio-segments":
			list, lost = c.items(list, kind)
		default:
			if p := c.used[kind]; p != nil && truthy(p.raw) {
				list, lost = setMember(list, sessionMember(kind), p.raw)
			}
		}
		if lost != nil {
			versions = append(versions, joinMembers([]member{idMember(c.id), newMember(partMembers[kind], lost)}))
		}
	}
	return joinMembers(list), versions
}

// items puts the items of all chunks of a kind into the session, then those that
// the metadata holds.
func (c *chunked) items(list []member, kind string) ([]member, jsontext.Value) {
	name := partMembers[kind]
	items := c.chunks(kind)
	have := last(list, name)
	switch {
	case len(have) > 0 && have[0] == '[':
		items.add(have, false)
	case len(items.list) == 0 && (kind != "screenshots" || len(have) > 0):
		return list, nil
	}
	list, _ = setMember(list, name, joinElements(items.list))
	if len(items.lost) == 0 {
		return list, nil
	}
	return list, joinElements(items.lost)
}

// chunks joins the items of all chunks of a kind.
func (c *chunked) chunks(kind string) *itemList {
	items := &itemList{}
	names := slices.DeleteFunc(slices.Collect(maps.Keys(c.used)), func(n string) bool { return !strings.HasPrefix(n, kind+"/") })
	slices.SortFunc(names, chunkOrder)
	for _, name := range names {
		items.add(chunkItems(name, c.used[name].raw), true)
		if late := c.late[name]; late != nil {
			items.add(chunkItems(name, late), true)
		}
	}
	return items
}

// video puts the chunks of the video into the session's video.
func (c *chunked) video(list []member) ([]member, jsontext.Value) {
	items := c.chunks("video-chunks")
	if len(items.list) == 0 {
		return list, nil
	}
	video, _ := members(last(list, "video"))
	if have := last(video, "chunks"); len(have) > 0 && have[0] == '[' {
		items.add(have, false)
	}
	video, _ = setMember(slices.Clone(video), "chunks", joinElements(items.list))
	list, _ = setMember(list, "video", joinMembers(video))
	return list, nil
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
