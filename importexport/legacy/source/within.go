package source

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/internal/pattern"
)

// A source may be a part of the data directory: the directory of a session, the one of a
// collection, the contents, a rollback point, or a file out of these. Then the path of
// its directory, or what stands in it, says where in the data directory that belongs.

// Classify says what the file at a path of the source is.
func (src *Source) Classify(p string) names.Class {
	if src.Within != "" {
		c := names.Classify(src.Within+p, names.LayoutRoot)
		if c.Known && (c.Form != names.FormEntity || entityName.MatchString(path.Base(p))) {
			return c
		}
	}
	return names.Classify(p, src.layout)
}

// entityName is how the file of an entity begins; other files may be called after the
// collection too.
var entityName = pattern.Of(`(?i)^(?:session|note|task|topic|compan(?:y|ie)|contact)-`)

// findWithin finds the directory of the application's that the source's directory is,
// relative to the data directory and with a slash behind it; "" if it is none, or the
// data directory itself.
func (src *Source) findWithin() string {
	for _, dir := range append(namedPlaces(filepath.ToSlash(src.Dir)), src.likelyPlaces()...) {
		if src.holds(dir) {
			return dir
		}
	}
	return ""
}

// holds says whether any file belongs into this directory.
func (src *Source) holds(dir string) bool {
	for i := range src.Files {
		p := src.Files[i].Path
		c := names.Classify(dir+p, names.LayoutRoot)
		if c.Known && c.Form != names.FormIndex && (c.Form != names.FormEntity || entityName.MatchString(path.Base(p))) {
			return true
		}
	}
	return false
}

// maxWithin is how deep the application's files stand in the data directory:
// db/attachments-ca/<hh>/<hash>/data.json.
const maxWithin = 4

// namedPlaces lists what the end of a path may be, the longest first.
func namedPlaces(dir string) (list []string) {
	parts := strings.Split(strings.Trim(dir, "/"), "/")
	for n := min(maxWithin, len(parts)); n > 0; n-- {
		last := parts[len(parts)-n:]
		place := strings.Join(last, "/") + "/"
		switch name := last[0]; {
		case slices.Contains([]string{"db", "attachments", "backups", "videos"}, name):
			list = append(list, place)
		case names.Collections[name] != "", name == "attachments-ca", name == "rollback-points", names.StagedName.MatchString(place + "x"):
			list = append(list, "db/"+place)
		case strings.HasPrefix(name, "pre-") && strings.Contains(name, "migration"):
			list = append(list, "backups/"+place)
		}
	}
	return list
}

var (
	hashedFile = pattern.Of(`^(?:[0-9a-f]{2}/)?([0-9a-f]{2})[0-9a-f]{62}(\.dat|\.meta\.json|/data\.json|/metadata\.json)$`)
	chunkFile  = pattern.Of(`^([^/]+/)?(?:screenshots|audio-segments|video-chunks)/chunk-\d+(?:\.compressed)?\.json$`)
)

// likelyPlaces lists what the directory may be by names in it that nothing else has, for
// one that was copied out of its place.
func (src *Source) likelyPlaces() (list []string) {
	base := path.Base(filepath.ToSlash(src.Dir))
	for i := range src.Files {
		p := src.Files[i].Path
		if m := chunkFile.FindStringSubmatch(p); m != nil {
			list = append(list, "db/sessions/"+sessionDir(m[1], base))
		} else if m := hashedFile.FindStringSubmatch(p); m != nil {
			place := "attachments/"
			if strings.HasPrefix(m[2], "/") {
				place = "db/attachments-ca/"
			}
			if p[2] != '/' {
				place += m[1] + "/"
			}
			list = append(list, place)
		} else if key := names.SpelledAs(p); key != "" && !strings.Contains(p, "/") && strings.HasSuffix(p, names.SumSuffix) {
			list = append(list, "db/"+key+"/")
		}
		if len(list) > 0 {
			break
		}
	}
	return list
}

// sessionDir is the directory of a session whose chunks stand below this one; with a
// directory around them it is in the path.
func sessionDir(around, base string) string {
	if around != "" {
		return ""
	}
	return base + "/"
}
