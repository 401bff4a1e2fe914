// Package pattern keeps regular expressions that are compiled when they are first used: most runs of a program use few of
// them, and compiling all of them is a tenth of what its start takes.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression.
type Pattern struct{ compiled func() *regexp.Regexp }

// Of makes the pattern of an expression. One that is wrong panics when it is first used.
func Of(expr string) Pattern {
	return Pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

func (p Pattern) MatchString(s string) bool              { return p.compiled().MatchString(s) }
func (p Pattern) FindString(s string) string             { return p.compiled().FindString(s) }
func (p Pattern) FindStringIndex(s string) []int         { return p.compiled().FindStringIndex(s) }
func (p Pattern) FindStringSubmatch(s string) []string   { return p.compiled().FindStringSubmatch(s) }
func (p Pattern) FindAllString(s string, n int) []string { return p.compiled().FindAllString(s, n) }
func (p Pattern) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}
func (p Pattern) FindStringSubmatchIndex(s string) []int {
	return p.compiled().FindStringSubmatchIndex(s)
}
func (p Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}
func (p Pattern) ReplaceAllStringFunc(s string, with func(string) string) string {
	return p.compiled().ReplaceAllStringFunc(s, with)
}
