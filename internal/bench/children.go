package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"taskstore/internal/bench/process"
	"taskstore/repo"
)

// Some things can only be measured in a process of their own: how long it takes
// from the start of a program to the first rows, and how much memory that needs.
// For what reads there is a program of its own, reader; to import, this one starts
// itself again with this argument and a work.
const childArg = "-child"

// said is what a child prints when it is done.
type said struct {
	Rows     int     // that it read
	Base     int64   // resident bytes before it did anything, but for opening the store to import into
	Resident int64   // at the end
	Peak     int64   // at most
	Seconds  float64 // of the part that counts, where that is not all
}

// child imports into the store in a directory, copies the rows of one, or measures growth.
func child(ctx context.Context, args []string) (err error) {
	if len(args) == 5 && args[0] == growthArg {
		return childGrowth(ctx, args[1], args[2], args[3], args[4])
	}
	out := said{}
	out.Base, _ = process.Memory()
	switch {
	case len(args) == 3 && args[0] == "import":
		out.Rows, out.Base, err = childImports(ctx, args[1], args[2])
	case len(args) == 4 && args[0] == "rows":
		out.Rows, out.Seconds, err = childRows(ctx, args[1], args[2], args[3])
	default:
		err = errors.New("a child wants import STORE SOURCE, or rows STORE FROM SOURCE")
	}
	if err != nil {
		return err
	}
	out.Resident, out.Peak = process.Memory()
	return json.NewEncoder(os.Stdout).Encode(out)
}

// start runs a program and gives the seconds from before its start until its line
// was read.
func start(exe string, args ...string) (out said, seconds float64, err error) {
	var problems bytes.Buffer
	cmd := exec.Command(exe, args...)
	cmd.Stderr = &problems
	r, err := cmd.StdoutPipe()
	if err != nil {
		return out, 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return out, 0, err
	}
	err = json.NewDecoder(r).Decode(&out)
	seconds = time.Since(begin).Seconds()
	_, _ = io.Copy(io.Discard, r)
	if e := cmd.Wait(); e != nil {
		err = fmt.Errorf("%s %.80s: %w: %s", exe, args, e, &problems)
	}
	return out, seconds, err
}

// benchOpen measures a program that opens a store and shows something.
func benchOpen(ctx context.Context, e *env) (err error) {
	s, err := e.manySessions(ctx)
	if err != nil {
		return err
	}
	dir := s.Dir()
	if err := s.Close(); err != nil { // nobody else has it open
		return err
	}
	e.big = nil
	defer func() {
		again, e2 := repo.Open(ctx, dir, repo.Options{})
		e.big, err = again, errors.Join(err, e2)
	}()
	reader, err := e.build(ctx, "reader")
	if err != nil {
		return err
	}
	plain, err := e.build(ctx, "plain")
	if err != nil {
		return err
	}
	queries, err := json.Marshal(hundred())
	if err != nil {
		return err
	}
	values := map[string][]float64{}
	for range max(e.rounds*3, 1) {
		for _, work := range []string{"nothing", "page", "plain", "write", "list", "use"} {
			program, args := reader, []string{work, dir, string(queries)}
			if work == "plain" {
				program, args = plain, []string{s.Path()}
			}
			out, seconds, err := start(program, args...)
			if err != nil {
				return err
			}
			if want, ok := map[string]int{"nothing": 0, "page": 50, "plain": 50, "write": 50, "list": e.sessions(), "use": e.sessions()}[work]; !ok || out.Rows != want {
				return wrong("rows of "+work, out.Rows, want)
			}
			values[work] = append(values[work], seconds)
			values[work+" resident"] = append(values[work+" resident"], float64(out.Resident))
		}
	}
	e.addOpen(values)
	return nil
}

// build builds one of the programs beside this one.
func (e *env) build(ctx context.Context, name string) (exe string, err error) {
	exe = filepath.Join(e.dir, name)
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", exe, "./"+name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", name, err, text)
	}
	return exe, nil
}

// hundred are as many queries by status, tag and time.
func hundred() (list []repo.Query) {
	for i := range 100 {
		list = append(list, repo.Query{Status: []string{"completed"}, Tags: []string{vocabulary[i%40]}, From: moment(i * 10), To: moment(i*10 + 2000)})
	}
	return list
}

func (e *env) addOpen(values map[string][]float64) {
	add := func(name, key, unit string, goal float64) {
		e.table.add(line{name: name, ours: values[key], unit: unit, goal: goal, noGoal: goal == 0})
	}
	add("process start to nothing done, of a program with the store in it", "nothing", "s", 0)
	add("process start to the first 50 of 10,000 sessions", "page", "s", 0.010)
	add("  the same, opened for writing", "write", "s", 0)
	add("  by hand: a program with the driver alone", "plain", "s", 0)
	add("process start to 10,000 brief rows", "list", "s", 0.060)
	if values["page resident"][0] == 0 {
		return // not known on this system
	}
	add("resident memory, nothing done", "nothing resident", "B", 0)
	add("resident memory after open and the first page", "page resident", "B", 12e6)
	add("  the same, opened for writing", "write resident", "B", 0)
	add("  by hand: a program with the driver alone", "plain resident", "B", 0)
	add("resident memory after listing all and 100 queries", "use resident", "B", 40e6)
}

// startSelf starts this program for a work.
func startSelf(args ...string) (out said, seconds float64, err error) {
	exe, err := os.Executable()
	if err != nil {
		return out, 0, err
	}
	return start(exe, append([]string{childArg}, args...)...)
}
