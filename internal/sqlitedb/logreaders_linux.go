package sqlitedb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The bytes of the -shm that readers of the log lock: https://sqlite.org/walformat.html#locks
const (
	firstReadLock = 123
	lastReadLock  = 127
)

// LogReaders names the other processes that read from the log of the database at path at this
// moment, and so keep it from being emptied: "process 4711 (name)". It is empty where the system
// does not tell.
func LogReaders(path string) (list []string) {
	shm, err := filepath.EvalSymlinks(path + "-shm")
	if err != nil {
		return nil
	}
	info, err := os.Stat(shm)
	if err != nil {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	locks, err := os.ReadFile("/proc/locks")
	if !ok || err != nil {
		return nil
	}
	for line := range strings.Lines(string(locks)) {
		pid, ok := readerIn(line, stat.Ino)
		if !ok || pid == os.Getpid() || !hasOpen(pid, shm) {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		list = append(list, fmt.Sprintf("process %d (%s)", pid, strings.TrimSpace(string(name))))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// readerIn takes the process out of a line of /proc/locks that is a reader's of the file:
// "1: POSIX  ADVISORY  READ 4711 08:01:123456 124 124".
func readerIn(line string, inode uint64) (pid int, ok bool) {
	f := strings.Fields(line)
	if len(f) < 8 || f[1] != "POSIX" || !strings.HasSuffix(f[5], fmt.Sprint(":", inode)) {
		return 0, false
	}
	pid, err := strconv.Atoi(f[4])
	first, bad := strconv.Atoi(f[6])
	return pid, err == nil && bad == nil && firstReadLock <= first && first <= lastReadLock
}

// hasOpen tells whether a process has the file open.
func hasOpen(pid int, file string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		return err == nil && to == file
	})
}
