// Package source opens what somebody wants to import, a directory, a file or a zip, for reading
// only: it lists and hashes every file, follows no link that leads out, says by name and content of
// which form each file is, and gives their texts and contents as often as they are asked for. A file
// that changes meanwhile is an error. It decodes no records.
package source
