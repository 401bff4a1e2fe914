// Package merge holds all candidates of a source in a scratch database (the stage) and decides,
// id by id, what stands: the winner completed, versions, duplicates, the trash. Every candidate
// gets one disposition, and what was read can be listed again with its sum, for the proof that
// nothing is missing. It writes nothing but the stage; the store is a Target to it.
package merge
