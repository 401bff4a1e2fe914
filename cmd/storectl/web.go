package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"taskstore/cmd/storectl/internal/web"
	"taskstore/cmd/storectl/internal/web/pictures"
	"taskstore/internal/durable"
	"taskstore/repo"

	"github.com/spf13/cobra"
)

const webHelp = `Open a page on this machine for looking, searching and getting back: days full of pictures, sound and text, records
with their history, the trash, backups and the health of the store.

The address that is printed holds a token, which lets one's own browser in and nobody else. The page works beside the app
and other commands, runs until Ctrl-C, and fetches nothing from elsewhere. --read-only leaves out whatever changes something.
Small pictures are kept in the user's cache directory, at most 256 MB of them; purge --everywhere removes them.

--addr names another address of this machine, or a fixed port. One that other machines can reach needs --allow-remote:
there is no encryption, and whoever sees the traffic sees the store.`

// serving is the flags of storectl web.
type serving struct {
	addr                string
	noOpen, allowRemote bool
}

func (a *app) webCommand() *cobra.Command {
	var f serving
	cmd := &cobra.Command{
		Use:     "web",
		Short:   "Open a page for looking, searching and getting back",
		Long:    webHelp,
		Example: "  storectl web\n  storectl web --read-only --no-open --addr 127.0.0.1:8080",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.web(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "the `ADDRESS` to listen on; port 0 is any that is free")
	cmd.Flags().BoolVar(&f.noOpen, "no-open", false, "only print the address; open no browser")
	cmd.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "allow an address that other machines can reach")
	return cmd
}

func (a *app) web(ctx context.Context, f serving) error {
	dir, err := a.backupPlace("") // a store that is lost, and has backups, is shown too
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", f.addr)
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	to := toWrite
	if a.opt.readOnly {
		to = toRead
	}
	page, err := web.New(web.Options{Dir: dir, ReadOnly: a.opt.readOnly, Open: func(ctx context.Context) (*repo.Store, error) { return a.open(ctx, to) },
		Hint: func(err error) string { return a.hint(ctx, err) }, Cache: a.pictures(dir), Hosts: f.hosts(), Env: a.Env, Now: a.Now, Log: a.log}, listener.Addr())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := a.done("web", struct {
		URL string `json:"url"`
	}{page.URL()}, func() { fmt.Fprintln(a.Stdout, page.URL()) }); err != nil {
		return errors.Join(err, listener.Close())
	}
	a.Flush()
	a.Hint("Ctrl-C ends it; the address lets in whoever has it")
	if !f.noOpen {
		remove := a.openBrowser(ctx, page.URL())
		defer remove()
	}
	return page.Serve(ctx, listener)
}

// check refuses an address that others can reach, unless that is allowed.
func (f serving) check() error {
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return misuse("such as 127.0.0.1:0 or [::1]:8080", "web: --addr %s: %v", f.addr, err)
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() || f.allowRemote {
		return nil
	}
	return misuse("127.0.0.1:0 stays on this machine; --allow-remote allows others in", "web: --addr %s can be reached from other machines", f.addr)
}

// hosts are the names of this machine, where others may ask for it.
func (f serving) hosts() (names []string) {
	host, _, _ := net.SplitHostPort(f.addr)
	if !f.allowRemote {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil && host != "" {
		return []string{host}
	}
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok {
			names = append(names, network.IP.String())
		}
	}
	return names
}

// hint is what the commands would advise after an error.
func (a *app) hint(ctx context.Context, err error) string {
	return a.command(classify(ctx, err).Hint)
}

// pictures is the directory for small pictures; "" where there is no place for such.
func (a *app) pictures(dir string) string {
	place := a.Env["XDG_CACHE_HOME"]
	if runtime.GOOS != "linux" || !filepath.IsAbs(place) {
		var err error
		if place, err = os.UserCacheDir(); err != nil {
			return ""
		}
	}
	return pictures.Dir(place, dir)
}

// openBrowser opens the page by a file that only its owner can read: what stands in a command line, all users see.
func (a *app) openBrowser(ctx context.Context, url string) (remove func()) {
	remove = func() {}
	file, err := durable.Temp("", "storectl-*.html")
	if err == nil {
		name := file.Name()
		remove = func() { _ = os.Remove(name) }
		_, err = fmt.Fprintf(file, "<!DOCTYPE html><meta charset=\"utf-8\"><title>taskstore</title><meta http-equiv=\"refresh\" content=\"0;url=%s\"><a href=\"%s\">Open the page</a>\n", url, url)
		if err = errors.Join(err, file.Close()); err == nil {
			err = browser(ctx, name).Start()
		}
	}
	if err != nil {
		a.Say("no browser could be opened: open the address yourself")
		a.log.Debug("open a browser", "error", err)
	}
	return remove
}

func browser(ctx context.Context, what string) *exec.Cmd {
	switch runtime.GOOS {
	case "darwin":
		return exec.CommandContext(ctx, "open", what)
	case "windows":
		return exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", what)
	}
	return exec.CommandContext(ctx, "xdg-open", what)
}
