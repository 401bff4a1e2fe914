package importexport

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"taskstore/repo"
	"taskstore/schema"
)

// markdownFormat is the records for reading: a chapter for each kind, a section for each
// record. What is long and not text is left out: it has no decoder.
var markdownFormat = format{
	name:    FormatMarkdown,
	encoder: func() encoder { return byRecord{markdownWriter{}} },
}

type markdownWriter struct{ unframed }

func (markdownWriter) begin(x *exporter) error { return x.write("# Store\n") }

func (markdownWriter) list(x *exporter, name string) error {
	return x.write("\n## ", strings.ToUpper(name[:1]), name[1:], "\n")
}

func (markdownWriter) record(_ context.Context, x *exporter, k repo.Kind, value any, _ bool) error {
	if s, ok := value.(*schema.Setting); ok {
		return x.write("\n### ", s.Key, "\n\n```json\n", string(s.Value), "\n```\n")
	}
	h := k.Head(value)
	var out strings.Builder
	title, facts, body := describe(value)
	if title = strings.Join(strings.Fields(title), " "); title == "" {
		title = "(no title)"
	}
	fmt.Fprintf(&out, "\n### %s\n\n- id: `%s`\n", title, h.ID)
	if h.TrashedAt != "" {
		facts = append(facts, fact{"in the trash since", string(h.TrashedAt)})
	}
	for _, v := range facts {
		if v.value != "" {
			fmt.Fprintf(&out, "- %s: %s\n", v.name, strings.Join(strings.Fields(v.value), " "))
		}
	}
	if body = strings.TrimSpace(body); body != "" {
		fmt.Fprintf(&out, "\n%s\n", body)
	}
	return x.write(out.String())
}

// fact is a line about a record.
type fact struct{ name, value string }

// describe gives what is worth reading of a record.
func describe(value any) (title string, facts []fact, body string) {
	switch v := value.(type) {
	case *schema.Note:
		title = v.Title
		if title == "" {
			title = v.Summary
		}
		body = v.Content
		for _, u := range v.Updates {
			body += fmt.Sprintf("\n\n> %s\n\n%s", u.Timestamp, u.Content)
		}
		return title, []fact{{"date", string(v.Timestamp)}, {"status", v.Status}, {"source", v.Source}, {"tags", strings.Join(v.Tags, ", ")}, {"links", linkTexts(v.Links)}}, body
	case *schema.Task:
		return v.Title, []fact{{"status", v.Status}, {"priority", v.Priority}, {"due", strings.TrimSpace(v.DueDate + " " + v.DueTime)},
			{"created", string(v.CreatedAt)}, {"completed", string(v.CompletedAt)}, {"tags", strings.Join(v.Tags, ", ")}, {"links", linkTexts(v.Links)}}, taskBody(v)
	case *schema.Session:
		return v.Name, []fact{{"begin", string(v.StartTime)}, {"end", string(v.EndTime)}, {"status", v.Status}, {"category", v.Category},
			{"tags", strings.Join(v.Tags, ", ")}, {"screenshots", countText(len(v.Screenshots))}, {"audio segments", countText(len(v.AudioSegments))},
			{"links", linkTexts(v.Links)}}, sessionBody(v)
	case *schema.Topic:
		return v.Name, []fact{{"created", string(v.CreatedAt)}, {"links", linkTexts(v.Links)}}, v.Description
	case *schema.Company:
		return v.Name, append([]fact{{"created", string(v.CreatedAt)}}, profileFacts(v.Profile)...), ""
	case *schema.Contact:
		return v.Name, append([]fact{{"created", string(v.CreatedAt)}}, profileFacts(v.Profile)...), ""
	case *schema.Attachment:
		return v.Name, []fact{{"type", v.Type}, {"media type", v.MIMEType}, {"created", string(v.CreatedAt)}, {"content", v.Stored().Blob}}, ""
	}
	return "", nil, ""
}

func taskBody(v *schema.Task) string {
	body := v.Description
	for _, s := range v.Subtasks {
		mark := " "
		if s.Done {
			mark = "x"
		}
		body += fmt.Sprintf("\n- [%s] %s", mark, s.Title)
	}
	return body
}

func sessionBody(v *schema.Session) string {
	body := v.Description
	for _, d := range []struct {
		title string
		text  schema.Document
	}{{"Notes", v.Notes}, {"Summary", v.Summary}, {"Transcript", v.Transcript}} {
		if text := documentText(d.text); text != "" {
			body += "\n\n#### " + d.title + "\n\n" + text
		}
	}
	return body
}

// documentText is a document that is a text, or the narrative of one that is an
// object.
func documentText(d schema.Document) string {
	var text string
	if json.Unmarshal(d, &text) == nil {
		return text
	}
	var object struct{ Narrative, Text string }
	_ = json.Unmarshal(d, &object) // other documents are left out
	if object.Narrative != "" {
		return object.Narrative
	}
	return object.Text
}

func countText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func linkTexts(links []schema.Link) string {
	texts := make([]string, len(links))
	for i, l := range links {
		texts[i] = l.Kind + " `" + l.ID + "`"
	}
	return strings.Join(texts, ", ")
}

func profileFacts(profile schema.JSON) (facts []fact) {
	var members map[string]any
	_ = json.Unmarshal([]byte(profile), &members) // an odd one is left out
	for _, name := range []string{"role", "companyId", "industry", "size", "website", "email", "phone", "description"} {
		if text, ok := members[name].(string); ok {
			facts = append(facts, fact{name, text})
		}
	}
	return facts
}

func (markdownWriter) end(_ context.Context, x *exporter, _ *repo.Tx, at schema.Time) error {
	return x.write("\n---\n\nexported ", string(at), "\n")
}
