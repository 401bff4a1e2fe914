package testdb

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// LegacySize says how much SeededLegacy gives.
type LegacySize struct {
	Sessions, Notes, Tasks, Topics, Companies, Contacts, Attachments int
	// Items is how many screenshots, audio segments and the like a session has.
	Items int
	// Odd is how many in a hundred members are odd, see Gen. With 0 the entities
	// are plain.
	Odd int
}

// SmallLegacy is enough of everything for a test.
var SmallLegacy = LegacySize{Sessions: 3, Notes: 5, Tasks: 6, Topics: 2, Companies: 2, Contacts: 3, Attachments: 6, Items: 3}

// SeededLegacy gives content that follows from the seed: entities that refer to
// each other, settings, opaque keys, attachments of which some have equal bytes,
// and the same bytes again inside of notes and tasks.
func SeededLegacy(seed uint64, size LegacySize) LegacyContent {
	g := legacySeed{seed, size}
	c := LegacyContent{
		Counts: map[string]int{"sessions": size.Sessions, "notes": size.Notes, "tasks": size.Tasks,
			"topics": size.Topics, "companies": size.Companies, "contacts": size.Contacts},
		Entity: g.entity,
		Values: map[string][]byte{
			"settings":    []byte(`{"aiSettings":{"systemInstructions":"short","autoMergeNotes":true},"userProfile":{"name":"Test"},"ui":{"preferences":{"theme":"dark"},"pinnedNotes":[]}}`),
			"aiSettings":  []byte(`{"systemInstructions":"short","autoMergeNotes":true}`),
			"preferences": []byte(`{"theme":"dark","zoomLevel":1.0}`),

			"capture-draft-text":   []byte(`"an unsent note"`),
			"cost_monitoring_logs": fmt.Appendf(nil, `[{"at":%d,"usd":0.0100}]`, seed),
		},
	}
	for i := range size.Attachments {
		c.Attachments = append(c.Attachments, g.attachment(i))
	}
	return c
}

type legacySeed struct {
	seed uint64
	size LegacySize
}

// object is a JSON object; its members are written in the order of their names.
type object = map[string]any

func (g legacySeed) id(kind string, i int) string {
	switch kind {
	case "topics", "companies", "contacts":
		return fmt.Sprintf("%s_%d_%d", Singular(kind), 1700000000000+i, g.seed)
	}
	return fmt.Sprintf("%d-%s%d", 1740000000000+i, kind[:2], g.seed)
}

// Singular gives the kind of a collection's entities.
func Singular(collection string) string {
	if collection == "companies" {
		return "company"
	}
	return strings.TrimSuffix(collection, "s")
}

var legacyWords = strings.Fields("alpha build café deploy engine field graph höher index join kernel latency migrate node outage parser query rollout schema token upgrade vector window yield zone 日本 🙂")

// maker makes one entity.
type maker struct {
	g    legacySeed
	r    *rand.Rand
	kind string
	i    int
}

func (m *maker) text(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = legacyWords[m.r.IntN(len(legacyWords))]
	}
	return strings.Join(list, " ")
}

func (m *maker) time(minutes int) string {
	at := time.Date(2025, 3, 1, 8, 0, 0, 125e6, time.UTC).Add(time.Duration(m.i)*7*time.Hour + time.Duration(minutes)*time.Minute)
	return at.Format("2006-01-02T15:04:05.000Z")
}

// ref gives the id of an entity of another collection, or "" where it is empty.
func (m *maker) ref(kind string) string {
	n := map[string]int{"sessions": m.g.size.Sessions, "notes": m.g.size.Notes, "tasks": m.g.size.Tasks, "topics": m.g.size.Topics,
		"companies": m.g.size.Companies, "contacts": m.g.size.Contacts}[kind]
	if n == 0 {
		return "gone"
	}
	return m.g.id(kind, m.r.IntN(n))
}

func (m *maker) link(to string) object {
	from, kind := Singular(m.kind), Singular(to)
	return object{"id": fmt.Sprintf("rel-%s-%d-%s", from, m.i, kind), "type": from + "-" + kind, "sourceType": from, "sourceId": m.g.id(m.kind, m.i),
		"targetType": kind, "targetId": m.ref(to), "canonical": true, "metadata": object{"source": "ai", "confidence": 0.5, "createdAt": m.time(2)}}
}

func (g legacySeed) entity(kind string, i int) []byte {
	m := &maker{g, rand.New(rand.NewPCG(g.seed, uint64(i)<<8|uint64(len(kind)))), kind, i}
	if g.size.Odd > 0 && i%2 == 1 {
		return m.odd()
	}
	raw, err := json.Marshal(m.plain())
	if err != nil {
		panic(err) // the generator is wrong
	}
	return raw
}

func (m *maker) plain() object {
	v := object{"id": m.g.id(m.kind, m.i), "unknownMember": object{"n": m.i, "list": []any{nil, true, "x"}}}
	switch m.kind {
	case "sessions":
		m.session(v)
	case "notes":
		m.note(v)
	case "tasks":
		m.task(v)
	default:
		v["name"], v["createdAt"], v["lastUpdated"], v["noteCount"] = m.text(2), m.time(0), m.time(60), m.r.IntN(9)
		if m.kind != "topics" {
			v["profile"] = object{"description": m.text(4)}
		}
	}
	return v
}

