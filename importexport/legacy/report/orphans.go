package report

import (
	"path"
	"strings"
	"time"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/decode"
)

// Orphan is a content that no record refers to, and the sessions that it may
// belong to.
type Orphan struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Bytes    int64    `json:"bytes"`
	SHA256   string   `json:"sha256"`
	Sessions []Belong `json:"sessions"`
}

// Belong is a session that an orphan may belong to, and why. One that is lost is known
// only by the names of what is left of it.
type Belong struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Why  string `json:"why"`
	Lost bool   `json:"lost"`
}

// LostSession is a session that no source holds, and that contents are named after: how
// many of each kind, and when they were made, as far as their names and records tell.
type LostSession struct {
	ID     string `json:"id"`
	From   string `json:"from"` // RFC 3339; "" is not known
	To     string `json:"to"`
	Videos int    `json:"videos"`
	Sounds int    `json:"sounds"`
	Images int    `json:"images"`
	Others int    `json:"others"`
	Bytes  int64  `json:"bytes"`
}

// Count counts an orphan of the session.
func (s *LostSession) Count(o ledger.Orphan) {
	s.Bytes += o.Size
	switch kindOfContent(o) {
	case "video":
		s.Videos++
	case "audio":
		s.Sounds++
	case "image":
		s.Images++
	default:
		s.Others++
	}
}

// kindOfContent is video, audio, image, or "" for anything else.
func kindOfContent(o ledger.Orphan) string {
	switch o.Type {
	case "video", "audio", "image":
		return o.Type
	case "screenshot":
		return "image"
	}
	for _, name := range []string{o.Path, o.Name, o.ID} {
		if kind := decode.TypeOf(decode.MIMEOf(name)); kind != "file" {
			return kind
		}
	}
	return ""
}

// LastPart is the last part of a path of any system.
func LastPart(p string) string {
	if p == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(p, `\`, "/"))
}

// rfc is a time for the report; "" for none.
func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
