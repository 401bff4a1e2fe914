// Package process looks at the process that it runs in.
package process

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
)

// Memory gives the bytes of this process that are resident now, and at most so far.
func Memory() (resident, peak int64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "VmRSS:":
			resident = n << 10
		case "VmHWM:":
			peak = n << 10
		}
	}
	return resident, peak
}
