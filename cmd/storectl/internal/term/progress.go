package term

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far long work has come: done, total, rate and time left, on stderr, if that is a terminal.
// The nil Progress shows nothing.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress begins a bar for what (a short word). total is -1 if it is not known; bytes says that it counts bytes.
func (t *Terminal) NewProgress(what string, total int64, bytes bool) *Progress {
	if t.NoProgress || t.Quiet || !IsTerminal(t.Stderr) {
		return nil
	}
	return &Progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(StreamOf(t.Stderr)),
		progressbar.OptionSetDescription(Visible(what)),
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

// Set says that done of total are done; total may have grown since the last call.
func (p *Progress) Set(done, total int64) {
	if p == nil {
		return
	}
	if total > 0 && total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop the work
}

// Finish takes the bar away.
func (p *Progress) Finish() {
	if p != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
	}
}
