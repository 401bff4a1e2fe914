package importexport

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"taskstore/importexport/vault"
	"taskstore/internal/pattern"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/rivo/uniseg"
)

// shortTitle is a title in a line, without what ends a link.
func shortTitle(title string) string {
	title = strings.Join(strings.FieldsFunc(title, func(r rune) bool { return strings.ContainsRune("[]|\n\r\t ", r) }), " ")
	rest, state, n := title, -1, 0
	for rest != "" && n < 80 {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n += len(cluster)
	}
	return strings.ToValidUTF8(title[:n], "")
}

// ending is what a name ends with that says what a file is.
var ending = pattern.Of(`.(\.[A-Za-z0-9]{1,5})$`)

// stem is the name of a file without its ending.
func stem(name string) string {
	if at := ending.FindStringSubmatchIndex(name); at != nil {
		return name[:at[2]]
	}
	return name
}

// contentNames says what the contents of a record are called, by their hashes.
func contentNames(value any) map[string]string {
	names := map[string]string{}
	of := func(f *schema.FileInfo, more ...schema.Content) {
		for _, c := range append(more, f.Base64) {
			names[c.Blob] = f.Name
		}
		for what, c := range map[string]schema.Content{" thumbnail": f.Thumbnail, " compressed": f.Compressed} {
			if names[c.Blob] == "" {
				names[c.Blob] = stem(f.Name) + what
			}
		}
	}
	switch v := value.(type) {
	case *schema.Attachment:
		of(&v.FileInfo, v.File)
	case *schema.Note:
		for i := range v.Attachments {
			of(&v.Attachments[i].FileInfo)
		}
	case *schema.Task:
		for i := range v.Attachments {
			of(&v.Attachments[i].FileInfo)
		}
	}
	delete(names, "")
	return names
}

// link is a link to a page or a content.
func link(to, title string) string {
	return "[[" + strings.TrimSuffix(to, ".md") + "|" + title + "]]"
}

// linksOf are links to the pages of what a record refers to, and to its contents.
func (w *vaultWriter) linksOf(value any, embeds map[string]string) []string {
	list := []string{}
	add := func(ref repo.Ref) {
		if p, ok := w.pages[ref]; ok {
			if text := link(p.path, p.title); !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	for _, l := range recordLinks(value) {
		add(repo.Ref{Kind: l.Kind, ID: l.ID})
	}
	if s, ok := value.(*schema.Session); ok {
		for i := range s.Screenshots {
			add(repo.Ref{Kind: "attachment", ID: s.Screenshots[i].AttachmentID})
		}
		for i := range s.AudioSegments {
			add(repo.Ref{Kind: "attachment", ID: s.AudioSegments[i].AttachmentID})
		}
	}
	for _, name := range sortedNames(embeds) {
		list = append(list, link(name, shortTitle(path.Base(name))))
	}
	return list
}

func sortedNames(embeds map[string]string) []string {
	var names []string
	for _, name := range embeds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func recordLinks(value any) []schema.Link {
	switch v := value.(type) {
	case *schema.Note:
		return v.Links
	case *schema.Task:
		return v.Links
	case *schema.Session:
		return v.Links
	case *schema.Topic:
		return v.Links
	case *schema.Company:
		return v.Links
	case *schema.Contact:
		return v.Links
	}
	return nil
}

// body is the text below the front matter of a record that is no note.
func (w *vaultWriter) body(title, text string, value any, embeds map[string]string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "\n# %s\n", title)
	if text = strings.TrimSpace(text); text != "" {
		fmt.Fprintf(&out, "\n%s\n", text)
	}
	if s, ok := value.(*schema.Session); ok {
		w.moments(&out, s)
	}
	for _, name := range sortedNames(embeds) {
		fmt.Fprintf(&out, "\n!%s\n", link(name, shortTitle(path.Base(name))))
	}
	return bytes.ToValidUTF8(out.Bytes(), []byte("\ufffd"))
}

// moment is something of a session at its time.
type moment struct {
	at         schema.Time
	what, text string
	attachment string
}

// moments writes what happened in a session, in its order.
func (w *vaultWriter) moments(out *bytes.Buffer, s *schema.Session) {
	var list []moment
	for i := range s.Screenshots {
		v := &s.Screenshots[i]
		list = append(list, moment{v.Timestamp, "screenshot", strings.TrimSpace(v.UserComment + " " + analysisText(v.AIAnalysis)), v.AttachmentID})
	}
	for i := range s.AudioSegments {
		v := &s.AudioSegments[i]
		list = append(list, moment{v.Timestamp, "sound", v.Transcription, v.AttachmentID})
	}
	for i := range s.ContextItems {
		v := &s.ContextItems[i]
		list = append(list, moment{v.Timestamp, v.Type, v.Content, ""})
	}
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b moment) int { return strings.Compare(string(a.at), string(b.at)) })
	out.WriteString("\n## Moments\n\n")
	for _, m := range list {
		fmt.Fprintf(out, "- %s %s", m.at, m.what)
		if p, ok := w.pages[repo.Ref{Kind: "attachment", ID: m.attachment}]; ok {
			out.WriteString(" " + link(p.path, p.title))
		}
		if text := strings.Join(strings.Fields(m.text), " "); text != "" {
			out.WriteString(": " + text)
		}
		out.WriteByte('\n')
	}
}

// analysisText is what an analysis says in words.
func analysisText(analysis schema.JSON) string {
	var is struct{ Summary, Description string }
	_ = json.Unmarshal([]byte(analysis), &is) // another one has no words
	if is.Summary != "" {
		return is.Summary
	}
	return is.Description
}

// withoutContent takes the content of a note out of its JSON, to be the body of its page.
// One that is no text, or not what JSON says, stays: then body is nil.
func withoutContent(record []byte, content string) (rest, body []byte, err error) {
	times := 0
	rest, cut, err := schema.CutMembers(record, func(name string) bool {
		if name == "content" {
			times++
		}
		return name == "content"
	})
	if err != nil {
		return nil, nil, err
	}
	var is string
	if text := jsontext.Value(cut["content"]); times != 1 || !text.IsValid() || json.Unmarshal(text, &is) != nil || is != content {
		return record, nil, nil
	}
	return rest, append([]byte{}, content...), nil
}

// textOf is a body as a string of JSON.
func textOf(body []byte) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, misfit(-1, "a text that is no UTF-8", "text in UTF-8", "")
	}
	return jsontext.AppendQuote(nil, body)
}

// target is what a link leads to: an editor changes it when a page gets another name.
var target = pattern.Of(`\[\[[^\]|]*\|`)

// bodyHash tells whether a text that is made from the front matter was changed, and the
// links in it, but for where they lead and for white space at its end.
func bodyHash(members []vault.Member, body []byte) string {
	var links []string
	if text := memberValue(members, vault.Links); text != nil {
		_ = json.Unmarshal(text, &links) // another value is a change
	}
	text := strings.Join(links, "\n") + "\n" + strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), " \t\n")
	sum := sha256.Sum256([]byte(target.ReplaceAllString(text, "[[")))
	return hex.EncodeToString(sum[:8])
}
