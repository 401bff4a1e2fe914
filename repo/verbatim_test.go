package repo_test

import (
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"

	"github.com/google/go-cmp/cmp"
)

// TestVerbatimSurvives: a member that only its text can say, here one that stands
// twice, is still said after the save has put the contents inside of it elsewhere and
// would have completed its items.
func TestVerbatimSurvives(t *testing.T) {
	const raw = `{"id":"s","name":"n","description":"","status":"completed","startTime":"2025-01-01T00:00:00.000Z",` +
		`"screenshotInterval":2,"autoAnalysis":true,"enableScreenshots":true,"audioRecording":false,"audioReviewCompleted":false,"tags":[],` +
		`"screenshots":"none","screenshots":[{"id":"","timestamp":"2025-01-01T00:00:00.000Z"}],` +
		`"video":{"id":"v","sessionId":"s","duration":3,"chunkingStatus":"complete",` +
		`"chapters":"first","chapters":[{"title":"c","startTime":0,"endTime":1,"thumbnail":"data:image/png;base64,U3W9\r\nXz0="}]}}`
	s := testdb.Open(t)
	var v schema.Session
	_, err := schema.Decode([]byte(raw), &v)
	fatal(t, err)
	want, err := schema.Encode(&v, schema.EncodeOptions{})
	fatal(t, err)
	fatal(t, s.Sessions.Save(t.Context(), &v))
	got, err := s.Sessions.Get(t.Context(), "s", repo.Full)
	fatal(t, err)
	text := func(c schema.Content) (string, bool, error) {
		text, err := s.Contents.Text(t.Context(), c)
		return text, err == nil, err
	}
	for name, v := range map[string]*schema.Session{"saved": &v, "read": &got} {
		b, err := schema.Encode(v, schema.EncodeOptions{Content: text})
		if err != nil || string(b) != string(want) {
			t.Errorf("%s, %v:\n%s", name, err, cmp.Diff(string(want), string(b)))
		}
	}
	got.Video.Chapters[0].Title = "changed"
	b, err := schema.Encode(&got, schema.EncodeOptions{Content: text})
	fatal(t, err)
	var again schema.Session
	_, err = schema.Decode(b, &again)
	fatal(t, err)
	if again.Video.Chapters[0].Title != "changed" {
		t.Errorf("a change does not end the text: %s", b)
	}
}
