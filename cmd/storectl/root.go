package main

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/when"
	"taskstore/schema"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// options are the flags that every command has, but for those of the terminal.
type options struct {
	store     string
	json      bool
	verbose   bool
	timeout   string
	logFormat string
	readOnly  bool
}

// app is one execution: its terminal, environment and global flags.
type app struct {
	*term.Terminal
	opt        options
	log        *slog.Logger
	started    bool // the command line was understood; what fails from here on is not a usage error of cobra's
	cancelTime context.CancelFunc
	ending     *ending
	elsewhere  elsewhere // the flags about targets
	ofStores   []string  // the commands that are about a store
}

func newApp(stdin io.Reader, stdout, stderr io.Writer, environ []string) *app {
	env := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}
	a := &app{Terminal: term.New(stdin, stdout, stderr, env), log: slog.New(slog.DiscardHandler), ending: &ending{}}
	a.Commands = a.command
	return a
}

const rootHelp = `storectl keeps and shows a taskstore: sessions, notes, tasks, topics, companies, contacts,
settings and attachments in one directory, in SQLite.

Where the store is: --store DIR, else STORECTL_STORE, else the system's place for data.
Every global flag has such a variable: STORECTL_ and the flag's name in capitals
(STORECTL_OUTPUT, STORECTL_NO_COLOR, STORECTL_TIMEOUT). A flag goes before the environment.

WHEN is a period, a time or an age: 2026, 2026-11, 2026-11-01, 2026-W45, "2026-11-01 14:30", RFC 3339, 7d, yesterday.
DUR is years, months, weeks, days, hours, minutes and seconds: 1y5mo7d2h, 90s, 10min (m is months).

Exit codes: 0 done, 1 failed, 2 used wrongly, 3 done with findings, 10 no store here, 11 locked or busy,
12 schema must be migrated or is newer, 13 corruption, 14 verification failed, 15 conflict, 130 interrupted.`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:               "storectl",
		Short:             "Keep and show a taskstore",
		Long:              rootHelp,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.begin,
		Args:              cobra.ArbitraryArgs, // group says it better than cobra does
		RunE:              group,
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagMisuse)
	a.globalFlags(root.PersistentFlags())
	root.Flags().Bool("version", false, "the same as storectl version")
	root.SetHelpCommand(helpCommand())
	a.addCommands(root)
	a.completeFlags(root)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() && cmd.RunE == nil {
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, group
		}
	}
	fitHelp(root)
	return root
}

func (a *app) globalFlags(f *pflag.FlagSet) {
	f.StringVar(&a.opt.store, "store", "", "the store's `DIR` (STORECTL_STORE; default "+defaultStore(a.Env, runtime.GOOS)+")")
	f.VarP(&a.Form, "output", "o", "output `FORM`: table, vertical, json, ndjson, csv or tsv")
	f.BoolVar(&a.opt.json, "json", false, "the same as -o json")
	f.BoolVarP(&a.Quiet, "quiet", "q", false, "nothing on stderr but errors")
	f.BoolVarP(&a.opt.verbose, "verbose", "v", false, "tell on stderr what is being done")
	f.BoolVar(&a.NoColor, "no-color", false, "no colours (also NO_COLOR)")
	f.BoolVar(&a.NoProgress, "no-progress", false, "no progress bars")
	f.BoolVarP(&a.Yes, "yes", "y", false, "answer yes to every question")
	f.BoolVar(&a.NoInput, "no-input", false, "never ask; stop where a question would be asked")
	f.StringVar(&a.opt.timeout, "timeout", "", "give up after `DUR`: 90s, 30min, 1h, 1d")
	f.StringVar(&a.opt.logFormat, "log-format", "text", "`FORM` of the log on stderr: text or json")
	f.BoolVar(&a.Raw, "raw", false, "csv and tsv for programs: without the ' before what a spreadsheet would run as a formula; bytes to a terminal as they are")
	f.BoolVar(&a.opt.readOnly, "read-only", false, "change nothing, refuse commands that would")
	_ = cobra.MarkFlagDirname(f, "store")
}

