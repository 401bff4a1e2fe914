// Package record says what a scan finds: candidates (a record as one place of a source has it)
// with their ranks and times, strays, hints, files and what became of them, and the sink that takes
// them. It holds the rules about single values: what identifies an item, what counts as lost, what a
// time says, which ids the store can hold.
package record
