package growth

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/go-analyze/charts"
)

// Plots writes for each shape a drawing of what its operations take into a folder: both axes grow by
// factors of ten, so that what is flat is level and what reads everything goes up like the diagonal.
func Plots(all [][]Outcome, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, of := range all {
		svg, err := plot(of)
		if err != nil {
			return fmt.Errorf("plot %s: %w", of[0].Shape, err)
		}
		if err := os.WriteFile(filepath.Join(folder, of[0].Shape+".svg"), svg, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// The axis of time: powers of ten of a millisecond.
const (
	lowest  = -2.0 // 10 µs
	highest = 4.0  // 10 s
)

func plot(of []Outcome) ([]byte, error) {
	var values [][]float64
	var names, sizes []string
	for _, o := range of {
		sizes = append(sizes, grouped(o.N))
	}
	for _, p := range shapeOf(of[0].Shape).Ops {
		var row []float64
		for _, o := range of {
			t, _ := o.of(p.Name)
			row = append(row, max(lowest, math.Log10(t.Median*1e3)))
		}
		values, names = append(values, row), append(names, p.Name)
	}
	height := 120 + 18*max(20, len(names))
	opt := charts.NewLineChartOptionWithData(values)
	opt.Title.Text = title(of)
	opt.Title.FontStyle.FontSize = 11
	opt.XAxis.Labels = sizes
	opt.YAxis = []charts.YAxisOption{{Min: charts.Ptr(lowest), Max: charts.Ptr(highest), LabelCount: int(highest-lowest) + 1,
		ValueFormatter: func(v float64) string { return show(math.Pow(10, v) / 1e3) }}}
	opt.Legend = charts.LegendOption{SeriesNames: names, Vertical: charts.Ptr(true), Offset: charts.OffsetStr{Left: "720", Top: "30"},
		FontStyle: charts.FontStyle{FontSize: 9}}
	opt.Padding = charts.Box{Top: 20, Left: 20, Right: 420, Bottom: 20, IsSet: true}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: 1120, Height: height})
	if err := p.LineChart(opt); err != nil {
		return nil, err
	}
	return p.Bytes()
}
