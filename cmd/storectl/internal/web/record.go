package web

import (
	"errors"
	"strconv"

	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/cmd/storectl/internal/web/words"
	"taskstore/repo"
)

// sessionParts are the documents of a session; its lists are read item by item.
var sessionParts = []string{"summary", "audioInsights", "audioKeyMoments", "canvasSpec", "fullTranscription", "enrichmentStatus", "notes", "transcript", "video.chunks"}

// record is the page of one record with everything in it.
func (s *Server) record(v *visit) error {
	k, err := v.kind()
	if err != nil {
		return err
	}
	id := v.FormValue("id")
	var parts []string
	if k.Name == "session" {
		parts = sessionParts
	}
	past := v.FormValue("rev")
	value, err := v.stateOf(k, id, past, parts...)
	if past == "" && errors.Is(err, repo.ErrNotFound) {
		if names, e := v.of(k).Revs(v.Ctx, id); e == nil && len(names) > 0 {
			return v.goTo(words.HistoryURL(k.Name, id)) // it is gone, and what it was is kept
		}
	}
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(v.FormValue("from"))
	p, err := v.RecordOf(k, id, value, past, shown.Place{Moment: v.FormValue("at"), From: from})
	if err != nil {
		return err
	}
	return v.show("record", words.TitleText(p.Title), "", p)
}

// stateOf is a record as it is, or as the state that rev names.
func (v *visit) stateOf(k repo.Kind, id, rev string, parts ...string) (any, error) {
	if rev == "" {
		return v.of(k).Get(v.Ctx, id, parts...)
	}
	name, err := repo.ParseRev(rev)
	if err != nil {
		return nil, err
	}
	return v.of(k).At(v.Ctx, id, name)
}
