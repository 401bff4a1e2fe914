package check

import (
	"fmt"

	"taskstore/internal/sqlitedb"
)

// checker does one job of a check.
type checker struct {
	s        *Checks
	q        *sqlitedb.Tx
	opt      Options
	tally    *tally
	looked   int64 // at things that are not in tally yet
	problems []Problem
	room     int64 // how many rows a table can have at most; 0: not known
	// unnamed are the problems of rows whose owner's id is not known yet, by its key.
	unnamed map[int64][]int
	// tap, if set, is given the values of every row that is checked, in a fixed order.
	tap func(collection, table string, vals []any)
}

func (c *checker) found(p Problem) { c.problems = append(c.problems, p) }

// stepSize is how many things are counted at a time.
const stepSize = 64

// step counts one thing as looked at.
func (c *checker) step(area string) {
	if c.looked++; c.looked == stepSize {
		c.count(area)
	}
}

// fits tells whether the file has room for as many rows of a table as were read.
func (c *checker) fits(rows int64) error {
	if c.room > 0 && rows > c.room {
		return fmt.Errorf("%w: a table has more rows than the file has room for: pages of it are read again and again", sqlitedb.ErrCorrupt)
	}
	return nil
}

// count hands over what was counted.
func (c *checker) count(area string) {
	if c.looked > 0 {
		c.tally.add(area, c.looked)
		c.looked = 0
	}
}
