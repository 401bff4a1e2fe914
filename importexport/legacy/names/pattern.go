package names

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first used: most
// runs of a program read no legacy data, and compiling all of them is a tenth of
// what its start takes.
type Pattern struct{ compiled func() *regexp.Regexp }

// Matching makes the pattern of an expression. One that is wrong panics when it is
// first used.
func Matching(expr string) Pattern {
	return Pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

func (p Pattern) MatchString(s string) bool            { return p.compiled().MatchString(s) }
func (p Pattern) FindString(s string) string           { return p.compiled().FindString(s) }
func (p Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }
func (p Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}
func (p Pattern) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}

func Set(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range list {
		set[name] = true
	}
	return set
}
