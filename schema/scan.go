package schema

// scan looks through the whole text for numbers and escapes that a float64 or a
// Go string cannot hold, and for great depth; one warning of each kind is enough.
func (d *decoder) scan(raw []byte) {
	depth, deepest := 0, 0
	var big, lone string
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			end := stringEnd(raw, i)
			if lone == "" && hasLoneSurrogate(raw[i:end]) {
				lone = "a string"
			}
			i = end - 1
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(raw) && raw[end] != ',' && raw[end] != '}' && raw[end] != ']' {
				end++
			}
			if big == "" && !fitsFloat(raw[i:end]) {
				big = cut(string(raw[i:end]), 40)
			}
			i = end - 1
		}
	}
	if big != "" {
		d.warn(WarnBigInteger, "", big)
	}
	if lone != "" {
		d.warn(WarnLoneSurrogate, "", lone)
	}
	if deepest > 1000 {
		d.warn(WarnDeepNesting, "", "")
	}
}

// fitsFloat tells whether JavaScript would write the number with the same digits.
func fitsFloat(raw []byte) bool {
	if len(raw) < 16 {
		plain := true
		for _, c := range raw {
			plain = plain && c != 'e' && c != 'E'
		}
		if plain && string(raw) != "-0" {
			return true
		}
	}
	_, exact, ok := readFloat(raw)
	return ok && exact
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
