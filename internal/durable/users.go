package durable

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// User is another process that has a file open.
type User struct {
	PID     int
	Command string // its short name; "" if the system does not tell
}

// String names the process for people.
func (u User) String() string {
	if u.Command == "" {
		return fmt.Sprintf("process %d", u.PID)
	}
	return fmt.Sprintf("%s (process %d)", strings.ToValidUTF8(u.Command, "?"), u.PID)
}

// Target is the file that a name stands for: if it is a link, where that leads, also
// to where nothing is yet. SQLite keeps its -wal and -shm beside that file, and not
// beside a link.
func Target(name string) string {
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return name
	}
	if end, err := follow(name); err == nil {
		return end
	}
	return name
}
