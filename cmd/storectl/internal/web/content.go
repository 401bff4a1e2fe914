package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/blobs"
	"taskstore/cmd/storectl/internal/web/guard"
	"taskstore/cmd/storectl/internal/web/prose"
	"taskstore/cmd/storectl/internal/web/shown"
	"taskstore/repo"
	"taskstore/schema"
)

// shownTypes are the types that a browser shows or plays without running anything of them. Everything else is offered
// as a file.
var shownTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif",
	"audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/ogg", "audio/wav", "audio/x-wav", "audio/wave", "audio/webm", "audio/flac",
	"video/mp4", "video/webm", "video/ogg", "video/quicktime", "application/ogg", "text/plain"}

// content gives the bytes of a content, by its hash. Its type is what the bytes say, whatever a record claims; what could
// run is a file to be kept.
func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	reader, kind, err := s.openContent(r.Context(), r.FormValue("sha"))
	if err != nil {
		s.refuse(w, r, s.explain(err))
		return
	}
	defer reader.Close()
	show := slices.Contains(shownTypes, shown.PlainType(kind)) && !r.Form.Has("save")
	name := cmp.Or(r.FormValue("name"), reader.Info().SHA256[:12])
	h := w.Header()
	h.Set("Content-Security-Policy", guard.ContentPolicy)
	h.Set("Content-Type", contentType(kind, show))
	h.Set("Content-Disposition", disposition(show, name))
	h.Set("ETag", `"`+reader.Info().SHA256+`"`)
	slow := &patient{ResponseWriter: w, control: http.NewResponseController(w), wait: s.opt.Stall}
	if reader.Info().Encoding == "" {
		http.ServeContent(slow, r, "", time.Time{}, reader)
		return
	}
	h.Set("Content-Length", strconv.FormatInt(reader.Info().Size, 10)) // kept compressed: from the beginning only
	if r.Method == http.MethodHead {
		return
	}
	if _, err := io.Copy(slow, reader); err != nil {
		panic(http.ErrAbortHandler) // the connection breaks, so that nobody takes the part for the whole
	}
}

// openContent opens a content that the store has, and lets the store go.
func (s *Server) openContent(ctx context.Context, sha string) (reader *blobs.Reader, kind string, err error) {
	if !blobs.IsHash(sha) {
		return nil, "", wrong("That names no content", "A content is named by the 64 digits of its hash.")
	}
	err = s.hold.Use(ctx, func(store *repo.Store) error {
		if reader, err = store.Contents.Open(ctx, sha); err != nil {
			return err
		}
		media, err := store.Contents.Media(ctx, sha)
		if err != nil {
			return errors.Join(err, reader.Close())
		}
		kind = media.MIMEType
		return nil
	})
	switch {
	case errors.Is(err, repo.ErrNotFound):
		err = guard.Refusal{Status: http.StatusNotFound, Title: "The content is missing", Text: "A record names it, and its bytes are nowhere in this store. A backup that was made away from it may have them.", Link: "/health", LinkText: "To the health of the store"}
	case errors.Is(err, blobs.ErrCorrupt), errors.Is(err, repo.ErrCorrupt):
		err = guard.Refusal{Status: http.StatusInternalServerError, Title: "The content is damaged", Text: "Its bytes are not what its name says.", Detail: err.Error(), Link: "/health", LinkText: "To the health of the store"}
	}
	return reader, kind, err
}

// contentType is how a content is announced. A text is in UTF-8, as far as anybody knows.
func contentType(kind string, show bool) string {
	switch {
	case !show:
		return "application/octet-stream"
	case shown.PlainType(kind) == "text/plain":
		return "text/plain; charset=utf-8"
	}
	return shown.PlainType(kind)
}

// disposition names a file as a header can, whatever the name holds.
func disposition(show bool, name string) string {
	how := "attachment"
	if show {
		how = "inline"
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '/' || r == '\\' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(prose.Cut(150, name), "_"))
	if text := mime.FormatMediaType(how, map[string]string{"filename": name}); text != "" {
		return text
	}
	return how
}

// patient gives a client more time as long as it takes something.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	wait    time.Duration
}

func (p *patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(p.wait)) // where there is none, as in tests, nobody is slow
	return p.ResponseWriter.Write(b)
}

// raw gives a record as the app's JSON, as a file: everything in it, now or in the past.
func (s *Server) raw(w http.ResponseWriter, r *http.Request) {
	s.withStore(func(v *visit) error {
		k, err := v.kind()
		if err != nil {
			return err
		}
		past := v.FormValue("rev")
		value, err := v.stateOf(k, v.FormValue("id"), past, repo.Full)
		if err != nil {
			return err
		}
		text, err := k.Encode(value, schema.EncodeOptions{Refs: true})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Security-Policy", guard.ContentPolicy)
		w.Header().Set("Content-Disposition", disposition(false, strings.TrimSuffix(k.Name+"-"+v.FormValue("id")+"-"+past, "-")+".json"))
		_, _ = w.Write(text)
		return nil
	})(w, r)
}
