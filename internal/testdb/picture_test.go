package testdb_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the picture of the floors anew")

// flow is how a note is saved, from package to package, as the picture of the floors shows it.
var flow = []struct{ name, does string }{
	{"cmd/storectl", "put reads the note"},
	{"repo", "Notes.Save, one call down"},
	{"repo/contents", "pictures within it leave the text"},
	{"blobs", "flushed before a row names them"},
	{"repo/internal/saving", "the value is checked and bound"},
	{"internal/sqlitedb", "one writer takes it with others"},
	{"repo/history", "the overwritten state is kept"},
	{"repo/internal/rows", "row, lists, checksums, facets"},
	{"repo/search", "the record is marked, and flushed once"},
	{"fts/index", "its texts, before COMMIT"},
}

// The rooms of the legacy import have floors of their own, and one row in the picture.
const (
	legacyRooms = "importexport/legacy/"

	boxHeight, rowHeight, gap = 26, 42, 14
	left, top, right          = 56, 24, 690
)

// box is where a package is drawn.
type box struct {
	name, label string
	x, y, width int
}

// row is what stands on a floor.
type row struct {
	floor string
	names []string
}

// rowsOf are the floors, the highest first.
func rowsOf(floors map[string]int) (list []row) {
	on, rooms, lowest, highest := map[int][]string{}, []string{}, 1<<30, 0
	for name, floor := range floors {
		if strings.HasPrefix(name, legacyRooms) {
			rooms, lowest, highest = append(rooms, name), min(lowest, floor), max(highest, floor)
		} else {
			on[floor] = append(on[floor], name)
		}
	}
	slices.SortFunc(rooms, func(a, b string) int { return floors[a] - floors[b] })
	for floor := slices.Max(append(keysOf(on), highest)); floor >= 0; floor-- {
		if floor == highest {
			list = append(list, row{fmt.Sprintf("%d–%d", lowest, highest), rooms})
		}
		if names := on[floor]; len(names) > 0 {
			slices.Sort(names)
			list = append(list, row{fmt.Sprint(floor), names})
		}
	}
	return list
}

func keysOf(on map[int][]string) (keys []int) {
	for k := range on {
		keys = append(keys, k)
	}
	return keys
}

// placed gives every package of the rows its box, a row in the middle of its floor.
func placed(rows []row) (boxes []box) {
	for i, r := range rows {
		line, width := []box{}, -gap
		for _, name := range r.names {
			label := strings.TrimPrefix(name, legacyRooms)
			b := box{name: name, label: label, y: top + i*rowHeight, width: len([]rune(label))*7 + 18}
			line, width = append(line, b), width+b.width+gap
		}
		x := left + (right-left-width)/2
		for _, b := range line {
			b.x = x
			boxes, x = append(boxes, b), x+b.width+gap
		}
	}
	return boxes
}

// drawFloors makes the picture. It has a ground of its own, so that it reads on light and on dark pages.
func drawFloors(rows []row) string {
	boxes, height := placed(rows), 2*top+len(rows)*rowHeight-(rowHeight-boxHeight)
	at := map[string]box{}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="1040" height="%d" viewBox="0 0 1040 %d">`+"\n", height, height)
	out.WriteString(`<style>
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2733 }
  .floor { fill: #7b8696 } .title { font-weight: 600 } .number { fill: #ffffff; font-weight: 600; font-size: 11px; text-anchor: middle }
  rect { fill: #eef1f5; stroke: #b9c2cf } .on { fill: #dcebff; stroke: #2f6fd0 } .ground { fill: #ffffff; stroke: #d5dbe3 }
  path { fill: none; stroke: #2f6fd0; stroke-width: 1.5; stroke-dasharray: 4 3 } circle { fill: #2f6fd0 }
</style>
<rect class="ground" x="0.5" y="0.5" width="1039" height="` + fmt.Sprint(height-1) + `" rx="8"/>` + "\n")
	for _, b := range boxes {
		at[b.name] = b
	}
	for i := range flow[1:] {
		a, b := at[flow[i].name], at[flow[i+1].name]
		fmt.Fprintf(&out, `<path d="M%d %d L%d %d"/>`+"\n", a.x+a.width/2, a.y+boxHeight/2, b.x+b.width/2, b.y+boxHeight/2)
	}
	for i, r := range rows {
		fmt.Fprintf(&out, `<text class="floor" x="14" y="%d">%s</text>`+"\n", top+i*rowHeight+17, r.floor)
	}
	for _, b := range boxes {
		class := ""
		if slices.ContainsFunc(flow, func(s struct{ name, does string }) bool { return s.name == b.name }) {
			class = ` class="on"`
		}
		fmt.Fprintf(&out, `<rect%s x="%d" y="%d" width="%d" height="%d" rx="5"/><text x="%d" y="%d" textLength="%d">%s</text>`+"\n",
			class, b.x, b.y, b.width, boxHeight, b.x+9, b.y+17, b.width-18, b.label)
	}
	drawFlow(&out, at)
	out.WriteString("</svg>\n")
	return out.String()
}

// drawFlow draws the numbers of the flow at its packages, and beside them what happens there.
func drawFlow(out *strings.Builder, at map[string]box) {
	number := func(x, y, n int) {
		fmt.Fprintf(out, `<circle cx="%d" cy="%d" r="9"/><text class="number" x="%d" y="%d">%d</text>`+"\n", x, y, x, y+4, n)
	}
	fmt.Fprintf(out, `<text class="title" x="716" y="%d">A note is saved</text>`+"\n", top+17)
	for i, step := range flow {
		b, y := at[step.name], top+46+i*46
		number(b.x, b.y, i+1)
		number(725, y-4, i+1)
		fmt.Fprintf(out, `<text class="title" x="742" y="%d">%s</text><text x="742" y="%d">%s</text>`+"\n", y, step.name, y+16, step.does)
	}
	for i, line := range []string{"A package imports lower floors only.", "The floors 11–18 in one row are the rooms", "of importexport/legacy."} {
		fmt.Fprintf(out, `<text class="floor" x="716" y="%d">%s</text>`+"\n", top+46+len(flow)*46+8+18*i, line)
	}
}

// TestFloorsPicture wants CONTRIBUTING's picture to be that of the floors. go test ./internal/testdb -run
// TestFloorsPicture -update draws it anew.
func TestFloorsPicture(t *testing.T) {
	for _, step := range flow {
		if _, known := floors[step.name]; !known {
			t.Errorf("a note goes through %s, which has no floor", step.name)
		}
	}
	file, drawn := filepath.Join("testdata", "floors.svg"), drawFloors(rowsOf(floors))
	if *update {
		if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != drawn {
		t.Errorf("%s is not the picture of the floors (%v): go test ./internal/testdb -run TestFloorsPicture -update", file, err)
	}
}
