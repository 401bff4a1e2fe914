//go:build unix

package blobs

import "golang.org/x/sys/unix"

const noSpace = unix.ENOSPC
