package redact

import (
	"slices"

	"taskstore/importexport/legacy/names"
)

// quote handles a quote with this many backslashes before it. An even number
// leaves it a quote of the file itself, an odd one a quote of text in a string.
func (r *redactor) quote(slash int) {
	if slash%2 == 0 {
		slash = 0
	}
	if r.state == blanking && slash > r.opener {
		r.emit('*') // a quote in the secret
		return
	}
	at := slices.Index(r.opened, slash)
	if at >= 0 {
		r.close(at, slash)
	} else {
		r.open(slash)
	}
	r.emit('"')
}

// open begins a string.
func (r *redactor) open(slash int) {
	r.opened = append(r.opened, slash)
	nth := r.texts
	r.texts++
	if r.state == packing {
		r.unpacked()
	}
	if r.state == valued || r.within() || r.plan.forms[nth] && !r.look {
		r.state, r.opener, r.hit = blanking, slash, true
		return
	}
	r.state, r.opener, r.name, r.paired = naming, slash, r.name[:0], r.before == '['
}

// close ends the string at this place of those that are open, and all in it.
func (r *redactor) close(at, slash int) {
	r.opened = r.opened[:at]
	if len(r.inside) > 0 && at < r.nested {
		r.inside = r.inside[:0]
	}
	if r.state == packing {
		taken := r.pack != nil && !r.look
		r.unpacked()
		for range slash {
			if taken {
				r.emit('\\')
			}
		}
	}
	if r.state != naming || slash != r.opener {
		r.state = between
		return
	}
	r.form()
	r.state = between
	if r.secret() {
		r.state = named
	}
}

// secret says whether the string that ends is the name of a secret: by itself, or as the
// data of a record or a log entry that is named so.
func (r *redactor) secret() bool {
	if len(r.name) > names.MaxSecretName {
		return false
	}
	name := string(r.name)
	return names.SecretName(name) || r.armed && (name == "data" || name == "value")
}
