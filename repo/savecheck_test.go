package repo_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"taskstore/blobs"
	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

func wantInvalid(t *testing.T, err error, field, problem string) {
	t.Helper()
	var invalid *schema.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != field || !strings.Contains(invalid.Problem, problem) {
		t.Errorf("%v, want that %s %s", err, field, problem)
	}
}

// TestSaveNormalisesTimes: times in any form of RFC 3339 are stored in one form, and
// found by lists and searches; what is no time is refused.
func TestSaveNormalisesTimes(t *testing.T) {
	s := testdb.Open(t)
	n := &schema.Note{Content: "herring", Timestamp: "2026-11-01T10:00:00Z", Updates: []schema.NoteUpdate{{Timestamp: "2026-11-01t12:00:00+02:00"}}}
	fatal(t, s.Notes.Save(t.Context(), n))
	if want := schema.Time("2026-11-01T10:00:00.000Z"); n.Timestamp != want || n.Updates[0].Timestamp != want {
		t.Errorf("saved as %s and %s", n.Timestamp, n.Updates[0].Timestamp)
	}
	page, err := s.Search(t.Context(), repo.Search{Query: repo.Query{Text: "herring", From: "2026-11-01T10:00:00.000Z", To: "2026-11-01T10:00:00.001Z"}})
	fatal(t, err)
	if len(page.Hits) != 1 {
		t.Errorf("%d hits", len(page.Hits))
	}
	for _, bad := range []schema.Time{"yesterday", "2026-06-15", "2026-06-15 10:00:00", "2026-06-15T24:00:00Z", "2026-06-15T23:59:60Z"} {
		wantInvalid(t, s.Notes.Save(t.Context(), &schema.Note{Timestamp: bad}), "timestamp", "is no time")
		wantInvalid(t, s.Sessions.Screenshots.Add(t.Context(), "none", &schema.Screenshot{Timestamp: bad}), "screenshots.timestamp", "is no time")
	}
}

// TestSaveDatesNewRecords: a new record without its date gets the time of its saving.
func TestSaveDatesNewRecords(t *testing.T) {
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s := testdb.Open(t, func(o *repo.Options) { o.Now = func() time.Time { return now } })
	task := &schema.Task{Title: "a"}
	fatal(t, s.Tasks.Save(t.Context(), task))
	got, err := s.Tasks.Get(t.Context(), task.ID)
	fatal(t, err)
	if want := schema.TimeOf(now); task.CreatedAt != want || got.CreatedAt != want {
		t.Errorf("dated %q, stored %q", task.CreatedAt, got.CreatedAt)
	}
	read := &schema.Task{Title: "b"}
	fatal(t, s.Tasks.Save(repo.WithOrigin(t.Context(), repo.OriginImport), read))
	if read.CreatedAt != "" {
		t.Errorf("the import got a date: %s", read.CreatedAt)
	}
}

// TestSaveRefuses what a value says wrongly.
func TestSaveRefuses(t *testing.T) {
	s := testdb.Open(t)
	ctx, bad := t.Context(), string([]byte{'"', 0xff, '"'})
	nowhere := strings.Repeat("0", 64)
	file := func(c schema.Content) error { return s.Attachments.Save(ctx, &schema.Attachment{File: c}) }
	inline := func(c schema.Content) error {
		return s.Notes.Save(ctx, &schema.Note{Attachments: []schema.InlineAttachment{{FileInfo: schema.FileInfo{Base64: c}}}})
	}
	wantInvalid(t, file(schema.Content{Blob: "abc"}), "file", "is no content")
	wantInvalid(t, file(schema.Content{Blob: nowhere}), "file", "does not have")
	wantInvalid(t, inline(schema.Content{Blob: nowhere}), "attachments.base64", "does not have")
	wantInvalid(t, inline(schema.Content{Blob: nowhere, Form: "zip"}), "attachments.base64", "is no form")
	wantInvalid(t, s.Sessions.Save(ctx, &schema.Session{Summary: schema.Document(bad)}), "summary", "UTF-8")
	wantInvalid(t, s.Tasks.Save(ctx, &schema.Task{AIContext: schema.JSON(bad)}), "aiContext", "UTF-8")
	wantInvalid(t, s.Tasks.Save(ctx, &schema.Task{Head: schema.Head{ID: "a"}, Links: []schema.Link{{Kind: "task", ID: "a"}}}), "links", "to itself")
	wantInvalid(t, s.Tasks.Save(ctx, &schema.Task{Links: []schema.Link{{Kind: "note"}}}), "links", "no id")
	session := &schema.Session{}
	fatal(t, s.Sessions.Save(ctx, session))
	err := s.Sessions.Screenshots.Add(ctx, session.ID, &schema.Screenshot{AttachmentData: schema.Content{Blob: nowhere}})
	var invalid *schema.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(invalid.Problem, "does not have") {
		t.Errorf("a screenshot without its content: %v", err)
	}
}

// TestSaveFormsContents: a content without a form gets that of its member.
func TestSaveFormsContents(t *testing.T) {
	s := testdb.Open(t)
	info, err := s.Contents.Put(t.Context(), strings.NewReader("\xff\xfe binary"), "")
	fatal(t, err)
	n := &schema.Note{Attachments: []schema.InlineAttachment{{FileInfo: schema.FileInfo{Base64: schema.Content{Blob: info.SHA256}}}}}
	a := &schema.Attachment{File: schema.Content{Blob: info.SHA256}}
	fatal(t, s.Notes.Save(t.Context(), n))
	fatal(t, s.Attachments.Save(t.Context(), a))
	if f := n.Attachments[0].Base64.Form; f != "base64:" || a.File.Form != schema.FormFile {
		t.Errorf("forms %q and %q", f, a.File.Form)
	}
	if text, err := s.Contents.Text(t.Context(), n.Attachments[0].Base64); err != nil || text != "//4gYmluYXJ5" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestSaveKeepsWhatIsStored: a record that holds something odd since an import can
// still be changed, and nothing more that is odd can be added to it.
func TestSaveKeepsWhatIsStored(t *testing.T) {
	s := testdb.Unchecked(t)
	nowhere := strings.Repeat("0", 64)
	a := &schema.Attachment{FileInfo: schema.FileInfo{CreatedAt: "Friday"}, File: schema.Content{Blob: nowhere}}
	fatal(t, s.Attachments.Save(repo.WithOrigin(t.Context(), repo.OriginImport), a))
	a.Name = "changed"
	fatal(t, s.Attachments.Save(t.Context(), a))
	if a.CreatedAt != "Friday" || a.Rev != 2 {
		t.Errorf("%q at revision %d", a.CreatedAt, a.Rev)
	}
	a.CreatedAt = "Saturday"
	wantInvalid(t, s.Attachments.Save(t.Context(), a), "createdAt", "is no time")
	a.CreatedAt = "Friday"
	a.File.Blob = strings.Repeat("1", 64)
	wantInvalid(t, s.Attachments.Save(t.Context(), a), "file", "does not have")
	if _, err := s.Contents.Open(t.Context(), "abc"); !errors.Is(err, repo.ErrNotFound) || !errors.Is(err, blobs.ErrBadHash) {
		t.Errorf("a content whose name is none: %v", err)
	}
}
