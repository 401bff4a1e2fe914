package testdb

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// chunkedMetadata are the members that the metadata of a session in chunks has,
// null where the session has none.
var chunkedMetadata = strings.Fields(`id name description status startTime endTime lastScreenshotTime pausedAt totalPausedTime
	screenshotInterval autoAnalysis enableScreenshots audioMode audioRecording videoRecording trackingNoteId extractedTaskIds
	extractedNoteIds relationships tags category subCategory activityType totalDuration video audioReviewCompleted
	fullAudioAttachmentId transcriptUpgradeCompleted enrichmentStatus enrichmentConfig enrichmentLock audioConfig videoConfig version`)

// chunkedParts are the members that have files of their own.
var chunkedParts = map[string]string{"summary": "summary", "audioInsights": "audio-insights", "canvasSpec": "canvas-spec",
	"fullTranscription": "transcription", "contextItems": "context-items"}

// chunkedItems are those that are cut into chunks, of so many items.
var chunkedItems = []struct {
	member, dir, key string
	size             int
}{{"screenshots", "screenshots", "screenshots", 20}, {"audioSegments", "audio-segments", "segments", 100}}

// chunked writes the sessions in chunks, and the rest into collection files.
func (w *legacyWriter) chunked(c LegacyContent) error {
	ids := []string{}
	for i := range c.Counts["sessions"] {
		raw := c.Entity("sessions", i)
		ids = append(ids, legacyID(raw))
		if err := w.chunkedSession(raw); err != nil {
			return fmt.Errorf("session %d: %w", i, err)
		}
	}
	if err := w.chunkedFile("session-index", ids); err != nil {
		return err
	}
	rest := c
	rest.Counts = map[string]int{}
	for kind, n := range c.Counts {
		if kind != "sessions" {
			rest.Counts[kind] = n
		}
	}
	return w.directory(rest)
}

// chunkedFile writes a value under a key.
func (w *legacyWriter) chunkedFile(key string, value any) error {
	text, err := lettered(value)
	if err != nil {
		return err
	}
	return w.collection(filepath.Join("db", filepath.FromSlash(key)+".json"), w.at, valueSource(text))
}

// chunkedSession writes a session; what this form has no place for is not written.
func (w *legacyWriter) chunkedSession(raw []byte) error {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	id := legacyID(raw)
	part := func(name string, value any, holds object) error {
		key := "sessions/" + id + "/" + name
		holds["id"] = id
		text, err := lettered(holds)
		if err != nil {
			return err
		}
		w.wrote(filepath.Join("db", filepath.FromSlash(key)+".json"), "sessions", id, text)
		return w.chunkedFile(key, value)
	}
	for member, name := range chunkedParts {
		if v, ok := all[member]; ok && !slices.Contains([]string{`""`, "null", "false", "0"}, string(v)) {
			if err := part(name, v, object{member: v}); err != nil {
				return err
			}
		}
	}
	for _, c := range chunkedItems {
		var items []json.RawMessage
		if v, ok := all[c.member]; ok && json.Unmarshal(v, &items) != nil {
			continue
		}
		for n := 0; n*c.size < len(items); n++ {
			cut := items[n*c.size : min((n+1)*c.size, len(items))]
			err := part(fmt.Sprintf("%s/chunk-%03d", c.dir, n), object{"sessionId": id, "chunkIndex": n, c.key: cut}, object{c.member: cut})
			if err != nil {
				return err
			}
		}
	}
	return part("metadata", w.metadata(all), held(all))
}

// held is what the metadata holds of a session.
func held(all map[string]json.RawMessage) object {
	holds := object{}
	for _, name := range chunkedMetadata {
		if v, ok := all[name]; ok && string(v) != "null" {
			holds[name] = v
		}
	}
	if video, ok := holds["video"]; ok {
		holds["video"] = lessVideo(video.(json.RawMessage))
	}
	return holds
}

func (w *legacyWriter) metadata(all map[string]json.RawMessage) object {
	v := object{}
	for _, name := range chunkedMetadata {
		v[name] = nil
	}
	for name, value := range held(all) {
		v[name] = value
	}
	v["relationshipVersion"], v["storageVersion"], v["createdAt"] = 1, 1, all["startTime"]
	v["updatedAt"] = w.at.UTC().Format("2006-01-02T15:04:05.000Z")
	v["hasSummary"], v["hasTranscription"] = all["summary"] != nil, all["fullTranscription"] != nil
	return v
}

// lessVideo leaves out of a video what the metadata has no place for.
func lessVideo(raw json.RawMessage) any {
	v := object{}
	if json.Unmarshal(raw, &v) != nil {
		return raw
	}
	for name := range v {
		switch name {
		case "id", "sessionId", "path", "optimizedPath", "duration", "chunkingStatus", "processedAt", "chunkingError":
		default:
			delete(v, name)
		}
	}
	return v
}
