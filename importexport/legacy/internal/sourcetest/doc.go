// Package sourcetest makes small sources for the tests of the legacy import and keeps what a scan
// finds in them.
package sourcetest
