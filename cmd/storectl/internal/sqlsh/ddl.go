package sqlsh

import "strings"

// ddlComments are what the comments inside a CREATE statement say: about the table or view, and about each column, by
// the position of the column.
type ddlComments struct {
	table   string
	columns []string
}

// parseDDL reads the comments of a CREATE TABLE or CREATE VIEW statement as SQLite keeps it. A comment on the line of
// a column belongs to that column, also after its comma; one on lines of its own to the column below. What stands
// before the opening parenthesis or on its line describes the table; so does the block above a first column that has
// a comment of its own, and the only block above the first column.
func parseDDL(ddl string) ddlComments {
	parser := ddlParser{sql: ddl}
	for _, token := range sqlTokens(ddl) {
		parser.see(token)
	}
	parser.settle()
	return parser.found
}

type ddlParser struct {
	sql     string
	found   ddlComments
	view    bool
	opened  bool     // inside the list of columns
	closed  bool     // behind it
	depth   int      // parentheses inside the list
	content bool     // the column at hand has text already
	lastEnd int      // end of the last token that was no comment
	pending []string // comments on lines of their own
}

func (p *ddlParser) see(token sqlToken) {
	text := p.sql[token.start:token.end]
	if token.kind == tokenComment {
		p.comment(token, commentText(text))
		return
	}
	word := ""
	if token.kind == tokenWord {
		word = strings.ToUpper(text)
	}
	p.structure(word, text)
	p.lastEnd = token.end
}

func (p *ddlParser) structure(word, text string) {
	switch {
	case p.closed:
	case !p.opened:
		p.view = p.view || word == "VIEW"
		if text == "(" && !p.view || word == "SELECT" && p.view {
			p.opened = true
		}
	case text == "(":
		p.depth++
		p.begin()
	case text == ")" && p.depth == 0, word == "FROM" && p.view && p.depth == 0:
		p.closed = true
	case text == ")":
		p.depth--
	case text == "," && p.depth == 0:
		p.content = false
	default:
		p.begin()
	}
}

// begin notes that a column has begun; what is pending stands above it.
func (p *ddlParser) begin() {
	if p.content {
		return
	}
	p.content = true
	p.found.columns = append(p.found.columns, strings.Join(p.pending, " "))
	p.pending = nil
}

func (p *ddlParser) comment(token sqlToken, text string) {
	sameLine := !strings.Contains(p.sql[p.lastEnd:token.start], "\n")
	columns := len(p.found.columns)
	switch {
	case !p.opened, columns == 0 && sameLine:
		p.found.table = joinText(p.found.table, text)
	case p.closed:
	case sameLine && columns > 0, p.content && columns > 0:
		if columns == 1 && p.found.table == "" {
			p.found.table, p.found.columns[0] = p.found.columns[0], ""
		}
		p.found.columns[columns-1] = joinText(p.found.columns[columns-1], text)
		p.pending = nil
	default:
		p.pending = append(p.pending, text)
		return
	}
	p.lastEnd = token.end
}

// settle gives the table the block above the first column if it has no other comment.
func (p *ddlParser) settle() {
	if p.found.table == "" && len(p.found.columns) > 0 {
		p.found.table, p.found.columns[0] = p.found.columns[0], ""
	}
}

func joinText(a, b string) string { return strings.TrimSpace(a + " " + b) }

// commentText is a comment without its marks, on one line.
func commentText(comment string) string {
	if body, ok := strings.CutPrefix(comment, "--"); ok {
		return strings.TrimSpace(body)
	}
	body := strings.TrimSuffix(strings.TrimPrefix(comment, "/*"), "*/")
	return strings.Join(strings.Fields(body), " ")
}
