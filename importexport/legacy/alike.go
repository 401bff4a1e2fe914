package legacy

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A file system of macOS writes the letters of a name with their accents behind them,
// where the application wrote one letter: a name out of a record may mean a file that is
// spelled otherwise. The file of the very bytes always comes first, and two files that
// differ in their spelling alone are two files.

// alike holds names that are not ASCII by the form that all their spellings have.
type alike map[string][]string

// add makes a name known.
func (a *alike) add(name string) {
	if !isASCII(name) {
		key := nfc(name)
		if *a == nil {
			*a = alike{}
		}
		(*a)[key] = append((*a)[key], name)
	}
}

// of returns the names that are spelled otherwise than this one, and are it.
func (a alike) of(name string) []string {
	if len(a) == 0 || isASCII(name) {
		return nil
	}
	return a[nfc(name)]
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// nfc is the form of a text in which each letter is one with its accents.
func nfc(text string) string { return norm.NFC.String(text) }

// nfcID gives a class the id as the application wrote it, if the name was decomposed
// and none of the other files is spelled as the id is.
func nfcID(c class, p string, others func(prefix string) bool) class {
	if isASCII(c.ID) || norm.NFC.IsNormalString(c.ID) {
		return c
	}
	end := strings.LastIndex(p, c.ID)
	if end < 0 || others(nfc(p[:end+len(c.ID)])) {
		return c
	}
	c.ID = nfc(c.ID)
	return c
}

// begins says whether any file of the source has a path with this beginning.
func (src *Source) begins(prefix string) bool {
	i, _ := slices.BinarySearchFunc(src.Files, prefix, func(f SourceFile, prefix string) int { return strings.Compare(f.Path, prefix) })
	return i < len(src.Files) && strings.HasPrefix(src.Files[i].Path, prefix)
}

// beside returns the file that belongs to the one at a path and has another ending than
// it; nil without one. A file that is spelled otherwise belongs to it if there is none of
// its own spelling beside either.
func (sc *scan) beside(p, ending, other string) *SourceFile {
	want := strings.TrimSuffix(p, ending) + other
	if f := sc.at(want); f != nil {
		return f
	}
	for _, q := range sc.alike.of(want) {
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
	for _, other := range sc.mediaAlike.of(name) {
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
	if isASCII(base) {
		return false
	}
	other := func(name string) bool { return sc.used[name] && len(sc.media[name]) == 0 }
	return other(norm.NFC.String(base)) || other(norm.NFD.String(base))
}
