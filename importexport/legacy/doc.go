// Package legacy brings what the legacy application left behind into a store, and proves
// that nothing of it is missing.
//
// It is the flow: scan, stage, merge, import, read back, report; the work of each step is in
// a package of its own below it (DESIGN.md walks through them). Sources are read only. Damage
// is a finding, not an error: what can be read comes in, the rest is kept in quarantine, and
// the report names it. Errors of the store end an import, which goes on where it stopped when
// it is run again.
package legacy

import _ "embed"

// Guide is the page about imports that "storectl docs import" prints.
//
//go:embed GUIDE.md
var Guide string
