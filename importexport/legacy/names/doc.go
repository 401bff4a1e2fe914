// Package names tells what a file is by its path: the form, the collection, the id, the rank and
// the time that are in it; which keys and members are secrets; which names are spelled alike. It
// opens nothing: a name is a hint, and the content decides.
package names
