package decode

import (
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/source"

	"golang.org/x/text/unicode/norm"
)

// beside returns the file that belongs to the one at a path and has another ending than
// it; nil without one. A file that is spelled otherwise belongs to it if there is none of
// its own spelling beside either.
func (sc *scan) beside(p, ending, other string) *source.File {
	want := strings.TrimSuffix(p, ending) + other
	if f := sc.at(want); f != nil {
		return f
	}
	for _, q := range sc.alike.Of(want) {
		if sc.at(strings.TrimSuffix(q, other)+ending) == nil {
			return sc.at(q)
		}
	}
	return nil
}

// rawFiles returns the raw files of a name, with or without its ending.
func (sc *scan) rawFiles(name string) []string {
	if found := sc.media[name]; len(found) > 0 {
		return found
	}
	for _, other := range sc.mediaAlike.Of(name) {
		return sc.media[other]
	}
	return nil
}

// refersTo says whether a record names the raw file of a name, in this spelling or, if no
// file is spelled so, in another one.
func (sc *scan) refersTo(base string) bool {
	if sc.used[base] {
		return true
	}
	if names.IsASCII(base) {
		return false
	}
	other := func(name string) bool { return sc.used[name] && len(sc.media[name]) == 0 }
	return other(norm.NFC.String(base)) || other(norm.NFD.String(base))
}
