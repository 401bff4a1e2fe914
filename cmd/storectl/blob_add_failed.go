package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"taskstore/cmd/storectl/internal/term"
)

// failedFile is a file that blob add could not read.
type failedFile struct {
	File  string `json:"file"`
	Error string `json:"error"`
	err   error
}

// readable gives the files that are there. The others are kept as failed; if all are, that is an error.
func (ad *adding) readable(files []string) (good []string, err error) {
	for _, file := range files {
		if problem := ad.lookAt(file); problem != nil {
			ad.failed = append(ad.failed, failedFile{file, term.OneLine(problem.Error()), problem})
			continue
		}
		good = append(good, file)
	}
	if len(good) == 0 {
		return nil, ad.failure()
	}
	return good, nil
}

func (ad *adding) lookAt(file string) error {
	if file == "-" {
		return nil
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return fmt.Errorf("blob add: %w", err)
	case info.IsDir():
		return misuse("name the files in it", "blob add: %s is not a file", file)
	case !info.Mode().IsRegular():
		return misuse("storectl blob add - --name NAME takes what comes from a pipe", "blob add: %s is not a file", file)
	}
	return nil
}

// leaveOut leaves a file out that cannot be opened or read, and says false where something else is wrong.
func (ad *adding) leaveOut(file string, err error) bool {
	path, ok := errors.AsType[*fs.PathError](err)
	if !ok || path.Path != file {
		return false
	}
	ad.failed = append(ad.failed, failedFile{file, term.OneLine(err.Error()), err})
	return true
}

// failure names the files that failed.
func (ad *adding) failure() error {
	if len(ad.failed) == 0 {
		return nil
	}
	if len(ad.failed) == 1 && len(ad.done) == 0 {
		return ad.failed[0].err
	}
	var problems []string
	for _, f := range ad.failed {
		problems = append(problems, strings.TrimPrefix(f.Error, "blob add: "))
	}
	return &term.Failure{Kind: "failed", Exit: exitFailed, Message: fmt.Sprintf("blob add: %d of %s could not be stored: %s", len(ad.failed), counted(ad.asked, "file"), strings.Join(problems, "; "))}
}
