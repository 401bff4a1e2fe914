package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskstore/cmd/storectl/internal/term"
	"taskstore/internal/shell"
	"taskstore/schema"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagMisuse is what is wrong with a flag, in words of people and not of the packages that read it.
func flagMisuse(cmd *cobra.Command, err error) error {
	hint := helpHint(cmd)
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	near := ""
	if ok && unknown.GetSpecifiedShortnames() == "" {
		near = nearFlag(cmd, unknown.GetSpecifiedName())
	}
	if near != "" {
		hint = "did you mean --" + near + "? " + hint
	}
	if ok && near == "" && strings.Contains(cmd.Use, " ") {
		hint = "what begins with - and is no flag goes after --; " + hint
	}
	problem := term.OneLine(err.Error())
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		problem = fmt.Sprintf("--%s %s: %s", wrong.GetFlag().Name, shell.Quote(wrong.GetValue()), valueProblem(wrong))
	}
	return misuse(hint, "%s%s", commandName(cmd), problem)
}

// valueProblem says what was wanted instead of a value.
func valueProblem(wrong *pflag.InvalidValueError) string {
	switch kind := wrong.GetFlag().Value.Type(); {
	case errors.Is(wrong, strconv.ErrRange):
		return "the number is too large"
	case strings.HasPrefix(kind, "int"):
		return "a whole number is wanted, such as 10"
	case strings.HasPrefix(kind, "uint"):
		return "a whole number is wanted, such as 10, and not one below 0"
	case kind == "bool":
		return "true or false is wanted"
	}
	return term.OneLine(wrong.Unwrap().Error())
}

// nearFlag is the flag that may have been meant; "" is none.
func nearFlag(cmd *cobra.Command, typed string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && schema.IsNear(typed, f.Name) {
			names = append(names, f.Name)
		}
	})
	return append(schema.Nearest(typed, names), "")[0]
}

// wordMisuse is what is wrong with the number of words behind a command. err is cobra's, which counts "arg(s)".
func wordMisuse(cmd *cobra.Command, err error) error {
	text, hint := err.Error(), helpHint(cmd)
	var least, most, got int
	problem := "too few words"
	switch {
	case !strings.Contains(text, "arg(s)") && !strings.HasPrefix(text, "unknown command"):
		return misuse(hint, "%s%s", commandName(cmd), term.OneLine(text))
	case strings.HasPrefix(text, "unknown command"), strings.HasPrefix(text, "accepts at most"):
		problem = "too many words"
	case scanned(text, "accepts %d arg(s), received %d", &most, &got), scanned(text, "accepts between %d and %d arg(s), received %d", &least, &most, &got):
		if got > most {
			problem = "too many words"
		}
	}
	if words := strings.Fields(cmd.Use); len(words) > 1 && words[1] == "KIND" && got == 0 {
		hint = "kinds: " + kindNames() + "; " + hint
	}
	return misuse(hint, "%s%s: it is used as %s", commandName(cmd), problem, strings.TrimSuffix(cmd.UseLine(), " [flags]"))
}

func scanned(text, form string, into ...any) bool {
	n, err := fmt.Sscanf(text, form, into...)
	return err == nil && n == len(into)
}

// checkValues refuses a flag that was given nothing: a script whose variable is empty must not get everything, restore
// into another place, or leave unsealed what it wants sealed. The cursor of a first page is empty.
func checkValues(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		list, several := f.Value.(pflag.SliceValue)
		if several {
			values = list.GetSlice()
		}
		if err != nil || !several && f.Value.Type() != "string" || f.Name == "after" || f.Name == "before" {
			return
		}
		if len(values) == 0 || slices.ContainsFunc(values, func(value string) bool { return strings.TrimSpace(value) == "" }) {
			err = misuse("leave the flag out, or give it a value", "%s--%s: a value is empty", commandName(cmd), f.Name)
		}
	})
	return err
}

// nameList is the value of a flag that takes a,b and may be given again. Nothing in it is quoted.
type nameList struct{ list *[]string }

func (n nameList) String() string {
	if n.list == nil {
		return ""
	}
	return strings.Join(*n.list, ",")
}

func (n nameList) Set(text string) error {
	return n.Replace(append(n.GetSlice(), strings.Split(text, ",")...))
}

func (n nameList) Type() string { return "strings" }

func (n nameList) Append(word string) error { return n.Replace(append(n.GetSlice(), word)) }

func (n nameList) Replace(list []string) error {
	*n.list = list
	return nil
}

func (n nameList) GetSlice() []string { return *n.list }
