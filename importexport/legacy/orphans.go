package legacy

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/repo"

	"github.com/dustin/go-humanize"
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

// Belong is a session that an orphan may belong to, and why.
type Belong struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

// maxBelong is how many sessions are named for one orphan.
const maxBelong = 5

// orphans lists the contents without a record, each with the sessions it may
// belong to: by an id in its name, by the same bytes, by its time.
func (im *importer) orphans(ctx context.Context) ([]OrphanReport, error) {
	l := im.store.Legacy()
	list, err := l.Orphans(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	paths, err := l.VideoPaths(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, p := range paths {
		named[lastPart(p)] = true
	}
	spans, err := l.SessionSpans(ctx)
	if err != nil {
		return nil, err
	}
	var out []OrphanReport
	for _, o := range list {
		if named[lastPart(o.Path)] || named[lastPart(o.Name)] {
			continue
		}
		r := OrphanReport{ID: o.ID, Name: o.Name, Type: o.Type, Bytes: o.Size, SHA256: o.SHA256}
		same, err := l.SessionsWith(ctx, o.SHA256)
		if err != nil {
			return nil, err
		}
		r.Sessions = belongs(o, spans, same)
		out = append(out, r)
	}
	return out, nil
}

// lastPart is the last part of a path of any system.
func lastPart(p string) string {
	if p == "" {
		return ""
	}
	return path.Base(strings.ReplaceAll(p, `\`, "/"))
}

// belongs finds the sessions that an orphan may belong to, the best reason first.
func belongs(o repo.Orphan, spans []repo.SessionSpan, same []string) []Belong {
	list := []Belong{}
	add := func(s repo.SessionSpan, why string) {
		known := slices.ContainsFunc(list, func(b Belong) bool { return b.ID == s.ID })
		if !known && len(list) < maxBelong {
			list = append(list, Belong{s.ID, s.Name, why})
		}
	}
	names := o.ID + "\n" + o.Name + "\n" + o.Path
	for _, s := range spans {
		if s.ID != "" && strings.Contains(names, s.ID) {
			add(s, "its id stands in the name")
		}
	}
	for _, s := range spans {
		if slices.Contains(same, s.ID) {
			add(s, "it has the same content")
		}
	}
	for _, at := range moments(o) {
		for _, s := range spans {
			if during(s, at) {
				add(s, "it took place at that time")
			}
		}
	}
	return list
}

// millisInName finds the times in epoch milliseconds that the app put into names.
var millisInName = regexp.MustCompile(`\b1[0-9]{12}\b`)

// moments are the times at which an orphan may have been made.
func moments(o repo.Orphan) []time.Time {
	var list []time.Time
	if t, err := o.CreatedAt.Time(); err == nil && !t.IsZero() {
		list = append(list, t)
	}
	for _, text := range millisInName.FindAllString(o.ID+" "+o.Name+" "+o.Path, 4) {
		if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
			list = append(list, time.UnixMilli(ms).UTC())
		}
	}
	return list
}

// longest is how long a session without an end counts as going on.
const longest = 12 * time.Hour

func during(s repo.SessionSpan, at time.Time) bool {
	start, err := s.Start.Time()
	if err != nil || start.IsZero() || at.Before(start) {
		return false
	}
	end, err := s.End.Time()
	if err != nil || end.IsZero() {
		end = start.Add(longest)
	}
	return !at.After(end)
}

// dangling notes the references of this import's records to things that no source
// holds. They stay as they are.
func (im *importer) dangling(ctx context.Context) error {
	list, err := im.store.Legacy().Dangling(ctx, im.run.PK)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := im.stage.Warn(ctx, d.File, Warning{"dangling-ref", d.ID, d.Detail()}); err != nil {
			return err
		}
	}
	return nil
}

// orphanLines says for each orphan what it is and where it may belong.
func (r Report) orphanLines() (out []string) {
	for _, o := range r.Orphans {
		line := fmt.Sprintf("%s, %s (%s, %s)", o.ID, o.Name, o.Type, humanize.IBytes(uint64(max(o.Bytes, 0))))
		for i, b := range o.Sessions {
			sep := "; or of "
			if i == 0 {
				sep = ": perhaps of "
			}
			line += fmt.Sprintf("%ssession %s %q, %s", sep, b.ID, b.Name, b.Why)
		}
		out = append(out, line)
	}
	return out
}
