package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work has come: done, total, rate and time left, on stderr, if that is a terminal.
// The nil progress shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress begins a bar for what (a short word). total is -1 if it is not known; bytes says that it counts bytes.
func (a *app) newProgress(what string, total int64, bytes bool) *progress {
	if a.opt.noProgress || a.opt.quiet || !isTerminal(a.stderr) {
		return nil
	}
	return &progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(streamOf(a.stderr)),
		progressbar.OptionSetDescription(visible(what)),
		progressbar.OptionShowCount(),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionShowIts(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(false),
	)}
}

// set says that done of total are done; total may have grown since the last call.
func (p *progress) set(done, total int64) {
	if p == nil {
		return
	}
	if total > 0 && total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop the work
}

// finish takes the bar away.
func (p *progress) finish() {
	if p != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
	}
}
