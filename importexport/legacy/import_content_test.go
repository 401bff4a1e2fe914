package legacy_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"taskstore/importexport/legacy"
	"taskstore/importexport/legacy/report"
	"taskstore/internal/testdb"
	"taskstore/repo"
)

func sha(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// TestImportContents takes every way in which the app wrote contents: the bytes
// come out, the text comes back as it was, and equal bytes are one content.
func TestImportContents(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	data := "the bytes of a picture, \x00\xff\xfe and more of them"
	plain := base64.StdEncoding.EncodeToString([]byte(data))
	forms := map[string]struct{ text, sha string }{
		"bare":        {plain, sha(data)},
		"uri":         {"data:image/png;base64," + plain, sha(data)},
		"parameter":   {"data:audio/mp3;rate=44100;base64," + plain, sha(data)},
		"no-padding":  {strings.TrimRight(plain, "="), sha(data)},
		"new-lines":   {plain[:10] + "\r\n" + plain[10:20] + "\n " + plain[20:], sha(data)},
		"percent":     {"data:text/plain,a%20b%C3%A9", sha("a bé")},
		"undecodable": {"!! no base64 !!", sha("!! no base64 !!")},
	}
	dir := t.TempDir()
	var notes []string
	for name, f := range forms {
		put(t, dir, "attachments/"+name+".meta.json", fmt.Sprintf(`{"id":%q,"type":"image","name":"p","mimeType":"image/png","size":1,"createdAt":"2025-01-01T00:00:00.000Z"}`, name))
		put(t, dir, "attachments/"+name+".dat", f.text)
		notes = append(notes, fmt.Sprintf(`{"id":"note-%s","content":"c","summary":"s","timestamp":"2025-01-01T00:00:00.000Z","lastUpdated":"2025-01-01T00:00:00.000Z","attachments":[{"id":"in-%s","type":"image","name":"p","base64":%q,"thumbnail":%q}]}`,
			name, name, f.text, f.text))
	}
	put(t, dir, "db/notes.json", "["+strings.Join(notes, ",")+"]")
	put(t, dir, "attachments/no-data.meta.json", `{"id":"no-data","type":"image","name":"gone"}`)
	put(t, dir, "attachments/empty.meta.json", `{"id":"empty","type":"image","name":"nothing in it"}`)
	put(t, dir, "attachments/empty.dat", "")
	put(t, dir, "attachments/link.meta.json", `{"id":"link","type":"link","name":"a link","url":"https://example.org"}`)

	put(t, dir, "db/attachments.json", `[{"id":"inline","type":"image","name":"p","base64":"`+plain+`"},{"id":"inline-bad","type":"image","name":"p","base64":"!! none !!"}]`)

	put(t, dir, "db/attachments-ca/ab/"+sha("other")+"/data.json", `""`)
	put(t, dir, "db/attachments-ca/ab/"+sha("other")+"/metadata.json", `{"references":[{"attachmentId":"nothing"}]}`)

	s := testdb.Open(t)
	dry, err := legacy.DryRun(ctx, s, dir, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := importing(t, s, dir)
	if dry.Attachments != r.Attachments {
		t.Errorf("the dry run says of the contents %+v, the import %+v", dry.Attachments, r.Attachments)
	}
	for name, f := range forms {
		wantAttachment(t, s, name, f.text, f.sha)
	}
	for i := range notes {
		raw := notes[i]
		got, _, err := of(t, s)["notes"].get(ctx, idOf(t, []byte(raw)))
		if err != nil {
			t.Error(err)
			continue
		}
		testdb.WantJSON(t, "note", got, []byte(raw))
	}
	// The same bytes are stored once, whatever their text; a text that cannot be
	// decoded is stored too, and so may be those that cannot be written again.
	if want := (report.AttachmentCounts{Found: 13, Blobs: 4, Missing: 3, Undecodable: 2}); r.Attachments != want {
		t.Errorf("contents: %+v, want %+v", r.Attachments, want)
	}
	if !r.Findings() {
		t.Error("two contents are missing, and that is no finding")
	}
	for _, id := range []string{"no-data", "empty", "link"} {
		if a, err := s.Attachments.Get(ctx, id, repo.Full); err != nil || a.Stored().Blob != "" {
			t.Errorf("%s: %+v (%v)", id, a.Stored(), err)
		}
	}
	before := dump(t, s)
	importing(t, s, dir)
	wantSame(t, "imported again", dump(t, s), before)
}

func wantAttachment(t *testing.T, s *repo.Store, id, text, sum string) {
	t.Helper()
	a, err := s.Attachments.Get(context.Background(), id, repo.Full)
	if err != nil {
		t.Error(err)
		return
	}
	if c := a.Stored(); c.Blob != sum {
		t.Errorf("%s: content %s, want %s", id, c.Blob, sum)
	}
	if got, err := s.Contents.Text(context.Background(), a.Stored()); err != nil || got != text {
		t.Errorf("%s gives back %.80q, want %.80q (%v)", id, got, text, err)
	}
}

// TestImportContentHeads: what stands before the base64 may hold any letter, also in the
// content of an attachment that is kept beside another one.
func TestImportContentHeads(t *testing.T) {
	t.Parallel()
	const one, other = "one content", "another content"
	dir := t.TempDir()
	notes := ""
	for i, head := range []string{`data:image/png;name="a\b";base64,`, "DATA:image/png;BASE64,", "\n data:;base64,", "data:x;\x00\xff;base64,"} {
		id, second := fmt.Sprint("a", i), fmt.Sprint(other, i)
		put(t, dir, "attachments/"+id+".meta.json", `{"id":"`+id+`","type":"image","name":"n","mimeType":"image/png","size":1}`)
		put(t, dir, "attachments/"+id+".dat", head+base64.StdEncoding.EncodeToString([]byte(one)))
		text, err := json.Marshal(head + base64.StdEncoding.EncodeToString([]byte(second)))
		if err != nil {
			t.Fatal(err)
		}
		key := "db/attachments-ca/" + sha(second)[:2] + "/" + sha(second)
		put(t, dir, key+"/data.json", string(text))
		put(t, dir, key+"/metadata.json", `{"hash":"`+sha(second)+`","references":[{"attachmentId":"`+id+`"}]}`)
		notes += fmt.Sprintf(`,{"id":"n%d","attachments":[{"id":"in%d","base64":%s}]}`, i, i, text)
	}
	put(t, dir, "db/notes.json", "["+notes[1:]+"]")
	s := testdb.Open(t)
	if r := importing(t, s, dir); r.Attachments.Undecodable > 0 || r.Attachments.Blobs != 1 {
		t.Errorf("contents: %+v", r.Attachments)
	}
	for i := range 4 {
		wantContentNow(t, s, fmt.Sprint("a", i), one, fmt.Sprint(other, i))
	}
	before := dump(t, s)
	importing(t, s, dir)
	wantSame(t, "imported again", dump(t, s), before)
}

// TestImportBadDescriptions: bytes that are no text, in what describes a content, stop nothing.
func TestImportBadDescriptions(t *testing.T) {
	t.Parallel()
	const content = "some bytes"
	text, hash := base64.StdEncoding.EncodeToString([]byte(content)), sha(content)
	bad := "{\"hash\":\"" + hash + "\",\"mimeType\":\"image/\xff\xfepng\",\"m\xc3\":\"caf\xe9\",\"references\":[{\"attachmentId\":\"a\xff\",\"s\xe9\":\"x\xe9\"}]}"
	for at, data := range map[string][2]string{
		"attachments/" + hash[:2] + "/" + hash + ".meta.json":           {"attachments/" + hash[:2] + "/" + hash + ".dat", text},
		"db/attachments-ca/" + hash[:2] + "/" + hash + "/metadata.json": {"db/attachments-ca/" + hash[:2] + "/" + hash + "/data.json", `"` + text + `"`},
		"attachments/one.meta.json":                                     {"attachments/one.dat", text},
	} {
		dir := t.TempDir()
		put(t, dir, at, bad)
		put(t, dir, data[0], data[1])
		s := testdb.Open(t)
		if r := importing(t, s, dir); !r.Findings() || r.Attachments.Blobs != 1 {
			t.Errorf("%s: %v, contents %+v", at, r.Warnings, r.Attachments)
		}
		wantQuarantined(t, s, bad)
	}
}

// wantContentNow wants an attachment to have one content now, and another in its history.
func wantContentNow(t *testing.T, s *repo.Store, id, now, before string) {
	t.Helper()
	a, err := s.Attachments.Get(t.Context(), id, repo.Full)
	if err != nil || a.Stored().Blob != sha(now) {
		t.Errorf("%s has %q, want that of %q (%v)", id, a.Stored().Blob, now, err)
	}
	if got := readBlob(t, s, sha(before)); got != before {
		t.Errorf("%s had %q, want %q", id, got, before)
	}
}

// TestImportLargeContent decodes texts piece by piece that are too large to be
// decoded at once, one of them broken near its end.
func TestImportLargeContent(t *testing.T) {
	t.Parallel()
	data := strings.Repeat("0123456789abcdef\xff", 600_000)
	text := "data:video/mp4;base64," + base64.StdEncoding.EncodeToString([]byte(data))
	broken := text[:len(text)-100] + "!!" + text[len(text)-98:]
	dir := t.TempDir()
	for id, text := range map[string]string{"large": text, "broken": broken} {
		put(t, dir, "attachments/"+id+".meta.json", `{"id":"`+id+`","type":"video","name":"v","mimeType":"video/mp4","size":1}`)
		put(t, dir, "attachments/"+id+".dat", text)
	}
	s := testdb.Open(t)
	r := importing(t, s, dir)
	wantAttachment(t, s, "large", text, sha(data))
	wantAttachment(t, s, "broken", broken, sha(broken))
	if r.Attachments.Undecodable != 1 || r.Attachments.Blobs != 2 {
		t.Errorf("contents: %+v", r.Attachments)
	}
}
