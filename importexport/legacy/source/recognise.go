package source

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/internal/pattern"
)

// recognise finds the layout of the source and refuses one that holds nothing of
// the application's.
func (src *Source) recognise(ctx context.Context) error {
	if src.layout != names.LayoutSingle {
		src.layout = src.findLayout()
	}
	if src.layout == names.LayoutSingle || src.layout == names.LayoutLoose {
		src.Within = src.findWithin()
	}
	known := false
	for i := range src.Files {
		f := &src.Files[i]
		c := src.Classify(f.Path)
		src.Unzipped = src.Unzipped || c.Form == names.FormZipInfo
		if c.Form == names.FormLoose && !known {
			c.Known = src.recogniseLoose(ctx, f)
		}
		if c.Form == names.FormZip && !known && !c.Known {
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
	if err := src.refused(); err != nil {
		return err
	}
	if others := src.OtherRoots(); len(others) > 0 {
		return fmt.Errorf("%w: but it holds app-data directories: %s", ErrNotLegacy, strings.Join(others[:min(5, len(others))], ", "))
	}
	if src.layout == names.LayoutSingle {
		return fmt.Errorf("%w: neither its name nor its content is that of a collection, an export, a backup or a session of the application", ErrNotLegacy)
	}
	return fmt.Errorf("%w: looked for db/<collection>.json, sessions.json, attachments/*.meta.json, backups/backup-*.json and exported JSON or zip files", ErrNotLegacy)
}

// refused says which files and directories of a source in which nothing was recognised
// could not be read: it may all be in these.
func (src *Source) refused() error {
	var list []string
	var first error
	for i := range src.Files {
		if f := &src.Files[i]; f.Err != nil && !names.SystemFile(f.Path) {
			list, first = append(list, f.Path), cmp.Or(first, f.Err)
		}
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("nothing of the application's could be read; %d could not be: %s: %w", len(list), strings.Join(list[:min(5, len(list))], ", "), first)
}

// recogniseLoose says whether the content of a single file is the application's.
func (src *Source) recogniseLoose(ctx context.Context, f *File) bool {
	if f.Err != nil {
		return false
	}
	found, err := Sniff(src.Text(ctx, f.Path, &rawjson.Notes{}, nil), f.Path)
	return err == nil && found.Form != names.FormUnknown
}

// replayedName is the path of what a bug wrote below a second db directory.
var replayedName = pattern.Of(`\.json(?:\.gz)?\.json$`)

// findLayout tells a data directory from the db directory inside of one and from
// a directory of single files.
func (src *Source) findLayout() names.Layout {
	db, root := false, false
	for i := range src.Files {
		p := src.Files[i].Path
		dir, _, _ := strings.Cut(p, "/")
		if dir == "db" && dir != p && !replayedName.MatchString(p) {
			return names.LayoutRoot
		}
		switch c := names.ClassifyDB(p); c.Form {
		case names.FormWAL, names.FormEntity, names.FormChunk, names.FormCAData, names.FormCAMeta:
			db = db || c.Known
		}
		if strings.Contains(p, "/") && names.Classify(p, names.LayoutRoot).Known {
			root = true
		}
	}
	switch {
	case db:
		return names.LayoutDB
	case root:
		return names.LayoutRoot
	}
	return names.LayoutLoose
}