func (m *maker) note(v object) {
	v["content"], v["summary"], v["source"] = m.text(30), m.text(6), []string{"call", "email", "thought", "other"}[m.i%4]
	v["timestamp"], v["lastUpdated"], v["tags"] = m.time(0), m.time(30), []string{m.text(1), "tag"}
	v["topicIds"], v["sourceSessionId"] = []string{m.ref("topics")}, m.ref("sessions")
	v["relationships"] = []any{m.link("companies"), m.link("contacts")}
	v["updates"] = []any{object{"id": fmt.Sprintf("up-%d", m.i), "content": m.text(5), "timestamp": m.time(20), "source": "call"}}
	if m.i%3 == 0 && m.g.size.Attachments > 0 {
		_, text := m.g.bytes(m.i)
		v["attachments"] = []any{object{"id": fmt.Sprintf("inline-note-%d", m.i), "type": "image", "name": "pasted.png", "mimeType": "image/png", "size": 10,
			"createdAt": m.time(1), "base64": "data:image/png;base64," + text, "thumbnail": "data:image/png;base64," + text}}
	}
}

func (m *maker) task(v object) {
	v["title"], v["description"], v["done"], v["priority"], v["status"] = m.text(5), m.text(12), m.i%2 == 0, "high", "todo"
	v["createdBy"], v["createdAt"], v["dueDate"], v["tags"] = "ai", m.time(0), "Friday", []string{"tag"}
	v["noteId"], v["topicId"] = m.ref("notes"), m.ref("topics")
	v["subtasks"] = []any{object{"id": fmt.Sprintf("sub-%d", m.i), "title": m.text(3), "done": false, "createdAt": m.time(1)}}
	v["relationships"] = []any{m.link("sessions")}
	if m.i%4 == 0 && m.g.size.Attachments > 0 {
		_, text := m.g.bytes(m.i)
		v["attachments"] = []any{object{"id": fmt.Sprintf("inline-task-%d", m.i), "type": "file", "name": "a.bin", "mimeType": "application/octet-stream", "size": 3,
			"createdAt": m.time(1), "base64": text}}
	}
}

func (m *maker) session(v object) {
	id := m.g.id("sessions", m.i)
	v["name"], v["description"], v["status"], v["tags"] = m.text(4), m.text(10), "completed", []string{"tag", m.text(1)}
	v["startTime"], v["endTime"], v["screenshotInterval"], v["autoAnalysis"] = m.time(0), m.time(90), 0.5, true
	v["extractedTaskIds"], v["extractedNoteIds"] = []string{m.ref("tasks")}, []string{m.ref("notes")}
	v["fullTranscription"] = m.text(40 * m.g.size.Items)
	v["summary"] = object{"narrative": m.text(40), "achievements": []string{m.text(6)}, "lastUpdated": m.time(95), "screenshotCount": m.g.size.Items}
	v["audioInsights"] = object{"narrative": m.text(20), "keyMoments": []any{object{"timestamp": 12.5, "type": "decision", "description": m.text(5)}}}
	var shots, segments, context []any
	for k := range m.g.size.Items {
		shots = append(shots, object{"id": fmt.Sprintf("%s-shot-%d", id, k), "sessionId": id, "timestamp": m.time(k), "attachmentId": m.attachment(),
			"analysisStatus": "complete", "aiAnalysis": object{"summary": m.text(12), "detectedActivity": m.text(2), "keyElements": []string{m.text(2)}, "confidence": 0.75}})
		segments = append(segments, object{"id": fmt.Sprintf("audio-%s-%d", id, k), "sessionId": id, "timestamp": m.time(k), "duration": 60.5, "transcription": m.text(30)})
	}
	context = append(context, object{"id": fmt.Sprintf("context-%d", m.i), "sessionId": id, "timestamp": m.time(3), "type": "marker", "content": m.text(3)})
	v["screenshots"], v["audioSegments"], v["contextItems"] = shots, segments, context
	v["video"] = object{"id": "video-" + id, "sessionId": id, "duration": 12.25, "chunkingStatus": "complete", "chapters": []any{
		object{"id": "chapter-" + id, "sessionId": id, "startTime": 0, "endTime": 9.5, "title": m.text(3), "createdAt": m.time(99)}}}
}

func (m *maker) attachment() string {
	if m.g.size.Attachments == 0 {
		return "gone"
	}
	return m.g.attachmentID(m.r.IntN(m.g.size.Attachments))
}

func (g legacySeed) attachmentID(i int) string {
	return fmt.Sprintf("attachment-%d-%d", 1750000000000+i, g.seed)
}

// bytes gives the content of attachment i; every third has that of the one before.
func (g legacySeed) bytes(i int) (data []byte, text string) {
	if i%3 == 2 {
		i--
	}
	r := rand.New(rand.NewPCG(g.seed, uint64(i)))
	data = make([]byte, 20+r.IntN(200))
	for k := range data {
		data[k] = byte(r.IntN(256))
	}
	return data, base64.StdEncoding.EncodeToString(data)
}

func (g legacySeed) attachment(i int) LegacyAttachment {
	_, text := g.bytes(i)
	if i%2 == 0 {
		text = "data:image/jpeg;base64," + text
	}
	meta, err := json.Marshal(object{"id": g.attachmentID(i), "type": "screenshot", "name": fmt.Sprintf("Screenshot %d.jpg", i), "mimeType": "image/jpeg",
		"size": len(text), "createdAt": "2025-03-01T08:00:00.000Z"})
	if err != nil {
		panic(err) // the generator is wrong
	}
	return newLegacyAttachment(meta, text)
}

func newLegacyAttachment(meta []byte, text string) LegacyAttachment {
	a := LegacyAttachment{ID: legacyID(meta), Meta: meta, Text: text, NoData: text == ""}
	_, encoded, ok := strings.Cut(text, ",")
	if !ok {
		encoded = text
	}
	if data, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(data) > 0 {
		sum := sha256.Sum256(data)
		a.SHA256, a.Size = hex.EncodeToString(sum[:]), int64(len(data))
	}
	return a
}
