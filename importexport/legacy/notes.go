package legacy

// notes are the findings about a file's text. One that is found again, because
// the text is read more than once, is kept once.
type notes struct {
	list []remark
	seen map[remark]bool
}

// remark is one finding: its code, and what was seen.
type remark struct{ code, detail string }

func (n *notes) add(code, detail string) {
	w := remark{code, detail}
	if n.seen[w] {
		return
	}
	if n.seen == nil {
		n.seen = map[remark]bool{}
	}
	n.seen[w] = true
	n.list = append(n.list, w)
}

// has says whether something with this code was found.
func (n *notes) has(code string) bool {
	for _, w := range n.list {
		if w.code == code {
			return true
		}
	}
	return false
}
