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
	"time"

	"taskstore/repo"
)

// Some things can only be measured in a process of their own: how long it takes
// from the start of a program to the first rows, and how much memory that needs.
// The program starts itself again with this argument.
const childArg = "-child"

// said is what a child prints when it is done.
type said struct {
	Rows     int     // that it read
	Base     int64   // resident bytes before it did anything
	Resident int64   // at the end
	Peak     int64   // at most
	Seconds  float64 // of the part that counts, where that is not all
}

// child does one of the works: nothing, page, list, use, import, rows.
func child(ctx context.Context, args []string) (err error) {
	if len(args) < 2 {
		return errors.New("a child wants a work and a directory")
	}
	work, dir := args[0], args[1]
	out := said{}
	out.Base, _ = memory()
	switch work {
	case "nothing":
	case "page", "list", "use":
		out.Rows, err = childReads(ctx, work, dir)
	case "import":
		out.Rows, err = childImports(ctx, dir, args[2])
	case "rows":
		out.Rows, out.Seconds, err = childRows(ctx, dir, args[2], args[3])
	default:
		err = fmt.Errorf("there is no work %q", work)
	}
	if err != nil {
		return err
	}
	out.Resident, out.Peak = memory()
	return json.NewEncoder(os.Stdout).Encode(out)
}

// childReads opens a store and lists the first page, or everything, and then
// with use asks a hundred questions more.
func childReads(ctx context.Context, work, dir string) (int, error) {
	s, err := repo.Open(ctx, dir, repo.Options{})
	if err != nil {
		return 0, err
	}
	q := repo.Query{Limit: 50}
	if work != "page" {
		q.Limit = 1 << 20
	}
	p, err := s.Sessions.List(ctx, q)
	if err != nil || work != "use" {
		return len(p.Items), err // a program that ends: nothing to close for
	}
	for i := range 100 {
		q := repo.Query{Status: []string{"completed"}, Tags: []string{vocabulary[i%40]}, From: moment(i * 10), To: moment(i*10 + 2000)}
		if _, err := s.Sessions.List(ctx, q); err != nil {
			return 0, err
		}
	}
	return len(p.Items), s.Close()
}

// start runs a child and gives the seconds from before its start until its line
// was read.
func start(args ...string) (out said, seconds float64, err error) {
	exe, err := os.Executable()
	if err != nil {
		return out, 0, err
	}
	var problems bytes.Buffer
	cmd := exec.Command(exe, append([]string{childArg}, args...)...)
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
		err = fmt.Errorf("child %v: %w: %s", args, e, &problems)
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
	values := map[string][]float64{}
	for range max(e.rounds*3, 1) {
		for _, work := range []string{"nothing", "page", "list", "use"} {
			out, seconds, err := start(work, dir)
			if err != nil {
				return err
			}
			if want := map[string]int{"nothing": 0, "page": 50}[work]; out.Rows != want && (want != 0 || work == "nothing") {
				return wrong("rows of "+work, out.Rows, want)
			}
			values[work] = append(values[work], seconds)
			values[work+" resident"] = append(values[work+" resident"], float64(out.Resident))
		}
	}
	add := func(name, key, unit string, goal float64) {
		e.table.add(line{name: name, ours: values[key], unit: unit, goal: goal, noGoal: goal == 0})
	}
	add("process start to nothing done, of a program of this size", "nothing", "s", 0)
	add("process start to the first 50 of 10,000 sessions", "page", "s", 0.010)
	add("process start to 10,000 brief rows", "list", "s", 0.060)
	if values["page resident"][0] == 0 {
		return err // not known on this system
	}
	add("resident memory, nothing done", "nothing resident", "B", 0)
	add("resident memory after open and the first page", "page resident", "B", 12e6)
	add("resident memory after listing all and 100 queries", "use resident", "B", 40e6)
	return err
}
