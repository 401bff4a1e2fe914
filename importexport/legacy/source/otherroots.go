package source

import (
	"path"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
)

// A source may hold whole app-data directories that are none of its own: somebody copied
// the directory into itself, perhaps. These are not read; each is told of.

// OtherRoots lists the app-data directories inside of the source whose files are none of
// the source's own; of one inside of another only the outer.
func (src *Source) OtherRoots() (list []string) {
	found := map[string]bool{}
	for i := range src.Files {
		p := src.Files[i].Path
		if !strings.Contains(p, "/") || !src.Classify(p).Nowhere() {
			continue
		}
		if root := otherRoot(p); root != "" && !found[root] {
			found[root] = true
			list = append(list, root)
		}
	}
	return slices.DeleteFunc(list, func(root string) bool {
		for dir := path.Dir(root); dir != "."; dir = path.Dir(dir) {
			if found[dir] {
				return true
			}
		}
		return false
	})
}

// otherRoot returns the directory inside of the source that is an app-data directory by
// where this file stands in it; "" when there is none.
func otherRoot(p string) string {
	for i := range len(p) {
		if p[i] == '/' && i > 0 && ofDirectory(p[i+1:]) {
			return p[:i]
		}
	}
	return ""
}

// ofDirectory says whether only an app-data directory has a file at this path. Pictures
// and videos may stand in directories of these names anywhere.
func ofDirectory(p string) bool {
	switch dir, rest, _ := strings.Cut(p, "/"); dir {
	case "db":
		return rest != "" && names.ClassifyDB(rest).Known
	case "backups":
		return names.ClassifyBackups(rest).Known
	case "attachments":
		c := names.ClassifyAttachment(rest)
		return c.Known && c.Form != names.FormMedia
	}
	return p == "sessions.json"
}

// OfOther gives the one of these directories that a file is in; "" if it is in none.
func OfOther(p string, roots []string) string {
	for _, root := range roots {
		if strings.HasPrefix(p, root+"/") {
			return root
		}
	}
	return ""
}
