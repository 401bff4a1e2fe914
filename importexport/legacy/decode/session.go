package decode

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/rawjson"
	"taskstore/importexport/legacy/record"
	"taskstore/internal/pattern"

	"github.com/go-json-experiment/json/jsontext"
)

// chunkName finds the part in the path of a file of a chunked session, whichever
// copy of the part the file is.
var chunkName = pattern.Of(`(?:^|/)sessions/[^/]+/(` + names.PartNames + `)(\.compressed)?(?:\.\d{1,16})?(?:\.backup|\.tmp)?\.json(?:\.backup-\d+)?$`)

// PartOf returns the part of a session that the file at a path holds.
func PartOf(path string) (name string, packed, ok bool) {
	m := chunkName.FindStringSubmatch(path)
	if m == nil {
		return "", false, false
	}
	return m[1], m[2] != "", true
}

// addPart notes a file of a chunked session: those of one session are read together.
func (sc *scan) addPart(j job) {
	Put(&sc.parts, j.class.ID, append(sc.parts[j.class.ID], j))
}

// groupLog adds what a log says about the parts of sessions.
func (sc *scan) groupLog(j *journal) {
	for _, path := range j.order {
		if c := j.class(path); c.Form == names.FormChunk {
			Put(&sc.parts, c.ID, append(sc.parts[c.ID], job{class: names.Class{Key: path}, log: j}))
		}
	}
}

// readSessions reads the chunked sessions, if that has not been done.
func (sc *scan) readSessions(ctx context.Context) error {
	parts := sc.parts
	sc.parts = nil
	for _, id := range slices.Sorted(maps.Keys(parts)) {
		if err := sc.session(ctx, id, parts[id]); err != nil {
			return err
		}
	}
	return nil
}

// chunked is a session that is put together from its parts.
//
// Of each part the newest sound text of the application's own counts: that of its
// file, of the compressed twin of it, or of a log entry newer than both. Where there
// is none, the newest sound backup or leftover of a transaction takes its place.
// Every other text that says something else becomes a version of the session that
// holds this part alone; a text that says the same is a redundant copy.
type chunked struct {
	scan  *scan
	id    string // the directory's name
	texts map[string][]*partText
	files []*partText
	used  map[string]*partText
	late  map[string]rawjson.Piece // what a damaged chunk still holds beside its backup
	held  rawjson.Spool            // the texts of the parts, which may be large all together
	seen  map[recordSum]bool
	live  bool
}

// partText is the text of a part as one file or log entry has it.
type partText struct {
	in      *input
	out     *output
	name    string
	packed  bool
	live    bool
	rank    record.Rank
	entry   *logEntry      // nil for a file
	row     *dumpRow       // nil for what is no row of a dump
	log     *journal       // that the entry is of
	path    string         // of the file, or of the one that the entry writes
	raw     jsontext.Value // until it is put into the spool
	kept    rawjson.Piece  // of the text; of a chunk, of its items
	updated int64
	damaged bool
}

// session reads the files of one session and gives the session.
func (sc *scan) session(ctx context.Context, id string, jobs []job) error {
	c := &chunked{scan: sc, id: id, texts: map[string][]*partText{}, used: map[string]*partText{},
		late: map[string]rawjson.Piece{}, seen: map[recordSum]bool{}, held: rawjson.Spool{Dir: sc.src.Scratch}}
	defer c.held.Close()
	for _, j := range jobs {
		switch {
		case j.row != nil:
			c.addRow(j.row)
		case j.file == nil:
			c.addLog(j.log, j.class.Key)
		default:
			c.addFile(j)
		}
	}
	err := c.read(ctx)
	if err == nil {
		err = c.give()
	}
	for _, p := range c.files {
		if err = sc.end(ctx, p.in, p.out, err); err != nil {
			return err
		}
	}
	return err
}

func (c *chunked) addFile(j job) {
	name, packed, _ := PartOf(c.scan.src.Within + j.file.Path)
	p := &partText{name: name, packed: packed, live: j.class.Rank.Live(), rank: j.class.Rank, path: j.file.Path}
	p.in, p.out = c.scan.begin(j.file, j.class)
	c.files = append(c.files, p)
	c.texts[name] = append(c.texts[name], p)
}

// addRow adds a row of a dump.
func (c *chunked) addRow(r *dumpRow) {
	name, packed, _ := PartOf(r.key + ".json")
	p := &partText{name: name, packed: packed, live: r.in.class.Rank.Live(), rank: r.in.class.Rank, path: r.in.file.Path, row: r, in: r.in, out: r.out}
	if r.alone {
		c.files = append(c.files, &partText{in: r.file, out: r.out})
	}
	c.texts[name] = append(c.texts[name], p)
}

