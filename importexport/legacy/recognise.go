package legacy

import (
	"context"
	"fmt"
	"strings"
)

// recognise finds the layout of the source and refuses one that holds nothing of
// the application's.
func (src *Source) recognise(ctx context.Context) error {
	if src.layout != layoutSingle {
		src.layout = src.findLayout()
	}
	known := false
	for i := range src.Files {
		f := &src.Files[i]
		c := classify(f.Path, src.layout)
		src.unzipped = src.unzipped || c.Form == formZipInfo
		if c.Form == formLoose && !known {
			c.Known = src.recogniseLoose(ctx, f)
		}
		if c.Form == formZip && !known && !c.Known {
			c.Known = src.recogniseZip(f)
		}
		known = known || c.Known
	}
	if known {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if src.layout == layoutSingle {
		return fmt.Errorf("%w: neither its name nor its content is that of a collection, an export, a backup or a session of the application", ErrNotLegacy)
	}
	return fmt.Errorf("%w: looked for db/<collection>.json, sessions.json, attachments/*.meta.json, backups/backup-*.json and exported JSON or zip files", ErrNotLegacy)
}

// recogniseLoose says whether the content of a single file is the application's.
func (src *Source) recogniseLoose(ctx context.Context, f *SourceFile) bool {
	if f.Err != nil {
		return false
	}
	in := &input{src: src, file: f, notes: &notes{}}
	form, err := sniff(in.layer(ctx))
	return err == nil && form != formUnknown
}

// findLayout tells a data directory from the db directory inside of one and from
// a directory of single files.
func (src *Source) findLayout() layout {
	db, root := false, false
	for i := range src.Files {
		p := src.Files[i].Path
		dir, _, _ := strings.Cut(p, "/")
		if dir == "db" && dir != p {
			return layoutRoot
		}
		switch c := classifyDB(p); c.Form {
		case formWAL, formEntity, formChunk, formCAData, formCAMeta:
			db = db || c.Known
		}
		if strings.Contains(p, "/") && classify(p, layoutRoot).Known {
			root = true
		}
	}
	switch {
	case db:
		return layoutDB
	case root:
		return layoutRoot
	}
	return layoutLoose
}

// sniff tells what a single JSON file is by its members; formUnknown when it is
// nothing of the application's.
func sniff(l layer) (string, error) {
	sh, err := probe(l)
	if err != nil {
		return formUnknown, err
	}
	if sh.kind != '{' {
		return formUnknown, nil
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := sh.kinds[n]; ok {
				return true
			}
		}
		return false
	}
	known := 0
	for name := range sh.kinds {
		if collections[name] != "" {
			known++
		}
		if strings.HasPrefix(name, "taskerino-") || strings.HasPrefix(name, "taskerino:") {
			return formState, nil
		}
	}
	switch {
	case sh.kinds["collections"] == '{' && has("version", "timestamp"):
		return formBundle, nil
	case has("exportedAt") && (known > 0 || has("version")):
		if has("version") {
			return formExport, nil
		}
		return formOldExport, nil
	case has("id") && has("startTime", "screenshots", "audioSegments"):
		return formSession, nil
	case has("name") && has("data") && has("timestamp"):
		return formRecord, nil
	case has("sessions") && has("activeSessionId", "timestamp") && known == 1:
		return formRescue, nil
	case known > 0 && has("aiSettings", "ui", "userProfile", "nedSettings", "activeSessionId"):
		return formState, nil
	case known > 0 && has("version", "appVersion"):
		return formExport, nil
	case known > 1:
		return formOldExport, nil
	}
	return formUnknown, nil
}
