package putback

// othersLock tells whether another process holds one of SQLite's locks on a file.
// There is no need to ask: a file that another has open cannot be renamed.
func othersLock(string) (bool, error) { return false, nil }
