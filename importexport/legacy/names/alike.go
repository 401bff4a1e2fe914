package names

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A file system of macOS writes the letters of a name with their accents behind them,
// where the application wrote one letter: a name out of a record may mean a file that is
// spelled otherwise. The file of the very bytes always comes first, and two files that
// differ in their spelling alone are two files.

// Alike holds names that are not ASCII by the form that all their spellings have.
type Alike map[string][]string

// Add makes a name known.
func (a *Alike) Add(name string) {
	if !IsASCII(name) {
		key := NFC(name)
		if *a == nil {
			*a = Alike{}
		}
		(*a)[key] = append((*a)[key], name)
	}
}

// Of returns the names that are spelled otherwise than this one, and are it.
func (a Alike) Of(name string) []string {
	if len(a) == 0 || IsASCII(name) {
		return nil
	}
	return a[NFC(name)]
}

func IsASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// NFC is the form of a text in which each letter is one with its accents.
func NFC(text string) string { return norm.NFC.String(text) }

// ComposeID gives a class the id as the application wrote it, if the name was decomposed
// and none of the other files is spelled as the id is.
func ComposeID(c Class, p string, others func(prefix string) bool) Class {
	if IsASCII(c.ID) || norm.NFC.IsNormalString(c.ID) {
		return c
	}
	end := strings.LastIndex(p, c.ID)
	if end < 0 || others(NFC(p[:end+len(c.ID)])) {
		return c
	}
	c.ID = NFC(c.ID)
	return c
}
