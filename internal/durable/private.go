package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const others = 0o077

// Private makes a file, or a directory and everything in it, its owner's alone,
// and tells how many modes it changed. Symbolic links in it are not followed. A
// directory comes after what is in it, and whose mode is right is not looked into:
// so it is cheap when there is nothing to do, and goes on where it was
// interrupted. What belongs to somebody else, or to a file system without modes,
// stays as it is; on Windows everything does. Modes may be on disk later.
func Private(name string) (changed int, err error) {
	if runtime.GOOS == "windows" {
		return 0, nil
	}
	info, err := os.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return 0, err
		}
		info, err = os.Lstat(name)
	}
	if err != nil || info.Mode()&others == 0 {
		return 0, err
	}
	if info.IsDir() {
		if changed, err = privateEntries(name); err != nil {
			return changed, err
		}
	} else if !info.Mode().IsRegular() {
		return 0, nil
	}
	did, err := hide(name, info.Mode())
	if did {
		changed++
	}
	return changed, err
}

// privateEntries makes what is in a directory private. What is gone by then is.
func privateEntries(dir string) (changed int, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			continue
		}
		n, bad := Private(filepath.Join(dir, e.Name()))
		if changed += n; !errors.Is(bad, fs.ErrNotExist) {
			err = errors.Join(err, bad)
		}
	}
	return changed, err
}

// hide takes the rights of others away, and tells whether that came about.
func hide(name string, mode fs.FileMode) (did bool, err error) {
	err = os.Chmod(name, mode&^others)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&others == 0, err
}
