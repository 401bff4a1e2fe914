package legacy

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: most
// runs of a program read no legacy data, and compiling all of them is a tenth of
// what its start takes.
type pattern struct{ compiled func() *regexp.Regexp }

// matching makes the pattern of an expression. One that is wrong panics when it is
// first used.
func matching(expr string) pattern {
	return pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

func (p pattern) MatchString(s string) bool            { return p.compiled().MatchString(s) }
func (p pattern) FindString(s string) string           { return p.compiled().FindString(s) }
func (p pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }
func (p pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}
func (p pattern) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}

func names(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range list {
		set[name] = true
	}
	return set
}
