// Package importexport writes a store's content in forms that other programs
// read.
package importexport

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"taskstore/repo"
	"taskstore/schema"
)

// Options says what to export.
type Options struct {
	// Kinds names the collections; nil is all that the format has.
	Kinds []string
	// Trash also writes what is in the trash, where the format can say so.
	Trash bool
	// Progress, if set, is told how many entities are written, of how many.
	Progress func(done, total int)
}

// Result says what was exported.
type Result struct {
	Collections map[string]int // entities by collection
	Bytes       int64
	// Missing are contents that an entity has and whose bytes are gone or
	// damaged; the member that would hold them is left out of the export.
	Missing []Missing
	// InTrash counts the entities that were left out because they are in the trash.
	InTrash int
}

// Missing is a content that could not be exported.
type Missing struct {
	Collection, ID, SHA256 string
}

// The version that the app's own export carries, and the last version of the
// app that wrote it.
const (
	exportVersion = "1.0.0"
	appVersion    = "0.5.1"
)

// LegacyKinds are the collections of the app's single-file export, in its order.
func LegacyKinds() []string {
	return []string{"topics", "companies", "contacts", "notes", "tasks", "sessions"}
}

// LegacyJSON writes the app's single-file export, version 1.0.0: one object with
// a list for each collection, then aiSettings, preferences, exportedAt, version
// and appVersion. Every live entity is there with all its members, those that the
// store has no column for included, one entity on a line. It is read from one
// snapshot and never held in memory as a whole.
func LegacyJSON(ctx context.Context, s *repo.Store, w io.Writer, at schema.Time, opt Options) (res Result, err error) {
	for _, k := range opt.Kinds {
		if !slices.Contains(LegacyKinds(), k) {
			return res, &schema.InvalidError{Kind: "export", Field: "kinds", Problem: fmt.Sprintf("%q is none of %v", k, LegacyKinds())}
		}
	}
	buf := bufio.NewWriterSize(w, 1<<16)
	x := &exporter{store: s, w: buf, opt: opt, res: Result{Collections: map[string]int{}}}
	err = s.View(ctx, func(ctx context.Context, tx *repo.Tx) error { return x.legacy(ctx, tx, at) })
	if err = errors.Join(err, buf.Flush()); err != nil {
		return x.res, fmt.Errorf("export: %w", err)
	}
	return x.res, nil
}

// exporter is an export at work.
type exporter struct {
	store *repo.Store
	w     *bufio.Writer
	opt   Options
	res   Result
	done  int
	total int
}

func (x *exporter) write(parts ...string) error {
	for _, p := range parts {
		n, err := x.w.WriteString(p)
		x.res.Bytes += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) wants(collection string) bool {
	return x.opt.Kinds == nil || slices.Contains(x.opt.Kinds, collection)
}

func (x *exporter) legacy(ctx context.Context, tx *repo.Tx, at schema.Time) error {
	if err := x.count(ctx, tx); err != nil {
		return err
	}
	if err := x.write("{\n"); err != nil {
		return err
	}
	err := errors.Join(
		list(ctx, x, "topics", tx.Topics, func(v *schema.Topic) string { return v.ID }),
		list(ctx, x, "companies", tx.Companies, func(v *schema.Company) string { return v.ID }),
		list(ctx, x, "contacts", tx.Contacts, func(v *schema.Contact) string { return v.ID }),
		list(ctx, x, "notes", tx.Notes, func(v *schema.Note) string { return v.ID }),
		list(ctx, x, "tasks", tx.Tasks, func(v *schema.Task) string { return v.ID }),
		list(ctx, x, "sessions", tx.Sessions.Collection, func(v *schema.Session) string { return v.ID }),
	)
	if err != nil {
		return err
	}
	ai, preferences, err := appSettings(ctx, tx)
	if err != nil {
		return err
	}
	return x.write(`"aiSettings": `, ai, ",\n", `"preferences": `, preferences, ",\n",
		`"exportedAt": "`, string(at), "\",\n", `"version": "`, exportVersion, "\",\n", `"appVersion": "`, appVersion, "\"\n}\n")
}

func (x *exporter) count(ctx context.Context, tx *repo.Tx) error {
	counts := map[string]func(context.Context, repo.Query) (int, error){
		"topics": tx.Topics.Count, "companies": tx.Companies.Count, "contacts": tx.Contacts.Count,
		"notes": tx.Notes.Count, "tasks": tx.Tasks.Count, "sessions": tx.Sessions.Count,
	}
	for name, count := range counts {
		if !x.wants(name) {
			continue
		}
		n, err := count(ctx, repo.Query{})
		if err != nil {
			return err
		}
		x.total += n
	}
	return nil
}

// lister is the part of a collection that an export needs.
type lister[T any] interface {
	All(ctx context.Context, q repo.Query, parts ...string) iter.Seq2[T, error]
}

// list writes one collection as a member.
func list[T any](ctx context.Context, x *exporter, name string, c lister[T], id func(*T) string) error {
	if !x.wants(name) {
		return nil
	}
	x.res.Collections[name] = 0
	if err := x.write(`"`, name, `": [`); err != nil {
		return err
	}
	for v, err := range c.All(ctx, repo.Query{Sort: "-" + repo.SortDate}, repo.Full) {
		if err != nil {
			return err
		}
		text, err := x.encode(ctx, name, id(&v), &v)
		if err != nil {
			return err
		}
		sep := ",\n"
		if x.res.Collections[name] == 0 {
			sep = "\n"
		}
		if err := errors.Join(x.write(sep), x.writeRecord(ctx, text)); err != nil {
			return err
		}
		x.res.Collections[name]++
		x.step()
	}
	return x.write("\n],\n")
}

func (x *exporter) step() {
	x.done++
	if x.opt.Progress != nil {
		x.opt.Progress(x.done, x.total)
	}
}

// appSettings gives aiSettings and preferences: those that were saved under
// their own keys, else those inside the app's settings.
func appSettings(ctx context.Context, tx *repo.Tx) (ai, preferences string, err error) {
	var inside struct {
		AI json.RawMessage `json:"aiSettings"`
		UI struct {
			Preferences json.RawMessage `json:"preferences"`
		} `json:"ui"`
	}
	whole, err := tx.Settings.Get(ctx, "settings")
	if err == nil {
		_ = json.Unmarshal([]byte(whole.Value), &inside) // odd settings have none of these
	} else if !errors.Is(err, repo.ErrNotFound) {
		return "", "", err
	}
	if ai, err = setting(ctx, tx, "aiSettings", inside.AI); err != nil {
		return "", "", err
	}
	preferences, err = setting(ctx, tx, "preferences", inside.UI.Preferences)
	return ai, preferences, err
}

func setting(ctx context.Context, tx *repo.Tx, key string, inside json.RawMessage) (string, error) {
	v, err := tx.Settings.Get(ctx, key)
	switch {
	case err == nil:
		return string(v.Value), nil
	case !errors.Is(err, repo.ErrNotFound):
		return "", err
	case len(inside) > 0:
		return string(inside), nil
	}
	return "{}", nil
}
