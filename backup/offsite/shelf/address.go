package shelf

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Address says where a target is. It holds no secret, so that it can be shown and kept.
type Address struct {
	Dir string // a directory of objects; "" is a bucket

	Bucket, Prefix string
	Endpoint       string // host, host:port, or with http:// or https:// before it; "" is Amazon's
	Region         string
	Style          string // path or virtual; "" is what the endpoint is known for
}

const (
	dirScheme = "dir:"
	s3Scheme  = "s3://"
)

// IsAddress tells whether a text is meant to be an address of this package, and not the name
// of a directory with a catalog of backups.
func IsAddress(text string) bool {
	return strings.HasPrefix(text, dirScheme) || strings.HasPrefix(text, s3Scheme)
}

var errAddress = errors.New("this is no address of a target")

// AddressAdvice says how an address is written.
const AddressAdvice = "s3://BUCKET/PREFIX?endpoint=HOST&region=REGION, or dir:PATH"

// ParseAddress reads dir:PATH, or s3://BUCKET/PREFIX with ?endpoint=, region= and style=
// after it. One that holds a secret is refused: addresses are shown and written down.
func ParseAddress(text string) (a Address, err error) {
	if path, ok := strings.CutPrefix(text, dirScheme); ok {
		if path == "" {
			return a, fmt.Errorf("%w: %s names no directory", errAddress, text)
		}
		a.Dir, err = filepath.Abs(path)
		return a, err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" {
		return a, fmt.Errorf("%w: it begins with neither %s nor %s", errAddress, s3Scheme, dirScheme)
	}
	if u.User != nil {
		return a, fmt.Errorf("%w: it holds a name or a secret before the bucket; give the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", errAddress)
	}
	a.Bucket, a.Prefix = u.Host, strings.Trim(u.Path, "/")
	if a.Bucket == "" {
		return a, fmt.Errorf("%w: it names no bucket", errAddress)
	}
	if u.Fragment != "" {
		return a, fmt.Errorf("%w: a # ends it", errAddress)
	}
	if slices.Contains(strings.Split(a.Prefix, "/"), "..") {
		return a, fmt.Errorf("%w: .. is no part of a prefix", errAddress)
	}
	return a, a.parameters(u.RawQuery)
}

func (a *Address) parameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("%w: what stands after ? cannot be read", errAddress)
	}
	for name, v := range values {
		switch name {
		case "endpoint":
			a.Endpoint = strings.TrimSuffix(v[0], "/")
			if u, err := url.Parse(a.Endpoint); err == nil && u.User != nil {
				return fmt.Errorf("%w: the endpoint holds a secret", errAddress)
			}
		case "region":
			a.Region = v[0]
		case "style":
			if a.Style = v[0]; a.Style != "path" && a.Style != "virtual" {
				return fmt.Errorf("%w: style is path or virtual", errAddress)
			}
		default:
			return fmt.Errorf("%w: nothing is called %s there; keys are given in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", errAddress, name)
		}
	}
	return nil
}

// String is the address as ParseAddress reads it.
func (a Address) String() string {
	if a.Dir != "" {
		return dirScheme + a.Dir
	}
	text := s3Scheme + a.Bucket
	if a.Prefix != "" {
		text += "/" + a.Prefix
	}
	separator := "?"
	for _, p := range [][2]string{{"endpoint", a.Endpoint}, {"region", a.Region}, {"style", a.Style}} {
		if p[1] != "" {
			text += separator + p[0] + "=" + strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(p[1]), "%3A", ":"), "%2F", "/")
			separator = "&"
		}
	}
	return text
}
