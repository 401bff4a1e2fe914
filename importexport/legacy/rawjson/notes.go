package rawjson

// Notes are the findings about a file's text. One that is found again, because
// the text is read more than once, is kept once.
type Notes struct {
	List []remark
	seen map[remark]bool
}

// remark is one finding: its code, and what was seen.
type remark struct{ Code, Detail string }

func (n *Notes) Add(code, detail string) {
	w := remark{code, detail}
	if n.seen[w] {
		return
	}
	if n.seen == nil {
		n.seen = map[remark]bool{}
	}
	n.seen[w] = true
	n.List = append(n.List, w)
}

// Has says whether something with this code was found.
func (n *Notes) Has(code string) bool {
	for _, w := range n.List {
		if w.Code == code {
			return true
		}
	}
	return false
}
