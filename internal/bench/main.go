// Command bench measures the store against the same work done by hand on the
// same driver, and prints a table: what ours took, what the other took, the
// ratio, the goal and whether it is met. PERFORMANCE.md says how to read it.
//
//	go run .                  everything, several minutes
//	go run . -only get,list   some of it
//	go run . -short           small data, few rounds: does it still run, and within the bounds of bounds.json?
//	go run . -save            also put the table into PERFORMANCE.md
//	go run . growth           how what a user waits for grows with the store (see growth -h)
//
// A goal that is missed is no error.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// bench is one measurement; it adds lines to the table.
type bench struct {
	name string
	run  func(context.Context, *env) error
}

// benches is everything there is, in the order of the table.
func benches() []bench {
	return []bench{
		{"queue", benchQueue},
		{"saves", benchSaves},
		{"bulk", benchBulk},
		{"modify", benchModify},
		{"checksum", benchChecksum},
		{"get", benchGet},
		{"list", benchList},
		{"date", benchDate},
		{"lazy", benchLazy},
		{"open", benchOpen},
		{"codec", benchCodec},
		{"export", benchExport},
		{"import", benchImport},
		{"blobs", benchBlobs},
		{"blobtypes", benchBlobTypes},
		{"small", benchSmall},
		{"check", benchCheck},
		{"backup", benchBackup},
		{"beside", benchBackupBeside},
		{"index", benchIndex},
		{"search", benchSearch},
		{"moments", benchMoments},
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		exit(child(context.Background(), os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == growthArg {
		exit(runGrowth(context.Background(), os.Args[2:]))
	}
	var e env
	var only string
	var save, bounds bool
	flags := flag.NewFlagSet("bench", flag.ExitOnError) // the packages that make data have flags of their own
	flags.BoolVar(&e.short, "short", false, "small data and few rounds, to see that it runs and keeps its bounds")
	flags.StringVar(&only, "only", "", "names of benchmarks, with commas between")
	flags.IntVar(&e.rounds, "rounds", 7, "how often each is measured; the table shows medians")
	flags.IntVar(&e.puts, "puts", 0, "how many attachments blobs saves; 0 is 2000")
	flags.BoolVar(&save, "save", false, "put the table into "+page)
	flags.BoolVar(&bounds, "bounds", false, "with -short: write "+boundsFile+" anew")
	_ = flags.Parse(os.Args[1:]) // exits on an error
	exit(run(context.Background(), &e, only, save, bounds))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, e *env, only string, save, bounds bool) (err error) {
	if e.short {
		e.rounds = 3
	}
	if e.dir, err = os.MkdirTemp("", "taskstore-bench-*"); err != nil {
		return err
	}
	defer os.RemoveAll(e.dir)
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	for _, b := range chosen {
		start := time.Now()
		if err := b.run(ctx, e); err != nil {
			fmt.Print(e.table.text()) // what is known so far
			return fmt.Errorf("%s: %w", b.name, err)
		}
		fmt.Fprintf(os.Stderr, "%-10s %v\n", b.name, time.Since(start).Round(time.Millisecond))
	}
	if err := e.close(); err != nil {
		return err
	}
	fmt.Print(e.table.text())
	switch {
	case save:
		return e.table.save(e)
	case e.short && bounds:
		return e.table.updateBounds()
	case e.short:
		return e.table.checkBounds()
	}
	return nil
}

func choose(only string) ([]bench, error) {
	all := benches()
	if only == "" {
		return all, nil
	}
	var chosen []bench
	for _, name := range strings.Split(only, ",") {
		found := false
		for _, b := range all {
			if b.name == name {
				chosen, found = append(chosen, b), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no benchmark %q", name)
		}
	}
	return chosen, nil
}
