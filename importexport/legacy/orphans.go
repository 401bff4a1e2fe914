package legacy

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"taskstore/importexport/ledger"
)

// OrphanReport is a content that no record refers to, and the sessions that it may
// belong to.
type OrphanReport struct {
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

// count counts an orphan of the session.
func (s *LostSession) count(o ledger.Orphan) {
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
		if kind := typeOf(mimeOf(name)); kind != "file" {
			return kind
		}
	}
	return ""
}

// orphans lists the contents without a record, each with the sessions that it may
// belong to: by an id in its name, by the same bytes, by its time; and the sessions
// that are lost.
func (im *importer) orphans(ctx context.Context) (out []OrphanReport, lost []LostSession, err error) {
	list, err := im.unreferred(ctx)
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	known, err := ledger.Of(im.store).SessionSpans(ctx)
	if err != nil {
		return nil, nil, err
	}
	shared, err := ledger.Of(im.store).SharedContents(ctx)
	if err != nil {
		return nil, nil, err
	}
	m := newMatcher(known, shared, list)
	gone := map[string]*LostSession{}
	for _, o := range list {
		r := OrphanReport{ID: o.ID, Name: o.Name, Type: o.Type, Bytes: o.Size, SHA256: o.SHA256, Sessions: m.belongs(o)}
		out = append(out, r)
		if len(r.Sessions) > 0 && r.Sessions[0].Lost {
			id := r.Sessions[0].ID
			if gone[id] == nil {
				gone[id] = &LostSession{ID: id}
			}
			gone[id].count(o)
		}
	}
	for id, s := range gone {
		s.From, s.To = m.between(id)
		lost = append(lost, *s)
	}
	slices.SortFunc(lost, func(a, b LostSession) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return out, lost, nil
}

// unreferred lists the contents that nothing refers to, neither by the attachment's id
// nor by the name of a file.
func (im *importer) unreferred(ctx context.Context) ([]ledger.Orphan, error) {
	list, err := ledger.Of(im.store).Orphans(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	paths, err := ledger.Of(im.store).VideoPaths(ctx, 0)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, p := range paths {
		named[nfc(lastPart(p.Path))] = true
	}
	return slices.DeleteFunc(list, func(o ledger.Orphan) bool {
		return named[nfc(lastPart(o.Path))] || named[nfc(lastPart(o.Name))]
	}), nil
}

// lastPart is the last part of a path of any system.
func lastPart(p string) string {
	if p == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(p, `\`, "/"))
}

// dangling notes the references of this import's records to things that no source
// holds. They stay as they are.
func (im *importer) dangling(ctx context.Context) error {
	list, err := ledger.Of(im.store).Dangling(ctx, im.run.PK)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := im.stage.Warn(ctx, d.File, Warning{"dangling-ref", d.ID, d.Detail}); err != nil {
			return err
		}
	}
	return im.absentVideos(ctx)
}

// absentVideos notes the videos that sessions name and that are not in the source.
func (im *importer) absentVideos(ctx context.Context) error {
	paths, err := ledger.Of(im.store).VideoPaths(ctx, im.run.PK)
	if err != nil || len(paths) == 0 {
		return err
	}
	there := map[string]bool{}
	for f, err := range im.stage.Files(ctx) {
		if err != nil {
			return err
		}
		there[nfc(lastPart(f.Path))] = true
	}
	for _, p := range paths {
		if there[nfc(lastPart(p.Path))] || !strings.Contains(lastPart(p.Path), ".") {
			continue
		}
		if err := im.stage.Warn(ctx, im.firstFile, Warning{"dangling-ref", p.Session, "its video " + p.Path + " is not in the source"}); err != nil {
			return err
		}
	}
	return nil
}

// rfc is a time for the report; "" for none.
func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
