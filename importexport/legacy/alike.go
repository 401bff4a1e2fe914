package legacy

import (
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
