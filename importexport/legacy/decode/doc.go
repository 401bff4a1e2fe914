// Package decode reads the files of a source: one file of this package for each form the
// application wrote. A decoder gives candidates to the sink and tells what it found wrong; damage
// never ends a scan. Memory is bounded by the largest record.
package decode
