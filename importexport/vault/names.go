package vault

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// longestName is how many bytes the name of a file has before its ending: with a number
// and an ending it fits every file system, and with its folder most paths.
const longestName = 100

// Names gives out the names of files: each is good on every system and, without regard
// to case, given once.
type Names struct {
	taken map[string]bool
	next  map[string]int // by the name that was wanted: the number to go on with
}

// NewNames begins with the paths of files that are there.
func NewNames(taken []string) *Names {
	n := &Names{taken: map[string]bool{}, next: map[string]int{}}
	for _, name := range taken {
		n.taken[folded(name)] = true
	}
	return n
}

// Take gives the path of a new file in a folder, named after a text; ending begins with
// its dot.
func (n *Names) Take(folder, text, ending string) string {
	base := SafeName(text)
	wanted := folded(path.Join(folder, base+ending))
	for number := max(n.next[wanted], 1); ; number++ {
		name := base
		if number > 1 {
			name = fmt.Sprintf("%s %d", base, number)
		}
		full := path.Join(folder, name+ending)
		if key := folded(full); !n.taken[key] {
			n.taken[key], n.next[wanted] = true, number+1
			return full
		}
	}
}

// folded is what two paths have in common that a file system may take for one.
func folded(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(name))) }

// SafeName makes the name of a file, without its ending, of any text: NFC, in one line,
// without what some system or a [[link]] gives a meaning, and of at most longestName bytes.
func SafeName(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, " "))
	text = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|#^[]`+"`%", r), !unicode.IsPrint(r) && r != '\u200d', unicode.Is(unicode.Co, r):
			return ' '
		}
		return r
	}, text)
	text = shortened(strings.Join(strings.Fields(text), " "))
	text = strings.Trim(text, ". \u200d")
	text = strings.TrimLeft(text, "-~$")
	text = strings.Trim(text, ". ")
	switch {
	case text == "":
		return "untitled"
	case isDevice(text):
		return "_" + text
	}
	return text
}

// shortened cuts a text between two characters as people see them.
func shortened(text string) string {
	rest, state, n := text, -1, 0
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n+len(cluster) > longestName {
			return text[:n]
		}
		n += len(cluster)
	}
	return text
}

// isDevice tells whether Windows takes a name for a device, whatever its ending.
func isDevice(name string) bool {
	name, _, _ = strings.Cut(strings.ToUpper(name), ".")
	name = strings.TrimSpace(name)
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, isCOM := strings.CutPrefix(name, "COM")
	if !isCOM {
		var isLPT bool
		if port, isLPT = strings.CutPrefix(name, "LPT"); !isLPT {
			return false
		}
	}
	return len([]rune(port)) == 1 && strings.Contains("0123456789¹²³", port)
}
