package sqlsh

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"taskstore/cmd/storectl/internal/term"
)

// dotCommands are the commands of the shell, and what they do.
var dotCommands = []struct{ name, use, does string }{
	{".tables", ".tables [PATTERN]", "the tables and views; PATTERN may hold * and ?"},
	{".schema", ".schema [TABLE]", "what the tables mean; of TABLE its columns and DDL"},
	{".mode", ".mode [FORM]", "the form of what is printed: table, line, json, ndjson, csv or tsv"},
	{".explain", ".explain on|off|SQL", "show how SQLite runs each statement, or this one"},
	{".help", ".help", "this list"},
	{".quit", ".quit", "end the shell; also .exit, Ctrl-D"},
}

// dot runs a command that begins with a dot.
func (s *shell) dot(ctx context.Context, line string) (done bool, err error) {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(name) {
	case ".quit", ".exit":
		return true, nil
	case ".help":
		return false, s.help()
	case ".tables":
		return false, s.listTables(rest)
	case ".schema":
		return false, s.showSchema(strings.TrimSuffix(rest, ";"))
	case ".mode":
		return false, s.mode(rest)
	case ".explain":
		return false, s.explainWhat(ctx, rest)
	}
	return false, term.Misuse(".help tells the commands", "shell: there is no command %s", name)
}

func (s *shell) help() error {
	var text strings.Builder
	for _, c := range dotCommands {
		fmt.Fprintf(&text, "%-20s %s\n", c.use, c.does)
	}
	text.WriteString("Anything else is SQL; a semicolon ends it.\n")
	_, err := io.WriteString(s.app.Stdout, text.String())
	return err
}

func (s *shell) listTables(pattern string) error {
	var some []Table
	for _, t := range s.tables {
		if pattern == "" {
			some = append(some, t)
			continue
		}
		match, err := path.Match(strings.ToLower(pattern), strings.ToLower(t.Name))
		if err != nil {
			return term.Misuse("for example .tables note*", "shell: %s is no pattern", pattern)
		}
		if match {
			some = append(some, t)
		}
	}
	return s.app.PrintTables(some)
}

func (s *shell) showSchema(name string) error {
	if name == "" {
		return s.app.PrintTables(s.tables)
	}
	i := slices.IndexFunc(s.tables, func(t Table) bool { return strings.EqualFold(t.Name, name) })
	if i < 0 {
		return &term.Failure{Kind: "not_found", Exit: term.ExitFailed, Message: fmt.Sprintf("shell: there is no table or view %q", name), Hint: ".tables lists them"}
	}
	return s.app.PrintTable(s.tables[i])
}

func (s *shell) mode(form string) error {
	switch form {
	case "":
		_, err := fmt.Fprintln(s.app.Stdout, s.app.Form)
		return err
	case "line":
		s.app.Form = term.Vertical
		return nil
	}
	if f := term.Form(form); f.Known() {
		s.app.Form = f
		return nil
	}
	return term.Misuse("forms: "+strings.Join(term.Forms(), ", ")+", line", "shell: there is no form %q", form)
}

func (s *shell) explainWhat(ctx context.Context, rest string) error {
	switch rest {
	case "on", "off":
		s.explain = rest == "on"
		return nil
	case "":
		return term.Misuse(".explain on, .explain off, or .explain SELECT ...", "shell: .explain of what?")
	}
	return s.query(ctx, strings.TrimRight(rest, "; "), true)
}

var sqlKeywords = strings.Fields(`SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT INNER CROSS ON USING AS AND OR NOT IN IS NULL
	LIKE GLOB BETWEEN EXISTS CASE WHEN THEN ELSE END DISTINCT COUNT SUM MIN MAX AVG UNION ALL INTERSECT EXCEPT WITH RECURSIVE VALUES
	INSERT INTO UPDATE SET DELETE REPLACE ASC DESC COLLATE NOCASE CAST EXPLAIN QUERY PLAN PRAGMA json_extract json_each group_concat
	coalesce substr length lower upper strftime datetime`)

// complete completes the word before the cursor: commands at the beginning of a
// line, else columns of the tables that the line names, tables, keywords.
func (s *shell) complete(line string, at int) (head string, offers []string, tail string) {
	runes := []rune(line)
	at = min(at, len(runes))
	before, tail := string(runes[:at]), string(runes[at:])
	begin := len(before)
	for begin > 0 && (isNameByte(before[begin-1]) || before[begin-1] == '.') {
		begin--
	}
	head, word := before[:begin], before[begin:]
	if strings.TrimSpace(head) == "" && strings.HasPrefix(word, ".") && s.pending.Len() == 0 {
		for _, c := range dotCommands {
			offers = appendIfBegins(offers, c.name+" ", word)
		}
		return head, offers, tail
	}
	qualifier := ""
	if dot := strings.LastIndexByte(word, '.'); dot >= 0 {
		qualifier, word = word[:dot+1], word[dot+1:]
	}
	for _, name := range s.names(s.pending.String()+line, qualifier != "") {
		if offers = appendIfBegins(offers, qualifier+name, qualifier+word); len(offers) > 60 {
			break
		}
	}
	return head, offers, tail
}

func appendIfBegins(list []string, name, begin string) []string {
	if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) && !slices.Contains(list, name) {
		return append(list, name)
	}
	return list
}

// names are what a word of the statement may be, the likeliest first.
func (s *shell) names(statement string, onlyColumns bool) []string {
	mentioned := map[string]bool{}
	for _, token := range sqlTokens(statement) {
		mentioned[strings.ToLower(strings.Trim(statement[token.start:token.end], "\"`[]"))] = true
	}
	var columns, tables, others []string
	for _, t := range s.tables {
		tables = append(tables, t.Name)
		for _, c := range t.Columns {
			if mentioned[strings.ToLower(t.Name)] {
				columns = append(columns, c.Name)
			} else {
				others = append(others, c.Name)
			}
		}
	}
	if onlyColumns {
		return slices.Concat(columns, others)
	}
	return slices.Concat(columns, tables, sqlKeywords, others)
}
