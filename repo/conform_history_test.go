package repo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"taskstore/internal/testdb"
	"taskstore/repo"
	"taskstore/schema"
)

// history: every state that was overwritten is kept and is read back.
func (k kind[T]) history(t *testing.T) {
	s := testdb.Open(t)
	c := k.of(&s.Repos)
	r := rand.New(rand.NewPCG(1, 2))
	v := k.saved(t, s, 1)
	h := k.head(&v)
	var states [][]byte
	for i := range 6 {
		was, err := c.Get(t.Context(), h.ID) // without what is read on demand, as a revision is
		fatal(t, err)
		states = append(states, encoded(t, s, &was))
		next := testdb.Sample[T](uint64(i + 2))
		nh := k.head(&next)
		nh.ID, nh.Rev, nh.Lists = h.ID, k.head(&was).Rev, k.head(&was).Lists
		dropOnDemand(any(&next))
		if r.IntN(3) == 0 {
			next = was
			k.edit(&next, fmt.Sprint("edit ", i))
		}
		fatal(t, c.Save(repo.WithOrigin(t.Context(), fmt.Sprint("origin ", i)), &next))
	}
	list, err := c.History(t.Context(), h.ID)
	fatal(t, err)
	list = slices.DeleteFunc(list, func(r repo.Revision) bool { return r.Part != "" }) // chunks of a video that went
	if len(list) != len(states) {
		t.Fatalf("%d states are kept of %d", len(list), len(states))
	}
	for i, rev := range list {
		was := states[len(states)-1-i]
		if rev.Rev != int64(len(states)-i) || rev.Change != "update" || rev.Origin != fmt.Sprint("origin ", len(states)-1-i) || rev.Part != "" || rev.Row {
			t.Errorf("state %d: %+v", i, rev)
		}
		var old T
		if _, err := schema.Decode([]byte(rev.State), &old); err != nil {
			t.Fatal(err)
		}
		testdb.WantJSON(t, fmt.Sprintf("state %d", i), encoded(t, s, &old), was)
	}
}

// dropOnDemand makes a session hold only what is read with it.
func dropOnDemand(v any) {
	s, ok := v.(*schema.Session)
	if !ok {
		return
	}
	s.Screenshots, s.AudioSegments, s.ContextItems = nil, nil, nil
	s.Summary, s.AudioInsights, s.AudioKeyMoments, s.CanvasSpec = nil, nil, nil, nil
	s.Transcription, s.EnrichmentStatus, s.Notes, s.Transcript = nil, nil, nil, nil
	if s.Video != nil {
		s.Video.Chunks = nil
	}
}
