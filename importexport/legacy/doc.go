// Package legacy reads what the legacy application left behind and brings it into
// a store.
//
// OpenSource lists and hashes a data directory or a single file; Scan reads the
// files of it and gives each record it finds, a Candidate, to a Sink, and what
// became of each file. Which form a file has is told by its path (classify), or by
// its content where the path says nothing (sniff); one decoder reads each form. A
// file's text may be wrapped, compressed and written into a string several times:
// each of these is a layer, which can be opened as often as it is needed, so that
// nothing but the record at hand is ever held in memory. Damage is a finding, not
// an error: what can be read is given, the file is kept in quarantine, and the
// report says so.
//
// Several candidates may carry one id. A Stage holds them on disk, and the merge
// decides between them.
package legacy
