package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
)

// databaseName is what the database of a store is called.
const databaseName = "store.db"

// storeDir is the directory that --store, STORECTL_STORE or the system names.
func (a *app) storeDir() (string, error) {
	dir := a.opt.store
	if dir == "" {
		dir = defaultStore(a.Env, runtime.GOOS)
	}
	if dir == "" {
		return "", misuse("add --store DIR or set STORECTL_STORE", "find the store: neither --store nor a home directory is known")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the store: %w", err)
	}
	return dir, nil
}

// findStore returns the store's directory if there is a store in it, and exit code 10 if there is none.
func (a *app) findStore() (string, error) {
	dir, err := a.storeDir()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(filepath.Join(dir, databaseName))
	switch {
	case err == nil && info.Mode().IsRegular():
		return dir, nil
	case err == nil:
		return "", noStore(dir, fmt.Sprintf("%s is not a file", filepath.Join(dir, databaseName)))
	case errors.Is(err, os.ErrPermission):
		return "", fmt.Errorf("open the store: %w", err)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", &term.Failure{Kind: "no_store", Exit: exitNoStore, Message: "open the store: " + dir + " is a file, not a directory", Hint: fileHint(dir)}
	}
	return "", noStore(dir, "there is no store in "+dir)
}

// fileHint says how to name the store that a file is a part of.
func fileHint(file string) string {
	if filepath.Base(file) == databaseName {
		return "a store is named by its directory: storectl --store " + shell.Quote(filepath.Dir(file))
	}
	return "--store or STORECTL_STORE names the directory of a store"
}

func noStore(dir, message string) error {
	if hasBackups(dir) {
		return &term.Failure{Kind: "no_store", Exit: exitNoStore, Message: "open the store: " + message + ", but there are backups of it",
			Hint: "storectl --store " + shell.Quote(dir) + " backup restore latest"}
	}
	return &term.Failure{Kind: "no_store", Exit: exitNoStore, Message: "open the store: " + message,
		Hint: "storectl --store " + shell.Quote(dir) + " init creates one; --store or STORECTL_STORE names another place"}
}

// command makes the commands in a text be about this store, where the command line names it: whoever copies one as it
// stands would else ask another store.
func (a *app) command(text string) string {
	if a.opt.store == a.Env["STORECTL_STORE"] {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "storectl ")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if end < 0 {
			end = len(rest)
		}
		out.WriteString("storectl")
		if slices.Contains(a.ofStores, rest[:end]) {
			out.WriteString(term.Visible(a.storeFlag()))
		}
		out.WriteByte(' ')
		text = rest
	}
}

// defaultStore is the system's place for a program's data, or "" if the environment names no home.
func defaultStore(env map[string]string, goos string) string {
	switch goos {
	case "windows":
		if dir := env["LocalAppData"]; dir != "" {
			return filepath.Join(dir, "taskstore")
		}
		if dir := env["LOCALAPPDATA"]; dir != "" {
			return filepath.Join(dir, "taskstore")
		}
	case "darwin":
		if home := env["HOME"]; home != "" {
			return filepath.Join(home, "Library", "Application Support", "taskstore")
		}
	default:
		if dir := env["XDG_DATA_HOME"]; filepath.IsAbs(dir) {
			return filepath.Join(dir, "taskstore")
		}
		if home := env["HOME"]; home != "" {
			return filepath.Join(home, ".local", "share", "taskstore")
		}
	}
	return ""
}
