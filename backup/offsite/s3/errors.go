package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"taskstore/backup/offsite"

	"github.com/minio/minio-go/v7"
)

// failed says in the words of package offsite what a server or the network said. what is the
// verb for what was tried.
func (b *bucket) failed(ctx context.Context, what, name string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := &offsite.Error{Place: b.String(), Object: name}
	var said minio.ErrorResponse
	switch {
	case errors.As(err, &said) && said.StatusCode == 0 && said.Code == "":
		e.Why = fmt.Errorf("%w: %s: %w", offsite.ErrRefused, what, err)
	case errors.As(err, &said):
		e.Why, e.Advice = b.said(what, said)
	default:
		e.Why, e.Advice = b.network(what, err)
	}
	return e
}

// said reads the answer of a server.
func (b *bucket) said(what string, r minio.ErrorResponse) (why error, advice string) {
	text := strings.TrimSpace(strings.TrimSuffix(r.Code+": "+r.Message, ": "))
	if r.StatusCode != 0 && !strings.Contains(text, fmt.Sprint(r.StatusCode)) {
		text = fmt.Sprintf("%s (%d)", text, r.StatusCode)
	}
	is := func(sentinel error) error { return fmt.Errorf("%w: %s: %s", sentinel, what, text) }
	switch r.Code {
	case "NoSuchBucket":
		return is(offsite.ErrNoTarget), "make the bucket " + b.at.Bucket + " there first, or look at its name, the endpoint and the region"
	case "NoSuchKey", "NotFound":
		return offsite.ErrNotThere, ""
	case "PreconditionFailed", "ConditionalRequestConflict":
		return offsite.ErrExists, ""
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId":
		return is(offsite.ErrDenied), "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at AWS_PROFILE in ~/.aws/credentials"
	case "RequestTimeTooSkewed", "RequestExpired":
		return is(offsite.ErrRefused), "the clock of this machine is wrong by more than the server allows: set it"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException", "InvalidRegion":
		if r.Region != "" {
			return is(offsite.ErrRefused), "the bucket is in another region: add region=" + r.Region + " to the address"
		}
		return is(offsite.ErrRefused), "the bucket is in another region, or at another endpoint: give region= in the address"
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "RequestTimeout", "InternalError", "BadDigest", "IncompleteBody", "OperationAborted":
		return is(offsite.ErrBusy), "try again later; what has arrived is not sent again"
	case "InvalidRange":
		return io.EOF, ""
	}
	switch code := r.StatusCode; {
	case code == http.StatusNotFound:
		return offsite.ErrNotThere, ""
	case code == http.StatusPreconditionFailed:
		return offsite.ErrExists, ""
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return is(offsite.ErrDenied), "these keys may not " + what + " there: allow " + rights[what] + " on " + b.at.Bucket + "/" + b.prefix + "*"
	case code == http.StatusTooManyRequests, code >= 500:
		return is(offsite.ErrBusy), "try again later; what has arrived is not sent again"
	case code/100 == 3:
		return is(offsite.ErrRefused), "the bucket is in another region, or at another endpoint: give region= in the address"
	}
	return is(offsite.ErrRefused), "look at the endpoint, the region and the bucket of the address"
}

// rights are what a server calls what was tried.
var rights = map[string]string{"put": "s3:PutObject", "get": "s3:GetObject", "look at": "s3:GetObject", "list": "s3:ListBucket", "delete": "s3:DeleteObject"}

// network reads an error that is no answer. An address in it may hold a signature: only what
// happened is told.
func (b *bucket) network(what string, err error) (why error, advice string) {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return fmt.Errorf("%w: %s: %w", offsite.ErrBusy, what, err), "look at the endpoint of the address, and whether the network is there"
	}
	return fmt.Errorf("%w: %s: %w", offsite.ErrBusy, what, err), "look whether the network is there, and try again; what has arrived is not sent again"
}
