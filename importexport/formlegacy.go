package importexport

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"taskstore/repo"
	"taskstore/schema"
)

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

// LegacyJSON writes the app's single-file export: [Export] in [FormatLegacy].
func LegacyJSON(ctx context.Context, s *repo.Store, w io.Writer, at schema.Time, opt Options) (Result, error) {
	return Export(ctx, s, w, FormatLegacy, at, opt)
}

// legacyFormat is the app's single-file export, version 1.0.0: one object with a list
// for each collection, then aiSettings, preferences, exportedAt, version and appVersion.
// Every live entity is there with all its members, those that the store has no column
// for included, one entity on a line.
var legacyFormat = format{
	name:    FormatLegacy,
	kinds:   LegacyKinds,
	noTrash: true,
	encoder: func() encoder { return byRecord{legacyWriter{}} },
	decoder: func(*input) (decoder, error) { return documentDecoder{must: FormatLegacy}, nil },
	begins:  func(b *beginning) bool { return b.document && !b.id },
}

type legacyWriter struct{}

func (legacyWriter) begin(x *exporter) error { return x.write("{\n") }

func (legacyWriter) list(x *exporter, name string) error { return x.write(`"`, name, `": [`) }

func (legacyWriter) record(ctx context.Context, x *exporter, k repo.Kind, value any, first bool) error {
	text, err := x.encode(ctx, k.Plural, k.Head(value).ID, value)
	if err != nil {
		return err
	}
	return x.element(ctx, text, first)
}

func (legacyWriter) listEnd(x *exporter) error { return x.write("\n],\n") }

func (legacyWriter) end(ctx context.Context, x *exporter, tx *repo.Tx, at schema.Time) error {
	ai, preferences, err := appSettings(ctx, tx)
	if err != nil {
		return err
	}
	return x.write(`"aiSettings": `, ai, ",\n", `"preferences": `, preferences, ",\n",
		`"exportedAt": "`, string(at), "\",\n", `"version": "`, exportVersion, "\",\n", `"appVersion": "`, appVersion, "\"\n}\n")
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
