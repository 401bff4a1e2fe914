package durable

import (
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWriteNamedDevice: a device takes what it is given. It is a terminal of the
// test's own.
func TestWriteNamedDevice(t *testing.T) {
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer control.Close()
	name, err := terminal(control)
	if err != nil {
		t.Skip(err)
	}
	keep, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0) // what was written goes with the last one
	if err != nil {
		t.Skip(err)
	}
	defer keep.Close()
	fatal(t, WriteNamed(name, text("shown")))
	got := make([]byte, len("shown"))
	if _, err := io.ReadFull(control, got); err != nil || string(got) != "shown" {
		t.Errorf("%q, %v", got, err)
	}
}

// terminal names the terminal that a control end belongs to.
func terminal(control *os.File) (string, error) {
	if err := unix.IoctlSetPointerInt(int(control.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return "", err
	}
	n, err := unix.IoctlGetInt(int(control.Fd()), unix.TIOCGPTN)
	return fmt.Sprintf("/dev/pts/%d", n), err
}
