package web

import (
	"bytes"
	"net/http"
	"time"

	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/pictures"
)

// thumbs makes pictures small when they are first asked for, and keeps them in the cache of the user.
type thumbs struct {
	maker *pictures.Maker
	cache *pictures.Cache
	begun time.Time
}

func newThumbs(dir string) *thumbs {
	return &thumbs{maker: pictures.NewMaker(), cache: pictures.New(dir), begun: time.Now()}
}

// thumb gives a picture in small. It is asked for by its hash, and only given while the store has the content.
func (s *Server) thumb(w http.ResponseWriter, r *http.Request) {
	reader, _, err := s.openContent(r.Context(), r.FormValue("sha"))
	if err != nil {
		s.refuse(w, r, s.explain(err))
		return
	}
	defer reader.Close()
	sum := reader.Info().SHA256
	small, kept := s.small.cache.Get(sum)
	if !kept {
		if small, err = s.small.maker.Make(r.Context(), reader); err != nil {
			s.refuse(w, r, guard.Refusal{Status: http.StatusUnsupportedMediaType, Title: "No small picture", Text: "This content is no picture that can be made small. It can be opened as it is."})
			return
		}
		if err := s.small.cache.Put(sum, small); err != nil {
			s.opt.Log.Debug("a small picture was not kept", "error", err)
		}
	}
	w.Header().Set("Content-Security-Policy", guard.ContentPolicy)
	w.Header().Set("Content-Type", "image/jpeg")
	http.ServeContent(w, r, "", s.small.begun, bytes.NewReader(small))
}
