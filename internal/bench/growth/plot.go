package growth

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-analyze/charts"
)

// mostLines is how many operations a drawing has at most: with more of them the colours cannot be told apart.
const mostLines = 18

// drawing is one plot: operations of one shape and group.
type drawing struct {
	name string // of the file, without .svg
	says string
	ops  []Op
}

// drawings gives those of a shape.
func drawings(shape string) (list []drawing) {
	for _, group := range []string{searching, listing, counting, reading, writing} {
		ops := slices.DeleteFunc(slices.Clone(shapeOf(shape).Ops), func(p Op) bool { return p.Group != group })
		for i := 0; i*mostLines < len(ops); i++ {
			d := drawing{name: shape + "-" + group, says: shape + ": " + group, ops: ops[i*mostLines : min((i+1)*mostLines, len(ops))]}
			if i > 0 {
				d.name += fmt.Sprintf("-%d", i+1)
				d.says += fmt.Sprintf(", %d", i+1)
			}
			list = append(list, d)
		}
	}
	return list
}

// Plots writes for each group of operations of each shape a drawing of what its operations take into a folder: both axes grow by
// factors of ten, so that what is flat is level and what reads everything goes up like the diagonal.
func Plots(all [][]Outcome, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, of := range all {
		for _, d := range drawings(of[0].Shape) {
			svg, err := d.plot(of)
			if err != nil {
				return fmt.Errorf("plot %s: %w", d.name, err)
			}
			if err := os.WriteFile(filepath.Join(folder, d.name+".svg"), svg, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// The axis of time: powers of ten of a millisecond.
const (
	lowest  = -2.0 // 10 µs
	highest = 4.0  // 10 s
)

func (d drawing) plot(of []Outcome) ([]byte, error) {
	var values [][]float64
	var names, sizes []string
	for _, o := range of {
		sizes = append(sizes, grouped(o.N))
	}
	for _, p := range d.ops {
		var row []float64
		for _, o := range of {
			t, _ := o.of(p.Name)
			row = append(row, max(lowest, math.Log10(t.Median*1e3)))
		}
		values, names = append(values, row), append(names, p.Name)
	}
	height := 120 + 18*max(20, len(names))
	opt := charts.NewLineChartOptionWithData(values)
	opt.Title.Text = d.says
	opt.Title.FontStyle.FontSize = 11
	opt.XAxis.Labels = sizes
	opt.YAxis = []charts.YAxisOption{{Min: charts.Ptr(lowest), Max: charts.Ptr(highest), LabelCount: int(highest-lowest) + 1,
		ValueFormatter: power}}
	opt.Legend = charts.LegendOption{SeriesNames: names, Vertical: charts.Ptr(true), Offset: charts.OffsetStr{Left: "720", Top: "30"},
		FontStyle: charts.FontStyle{FontSize: 9}}
	opt.Padding = charts.Box{Top: 20, Left: 20, Right: 420, Bottom: 20, IsSet: true}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: 1120, Height: height})
	if err := p.LineChart(opt); err != nil {
		return nil, err
	}
	return p.Bytes()
}

// power names a power of ten of a millisecond.
func power(exponent float64) string {
	if exponent >= 3 {
		return fmt.Sprintf("%.3g s", math.Pow(10, exponent-3))
	}
	return fmt.Sprintf("%.3g ms", math.Pow(10, exponent))
}
