// Package redact takes secrets out: of values and records before they are staged, and of texts on
// their way into quarantine, in pieces, whatever damage is in them. What a secret is, package names
// says.
package redact
