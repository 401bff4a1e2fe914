package term

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far long work has come: done, total, rate and time left, on stderr, if that is a terminal.
// What is soon done shows nothing. The nil Progress shows nothing.
type Progress struct {
	make  func() *progressbar.ProgressBar
	bar   *progressbar.ProgressBar // nil: not yet
	begun time.Time
}

// patience is after how long a bar comes: a rate of less time says nothing.
const patience = 300 * time.Millisecond

// NewProgress begins a bar for what (a short word). total is -1 if it is not known; bytes says that it counts bytes.
func (t *Terminal) NewProgress(what string, total int64, bytes bool) *Progress {
	if t.NoProgress || t.Quiet || !IsTerminal(t.Stderr) {
		return nil
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(StreamOf(t.Stderr)),
		progressbar.OptionSetDescription(Visible(what)),
		progressbar.OptionShowCount(),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(false),
	}
	if !bytes {
		options = append(options, progressbar.OptionShowIts())
	}
	return &Progress{begun: time.Now(), make: func() *progressbar.ProgressBar { return progressbar.NewOptions64(total, options...) }}
}

// Set says that done of total are done; total may have grown since the last call.
func (p *Progress) Set(done, total int64) {
	if p == nil || p.bar == nil && time.Since(p.begun) < patience {
		return
	}
	if p.bar == nil {
		p.bar = p.make()
	}
	if total > 0 && total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop the work
}

// Finish takes the bar away.
func (p *Progress) Finish() {
	if p != nil && p.bar != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
	}
}
