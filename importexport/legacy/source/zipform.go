package source

import (
	"path"
	"strings"

	"taskstore/importexport/legacy/names"
)

// zippedForms are the forms that are read from inside of a zip: what the
// application's own export holds, and what stands beside it in a packed directory.
var zippedForms = map[string]bool{
	names.FormCollection: true, names.FormValue: true, names.FormCopy: true, names.FormIndex: true, names.FormBundle: true, names.FormMeta: true, names.FormDat: true,
	names.FormMedia: true, names.FormLoose: true, names.FormZipInfo: true, names.FormTemp: true, names.FormSystem: true, names.FormUnknown: true,
	names.FormEntity: true, names.FormEntitySum: true, names.FormChunk: true, names.FormCAData: true, names.FormCAMeta: true, names.FormDedupDat: true, names.FormDedupMeta: true,
	names.FormWAL: true, names.FormCheckpoint: true, names.FormReplayed: true, names.FormOffline: true,
}

// Top finds the directory in the zip that is the application's data directory;
// whole is false when there is none and the members are single files.
func (a *Archive) Top() (top string, whole bool) {
	for _, m := range a.Members {
		if m.Code != "" || m.Dir() {
			continue
		}
		dir, rest, ok := strings.Cut("/"+m.F.Name, "/db/")
		if !ok || !names.ClassifyDB(rest).Known {
			continue
		}
		dir = strings.TrimPrefix(dir+"/", "/")
		if !whole || len(dir) < len(top) {
			top, whole = dir, true
		}
	}
	return top, whole
}

// WholeZip says whether the source is one zip of the application's data directory:
// its files rank as those of the directory. In any other zip nothing ranks higher than
// the zip.
func (src *Source) WholeZip(whole bool) bool { return whole && src.layout == names.LayoutSingle }

// ClassifyMember says what a member is.
func ClassifyMember(name, top string, whole bool) (c names.Class, odd string) {
	rest, inside := strings.CutPrefix(name, top)
	switch {
	case names.SystemFile(name):
		c = names.Class{Form: names.FormSystem}
	case whole && inside:
		c = names.Classify(rest, names.LayoutRoot)
	default:
		c = names.Classify(path.Base(name), names.LayoutLoose)
		if strings.Contains(name, "/") {
			odd = name
		}
	}
	if !zippedForms[c.Form] {
		c.Form, c.Variant = names.FormPacked, c.Form
	}
	return c, odd
}

// recogniseZip says whether a zip holds files of the application's.
func (src *Source) recogniseZip(f *File) bool {
	if f.Err != nil {
		return false
	}
	a, err := src.Archive(f.Path)
	if err != nil {
		return false
	}
	top, whole := a.Top()
	for _, m := range a.Members {
		if m.Code != "" || m.Dir() {
			continue
		}
		if c, _ := ClassifyMember(m.F.Name, top, whole); c.Known {
			return true
		}
	}
	return false
}
