package legacy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/report"
)

// orphans lists the contents without a record, each with the sessions that it may
// belong to: by an id in its name, by the same bytes, by its time; and the sessions
// that are lost.
func (im *importer) orphans(ctx context.Context) (out []report.Orphan, lost []report.LostSession, err error) {
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
	m := report.NewMatcher(known, shared, list)
	gone := map[string]*report.LostSession{}
	for _, o := range list {
		r := report.Orphan{ID: o.ID, Name: o.Name, Type: o.Type, Bytes: o.Size, SHA256: o.SHA256, Sessions: m.Belongs(o)}
		out = append(out, r)
		if len(r.Sessions) > 0 && r.Sessions[0].Lost {
			id := r.Sessions[0].ID
			if gone[id] == nil {
				gone[id] = &report.LostSession{ID: id}
			}
			gone[id].Count(o)
		}
	}
	for id, s := range gone {
		s.From, s.To = m.Between(id)
		lost = append(lost, *s)
	}
	slices.SortFunc(lost, func(a, b report.LostSession) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
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
		named[names.NFC(report.LastPart(p.Path))] = true
	}
	return slices.DeleteFunc(list, func(o ledger.Orphan) bool {
		return named[names.NFC(report.LastPart(o.Path))] || named[names.NFC(report.LastPart(o.Name))]
	}), nil
}

// dangling notes the references of this import's records to things that no source
// holds. They stay as they are.
func (im *importer) dangling(ctx context.Context) error {
	err := ledger.Of(im.store).Dangling(ctx, im.run.PK, func(d ledger.Dangling) error {
		return im.stage.Warn(ctx, d.File, record.Warning{Code: "dangling-ref", ID: d.ID, Detail: d.Detail})
	})
	if err != nil {
		return err
	}
	return im.absentVideos(ctx)
}

// absentVideos notes the videos that sessions name and that are not in the source.
func (im *importer) absentVideos(ctx context.Context) error {
	paths, err := ledger.Of(im.store).VideoPaths(ctx, im.run.PK)
	if err != nil || len(paths) == 0 {
		return err
	}
	there := map[string]bool{} // of the names that sessions have: the files can be many
	for _, p := range paths {
		there[names.NFC(report.LastPart(p.Path))] = false
	}
	for f, err := range im.stage.Files(ctx) {
		if err != nil {
			return err
		}
		name := names.NFC(report.LastPart(f.Path))
		if _, named := there[name]; named {
			there[name] = true
		}
	}
	for _, p := range paths {
		if there[names.NFC(report.LastPart(p.Path))] || !strings.Contains(report.LastPart(p.Path), ".") {
			continue
		}
		if err := im.stage.Warn(ctx, im.firstFile, record.Warning{Code: "dangling-ref", ID: p.Session, Detail: fmt.Sprintf(report.AbsentVideo, p.Path)}); err != nil {
			return err
		}
	}
	return nil
}
