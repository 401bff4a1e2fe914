package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskstore/internal/bench/growth"
)

// growthArg is the command that measures growth, and the work of its children.
const growthArg = "growth"

// growthPlots is the folder of the plots.
const growthPlots = "plots"

// runGrowth fills stores of all shapes and sizes, and fails where what should be flat is not.
func runGrowth(ctx context.Context, args []string) error {
	var short, save bool
	var sizes, only string
	flags := flag.NewFlagSet("bench growth", flag.ExitOnError)
	flags.BoolVar(&short, "short", false, "two small sizes, and few calls of each operation")
	flags.BoolVar(&save, "save", false, "put tables and plots into "+page)
	flags.StringVar(&sizes, "sizes", "10000,100000,1000000", "how much of something there is; of sessions and revisions a tenth")
	flags.StringVar(&only, "only", "", "names of shapes, with commas between")
	_ = flags.Parse(args) // exits on an error
	if short {
		sizes = "2000,20000" // of what is large, a tenth
	}
	all, err := measureGrowth(ctx, sizes, only, short)
	if err != nil {
		return err
	}
	fmt.Print(growth.Text(all))
	if save {
		if err := saveGrowth(all); err != nil {
			return err
		}
	}
	if slow := growth.Slow(all); len(slow) > 0 {
		fmt.Printf("\nslow, though not for the store's size alone:\n  %s\n", strings.Join(slow, "\n  "))
	}
	steep := growth.Steep(all)
	if len(steep) > 0 { // what a busy disk did once it does not do again
		again, err := measureGrowth(ctx, sizes, only, short)
		if err != nil {
			return err
		}
		steep = inBoth(steep, growth.Steep(again))
	}
	if len(steep) > 0 {
		return errors.New("what should be flat grows:\n  " + strings.Join(steep, "\n  "))
	}
	return nil
}

// inBoth gives those findings of a that b has of the same operation.
func inBoth(a, b []string) []string {
	of := func(finding string) string { name, _, _ := strings.Cut(finding, ": exponent"); return name }
	return slices.DeleteFunc(a, func(x string) bool {
		return !slices.ContainsFunc(b, func(y string) bool { return of(x) == of(y) })
	})
}

func measureGrowth(ctx context.Context, sizes, only string, short bool) (all [][]growth.Outcome, err error) {
	for _, s := range growth.Shapes() {
		if only != "" && !strings.Contains(","+only+",", ","+s.Name+",") {
			continue
		}
		var of []growth.Outcome
		for _, text := range strings.Split(sizes, ",") {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, err
			}
			n /= s.Part
			start := time.Now()
			o, err := measureApart(ctx, s.Name, n, short)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "%-12s %8d  %v\n", s.Name, n, time.Since(start).Round(time.Millisecond))
			of = append(of, o)
		}
		if len(of) > 0 {
			all = append(all, of)
		}
	}
	return all, nil
}

// measureApart measures one store in a process of its own.
func measureApart(ctx context.Context, shape string, n int, short bool) (o growth.Outcome, err error) {
	dir, err := os.MkdirTemp("", "taskstore-growth-*")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	exe, err := os.Executable()
	if err != nil {
		return o, err
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, exe, childArg, growthArg, shape, strconv.Itoa(n), dir, strconv.FormatBool(short))
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return o, fmt.Errorf("%w: %s", err, &problems)
	}
	return o, json.Unmarshal(out.Bytes(), &o)
}

// childGrowth is the process of measureApart.
func childGrowth(ctx context.Context, shape, size, dir, short string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	effort := growth.Long
	if short == "true" {
		effort = growth.Short
	}
	o, err := growth.Measure(ctx, shape, n, dir, effort)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(o)
}

func saveGrowth(all [][]growth.Outcome) error {
	if err := growth.Plots(all, growthPlots); err != nil {
		return err
	}
	return putBetween("growth", machine()+"\n\n"+growth.Markdown(all, growthPlots))
}