// begin checks the global flags before any command runs.
func (a *app) begin(cmd *cobra.Command, _ []string) error {
	a.started = true
	if err := a.flagsFromEnvironment(cmd.Root().PersistentFlags()); err != nil {
		return err
	}
	if err := a.checkOptions(cmd); err != nil {
		return err
	}
	if err := checkValues(cmd); err != nil {
		return err
	}
	if a.opt.timeout != "" {
		limit, err := when.ParseTimeout(a.opt.timeout, a.Now())
		if err != nil {
			return misuse("examples: 90s, 30min, 2h, 1d", "--timeout: %v", err)
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), limit)
		a.cancelTime = cancel
		cmd.SetContext(ctx)
	}
	a.watch(cmd.Context())
	a.log = a.newLogger()
	a.sayZone()
	return nil
}

func (a *app) endTimeout() {
	if a.cancelTime != nil {
		a.cancelTime()
	}
}

// flagsFromEnvironment gives every global flag that is not on the command line the value of its variable.
func (a *app) flagsFromEnvironment(flags *pflag.FlagSet) error {
	var problem error
	flags.VisitAll(func(flag *pflag.Flag) {
		name := "STORECTL_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value := a.Env[name]
		if value == "" || flag.Changed || problem != nil || (flag.Name == "json" && flags.Changed("output")) ||
			(flag.Name == "output" && flags.Changed("json")) {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			problem = misuse("unset "+name+" or give it a value that --"+flag.Name+" takes", "%s=%s: not a value for --%s", name, value, flag.Name)
		}
	})
	return problem
}

func (a *app) checkOptions(cmd *cobra.Command) error {
	output := cmd.Root().PersistentFlags().Lookup("output")
	if a.opt.json {
		if output.Changed && a.Form != term.JSON {
			return misuse("use one of them", "--json and -o %s exclude each other", a.Form)
		}
		a.Form = term.JSON
	}
	if !a.Form.Known() {
		form := a.Form
		a.Form = term.Table
		return misuse("forms: "+strings.Join(term.Forms(), ", "), "-o %s: there is no such output form", form)
	}
	if a.opt.logFormat != "text" && a.opt.logFormat != "json" {
		return misuse("forms: text, json", "--log-format %s: there is no such form", a.opt.logFormat)
	}
	if a.Quiet && a.opt.verbose {
		return misuse("use one of them", "--quiet and --verbose exclude each other")
	}
	return nil
}

func (a *app) newLogger() *slog.Logger {
	level := slog.LevelWarn
	switch {
	case a.opt.verbose:
		level = slog.LevelDebug
	case a.Quiet:
		level = slog.LevelError
	}
	options := &slog.HandlerOptions{Level: level}
	if a.opt.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, options))
}

// group is the run function of a command that only holds others.
func group(cmd *cobra.Command, args []string) error {
	if asked, err := cmd.Flags().GetBool("version"); err == nil && asked && len(args) == 0 {
		found, _, err := cmd.Find([]string{"version"})
		if err != nil {
			return err
		}
		return found.RunE(cmd, nil)
	}
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := helpHint(cmd)
	if names := schema.Nearest(args[0], cmd.SuggestionsFor(args[0])); len(names) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + names[0] + "? " + hint
	}
	return misuse(hint, "%sthere is no command %q", commandName(cmd), args[0])
}

// helpCommand is cobra's, but for the exit code when there is no such command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show how a command is used",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return misuse(helpHint(cmd.Root()), "help: there is no command %q", strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// commandName is what an error of a command begins with: "migrate up: ", and nothing for storectl itself.
func commandName(cmd *cobra.Command) string {
	_, name, found := strings.Cut(cmd.CommandPath(), " ")
	if !found {
		return ""
	}
	return name + ": "
}

func helpHint(cmd *cobra.Command) string {
	return cmd.CommandPath() + " --help shows how it is used"
}
