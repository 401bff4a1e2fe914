package testdb

import (
	"os"

	"golang.org/x/sys/unix"
)

// memory is a file system that forgets when the power goes.
const (
	memory     = "/dev/shm"
	memoryRoom = 4 << 30 // bytes that must be free
)

// init puts the temporary files of tests there, if it has room and programs can
// run from it. The tests write durably thousands of times and never cut the power;
// on a busy disk they mostly wait. TMPDIR names another place, such as a real disk.
func init() {
	var st unix.Statfs_t
	if os.Getenv("TMPDIR") != "" || unix.Statfs(memory, &st) != nil || st.Flags&unix.ST_NOEXEC != 0 {
		return
	}
	if int64(st.Bavail)*int64(st.Bsize) >= memoryRoom && unix.Access(memory, unix.W_OK) == nil {
		_ = os.Setenv("TMPDIR", memory) // else they are where they always are
	}
}
