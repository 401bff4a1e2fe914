package legacy

// Refusing returns options with which the paths that refuse has an error for cannot be
// read; to root a mode refuses nothing.
func (o Options) Refusing(refuse func(path string) error) Options {
	o.seam.Refuse = refuse
	return o
}

// AtListed and AtStaged return options with which fn is called before the files are
// hashed, and when they are all scanned and no record is stored yet.
func (o Options) AtListed(fn func()) Options { o.seam.Listed = fn; return o }
func (o Options) AtStaged(fn func()) Options { o.seam.Staged = fn; return o }
