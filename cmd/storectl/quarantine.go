package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"taskstore/importexport/ledger"
	"taskstore/internal/durable"

	"github.com/spf13/cobra"
)

func (a *app) legacyQuarantine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "What an import could not read and has kept byte for byte",
	}
	cmd.AddCommand(a.quarantineList(), a.quarantineShow(), a.quarantineExport())
	return cmd
}

func (a *app) quarantineList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what was set aside",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			list, err := a.quarantined(cmd.Context())
			if err != nil {
				return err
			}
			if a.opt.output == "json" {
				return a.document("legacy-quarantine", struct {
					Items []ledger.Quarantined `json:"items"`
				}{list})
			}
			rows := a.newRows([]column{{name: "id"}, {name: "run"}, {name: "file"}, {name: "pointer"}, {name: "code"}, {name: "size"}, {name: "reason"}}, "")
			for _, q := range list {
				if err := rows.write([]any{q.PK, q.Run, q.File, q.Pointer, q.Code, size(q.Size), q.Reason}); err != nil {
					return err
				}
			}
			return rows.close()
		},
	}
}

func (a *app) quarantined(ctx context.Context) (list []ledger.Quarantined, err error) {
	store, err := a.openRead(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err = ledger.Of(store).Quarantine(ctx)
	if list == nil {
		list = []ledger.Quarantined{}
	}
	return list, err
}

func (a *app) quarantineShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Write the bytes of one thing that was set aside to stdout",
		Long: `Write the bytes of one thing that was set aside to stdout. To a terminal goes only text, in which what a terminal would
obey is escaped; --raw sends the bytes as they are.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQuarantined(cmd.Context(), args[0], func(_ ledger.Quarantined, r io.Reader) error {
				return a.writeBytes(r)
			})
		},
	}
}

func (a *app) quarantineExport() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "export [ID...] --dir DIR",
		Short: "Write what was set aside to files, by default all of it",
		Long: `Write what was set aside to files in DIR, which is made when it is missing. A file's name is its number and the
base of the name that it had in the source; a file that exists is not overwritten.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.exportQuarantine(cmd.Context(), dir, args) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "where to write")
	return cmd
}

func (a *app) exportQuarantine(ctx context.Context, dir string, ids []string) error {
	if dir == "" {
		return misuse("add --dir DIR", "quarantine export: there is no place to write to")
	}
	if len(ids) == 0 {
		list, err := a.quarantined(ctx)
		if err != nil {
			return err
		}
		for _, q := range list {
			ids = append(ids, strconv.FormatInt(q.PK, 10))
		}
	}
	if err := durable.MakeDir(dir); err != nil {
		return err
	}
	for _, id := range ids {
		err := a.withQuarantined(ctx, id, func(q ledger.Quarantined, r io.Reader) error {
			return writeNew(filepath.Join(dir, id+"-"+safeName(q.File)), r)
		})
		if err != nil {
			return err
		}
	}
	a.say("wrote %d files to %s", len(ids), dir)
	return nil
}

// safeName makes a name from the source harmless: its base, of plain characters.
func safeName(file string) string {
	base := []byte(filepath.Base(filepath.FromSlash(file)))
	for i, c := range base {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !plain {
			base[i] = '_'
		}
	}
	if len(base) > 120 {
		base = base[:120]
	}
	return strings.TrimRight(string(base), ".") // which Windows leaves out of a name
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, r io.Reader) error {
	return durable.Create(name, func(f *os.File) error {
		_, err := io.Copy(f, r)
		return err
	})
}

func (a *app) withQuarantined(ctx context.Context, id string, fn func(ledger.Quarantined, io.Reader) error) (err error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return misuse("storectl legacy quarantine list shows the numbers", "quarantine %s: a number is wanted", id)
	}
	store, err := a.openRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := ledger.Of(store).Quarantine(ctx)
	if err != nil {
		return err
	}
	for _, q := range list {
		if q.PK != number {
			continue
		}
		r, err := store.Contents.Open(ctx, q.Blob)
		if err != nil {
			return err
		}
		return errors.Join(fn(q, r), r.Close())
	}
	return fmt.Errorf("quarantine %d: there is none of this number; storectl legacy quarantine list shows what there is", number)
}
