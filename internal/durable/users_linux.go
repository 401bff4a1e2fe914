package durable

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Users tells which other processes have one of the files open, as far as the
// system shows that: on Linux those of the same user, to root all. Files that are
// not there are passed over.
func Users(names ...string) (list []User) {
	var wanted []fs.FileInfo
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			wanted = append(wanted, info)
		}
	}
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil || pid == os.Getpid() || !hasOpen(filepath.Join("/proc", d.Name(), "fd"), wanted) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join("/proc", d.Name(), "comm"))
		list = append(list, User{PID: pid, Command: strings.TrimSpace(string(name))})
	}
	return list
}

// hasOpen looks through the descriptors of a process.
func hasOpen(dir string, wanted []fs.FileInfo) bool {
	fds, err := os.ReadDir(dir)
	if err != nil {
		return false // of somebody else, or gone
	}
	for _, fd := range fds {
		info, err := os.Stat(filepath.Join(dir, fd.Name()))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, w := range wanted {
			if os.SameFile(info, w) {
				return true
			}
		}
	}
	return false
}
