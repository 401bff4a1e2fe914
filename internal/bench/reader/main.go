// Command reader is a program that opens a store and reads: what a program of its
// own needs from its start until it shows something can only be measured with
// one. It is a command of its own because package bench contains another search
// engine, whose start takes longer than the store's.
//
//	reader nothing|page|write|list|use DIR [QUERIES]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"taskstore/internal/bench/process"
	"taskstore/repo"
)

// said is the line that a program prints when it is done.
type said struct {
	Rows     int   // that it read
	Base     int64 // resident bytes before it did anything
	Resident int64 // at the end
	Peak     int64 // at most
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "reader:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) < 2 {
		return errors.New("usage: reader WORK DIR [QUERIES]")
	}
	out := said{}
	out.Base, _ = process.Memory()
	if out.Rows, err = read(ctx, args[0], args[1], args[2:]); err != nil {
		return err
	}
	out.Resident, out.Peak = process.Memory()
	return json.NewEncoder(os.Stdout).Encode(out)
}

// read lists the first page, or everything, and then with use asks what it was
// given. A program that ends has nothing to close for.
func read(ctx context.Context, work, dir string, queries []string) (int, error) {
	q := repo.Query{Limit: 50}
	switch work {
	case "nothing":
		return 0, nil
	case "page", "write":
	case "list", "use":
		q.Limit = 1 << 20
	default:
		return 0, fmt.Errorf("there is no work %q", work)
	}
	s, err := repo.Open(ctx, dir, repo.Options{ReadOnly: work != "write"})
	if err != nil {
		return 0, err
	}
	p, err := s.Sessions.List(ctx, q)
	if err != nil || work != "use" {
		return len(p.Items), err
	}
	var more []repo.Query
	if err := json.Unmarshal([]byte(queries[0]), &more); err != nil {
		return 0, err
	}
	for _, q := range more {
		if _, err := s.Sessions.List(ctx, q); err != nil {
			return 0, err
		}
	}
	return len(p.Items), s.Close()
}
