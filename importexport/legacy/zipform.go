package legacy

import (
	"path"
	"strings"
)

// zippedForms are the forms that are read from inside of a zip: what the
// application's own export holds, and what stands beside it in a packed directory.
var zippedForms = map[string]bool{
	formCollection: true, formValue: true, formCopy: true, formIndex: true, formBundle: true, formMeta: true, formDat: true,
	formMedia: true, formLoose: true, formZipInfo: true, formTemp: true, formSystem: true, formUnknown: true,
	formEntity: true, formEntitySum: true, formChunk: true, formCAData: true, formCAMeta: true, formDedupDat: true, formDedupMeta: true,
	formWAL: true, formCheckpoint: true, formReplayed: true, formOffline: true,
}

// top finds the directory in the zip that is the application's data directory;
// whole is false when there is none and the members are single files.
func (a *archive) top() (top string, whole bool) {
	for _, m := range a.members {
		if m.code != "" || m.dir() {
			continue
		}
		dir, rest, ok := strings.Cut("/"+m.f.Name, "/db/")
		if !ok || !classifyDB(rest).Known {
			continue
		}
		dir = strings.TrimPrefix(dir+"/", "/")
		if !whole || len(dir) < len(top) {
			top, whole = dir, true
		}
	}
	return top, whole
}

// wholeZip says whether the source is one zip of the application's data directory:
// its files rank as those of the directory. In any other zip nothing ranks higher than
// the zip.
func (src *Source) wholeZip(whole bool) bool { return whole && src.layout == layoutSingle }

// classifyMember says what a member is.
func classifyMember(name, top string, whole bool) (c class, odd string) {
	rest, inside := strings.CutPrefix(name, top)
	switch {
	case systemFile(name):
		c = class{Form: formSystem}
	case whole && inside:
		c = classify(rest, layoutRoot)
	default:
		c = classify(path.Base(name), layoutLoose)
		if strings.Contains(name, "/") {
			odd = name
		}
	}
	if !zippedForms[c.Form] {
		c.Form, c.Variant = formPacked, c.Form
	}
	return c, odd
}

// recogniseZip says whether a zip holds files of the application's.
func (src *Source) recogniseZip(f *SourceFile) bool {
	if f.Err != nil {
		return false
	}
	a, err := src.archive(f.Path)
	if err != nil {
		return false
	}
	top, whole := a.top()
	for _, m := range a.members {
		if m.code != "" || m.dir() {
			continue
		}
		if c, _ := classifyMember(m.f.Name, top, whole); c.Known {
			return true
		}
	}
	return false
}
