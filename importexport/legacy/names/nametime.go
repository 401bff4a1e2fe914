package names

import (
	"strconv"

	"taskstore/internal/pattern"
)

// Millis reads epoch milliseconds out of a name.
func Millis(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > 8.64e15 {
		return 0
	}
	return n
}

var nameMillis = pattern.Of(`-(\d{12,14})$`)

// NameTime returns the epoch milliseconds at the end of a file's stem, or 0.
func NameTime(stem string) int64 {
	if m := nameMillis.FindStringSubmatch(stem); m != nil {
		return Millis(m[1])
	}
	return 0
}
