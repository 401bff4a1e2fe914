package schema

import "strings"

// kindNames are the names of the kinds: the singular, which links and references
// hold, and the plural, which is the collection's.
var kindNames = [][2]string{
	{Sessions.Kind, Sessions.Name}, {Notes.Kind, Notes.Name}, {Tasks.Kind, Tasks.Name}, {Topics.Kind, Topics.Name}, {Companies.Kind, Companies.Name},
	{Contacts.Kind, Contacts.Name}, {Attachments.Kind, Attachments.Name}, {"setting", "settings"},
}

// KindName gives the singular name of a kind that is named in the singular or the
// plural, in any case: "note" for "Notes". It is false where there is no such kind.
func KindName(name string) (kind string, ok bool) {
	word := strings.ToLower(strings.TrimSpace(name))
	for _, k := range kindNames {
		if word == k[0] || word == k[1] {
			return k[0], true
		}
	}
	return name, false
}