// addLog adds what a log says about the file of a part.
func (c *chunked) addLog(log *journal, path string) {
	name, packed, _ := PartOf(path)
	list, effective := log.last(path)
	for i, e := range list {
		p := &partText{in: log.in, out: log.out, name: name, packed: packed, rank: e.rank(), entry: e, log: log, path: path}
		p.live = i == 0 && effective
		c.texts[name] = append(c.texts[name], p)
	}
}

// read reads the texts of all parts and decides which of them count.
func (c *chunked) read(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(c.texts)) {
		list := c.texts[name]
		slices.SortStableFunc(list, func(a, b *partText) int {
			return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(b.age(), a.age()))
		})
		for _, p := range list {
			if err := c.offer(ctx, p); err != nil {
				return err
			}
		}
		if p := c.used[name]; p != nil {
			c.live = c.live || p.live
		}
	}
	return nil
}

// order puts files of the application's own first, then entries of the log that
// took effect, then the rest.
func (p *partText) order() int {
	switch {
	case p.live && p.entry == nil:
		return 0
	case p.live:
		return 1
	}
	return 2
}

func (p *partText) age() int64 {
	switch {
	case p.entry != nil:
		return p.entry.at
	case p.row != nil:
		return p.row.time
	}
	return p.out.time
}

// offer reads a text and takes it as the part's, or gives it as a version.
func (c *chunked) offer(ctx context.Context, p *partText) error {
	have := c.used[p.name]
	if p.entry != nil && p.live {
		p.live = p.log.beats(p.entry, p.log.states[p.path], p.log.has(p.path))
		if p.entry.op == opDelete && p.live && p.name == "metadata" {
			h := record.Hint{Collection: "sessions", ID: c.id, File: p.out.file.Path, Rank: p.out.capped(record.RankWAL), Time: p.entry.at, Deleted: true}
			return p.out.hint(h)
		}
	}
	if p.entry != nil && p.entry.op != opWrite {
		return nil
	}
	if err := p.read(ctx); err != nil {
		return err
	}
	if p.entry == nil {
		c.scan.noteState(p.out)
	}
	if len(p.raw) == 0 || !c.new(p) {
		return nil
	}
	if err := c.keep(p); err != nil {
		return err
	}
	switch {
	case have == nil, have.damaged && !p.damaged, p.live && !p.damaged && (p.entry != nil || p.age() > have.age()):
		c.used[p.name] = p
	default:
		have, p = p, nil
	}
	if have == nil {
		return nil
	}
	if p != nil && have.damaged && isChunk(p.name) {
		c.late[p.name] = have.kept
		return nil
	}
	raw, err := c.held.Load(nil, have.kept)
	if err != nil {
		return err
	}
	return c.version(have, partRecord(c.id, have.name, raw), "")
}

// keep puts the text of a part into the spool: of a chunk its items. What else a chunk
// holds stays in quarantine, with its file or the log.
func (c *chunked) keep(p *partText) (err error) {
	text := p.raw
	if p.raw = nil; isChunk(p.name) {
		for _, name := range c.strangers(p.name, text) {
			p.out.warn("unknown-field", c.id, p.name+"/"+name)
			p.out.keep("holds more than the items of the session")
		}
		text = chunkItems(p.name, text)
	}
	p.kept, err = c.held.Add(text)
	return err
}

// new says whether a text of a part says something that no other text of it said.
func (c *chunked) new(p *partText) bool {
	sum := sumRecord(&record.Candidate{Collection: p.name, Raw: p.raw})
	if c.seen[sum] {
		return false
	}
	c.seen[sum] = true
	return true
}

// version gives a record that holds a part of the session alone, which stands at a place
// in the file; "" is the whole.
func (c *chunked) version(p *partText, raw jsontext.Value, pointer string) error {
	return p.candidate(record.Candidate{Collection: "sessions", ID: c.id, Pointer: pointer, Raw: raw, Updated: p.updated, Part: true, Damaged: p.damaged}, p.rank, p.age())
}

// candidate gives a record that came out of the text.
func (p *partText) candidate(r record.Candidate, rank record.Rank, at int64) error {
	if p.entry != nil {
		p.log.reset(p.entry, rank)
		defer p.log.reset(nil, 0)
	}
	if p.row != nil {
		return p.row.inside(func() error { return p.ranked(r, rank, at) })
	}
	return p.ranked(r, rank, at)
}

func (p *partText) ranked(r record.Candidate, rank record.Rank, at int64) error {
	p.out.rank, p.out.time = p.out.capped(rank), at
	return p.out.candidate(r)
}

// isChunk says whether a part is one of several that hold a list together.
func isChunk(name string) bool { return strings.Contains(name, "/") }

// chunkOrder sorts the names of chunks by their numbers.
func chunkOrder(a, b string) int {
	return cmp.Or(cmp.Compare(chunkNumber(a), chunkNumber(b)), strings.Compare(a, b))
}

func chunkNumber(name string) int {
	n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	return n
}
