//go:build !linux

package sqlitedb

// LogReaders names the other processes that read from the log of the database at path at this
// moment. It is empty where the system does not tell, as this one.
func LogReaders(path string) []string { return nil }
