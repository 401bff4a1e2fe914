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

	"taskstore/backup/offsite/shelf"

	"github.com/minio/minio-go/v7"
)

// failed says in the words of package shelf what a server or the network said. what is the
// verb for what was tried.
func (b *bucket) failed(ctx context.Context, what, name string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := &shelf.Error{Place: b.String(), Object: name}
	var said minio.ErrorResponse
	switch {
	case errors.As(err, &said) && said.StatusCode == 0 && said.Code == "":
		e.Why = fmt.Errorf("%w: %s: %w", shelf.ErrRefused, what, err)
	case errors.As(err, &said):
		e.Advice, e.Why = b.said(what, said)
	default:
		e.Advice, e.Why = b.network(what, err)
	}
	return e
}

// said reads the answer of a server.
func (b *bucket) said(what string, r minio.ErrorResponse) (advice string, why error) {
	text := strings.TrimSpace(strings.TrimSuffix(r.Code+": "+r.Message, ": "))
	if r.StatusCode != 0 && !strings.Contains(text, fmt.Sprint(r.StatusCode)) {
		text = fmt.Sprintf("%s (%d)", text, r.StatusCode)
	}
	is := func(sentinel error) error { return fmt.Errorf("%w: %s: %s", sentinel, what, text) }
	switch r.Code {
	case "NoSuchBucket":
		return "make the bucket " + b.at.Bucket + " there first, or look at its name, the endpoint and the region", is(shelf.ErrNoTarget)
	case "NoSuchKey", "NotFound":
		return "", shelf.ErrNotThere
	case "PreconditionFailed", "ConditionalRequestConflict":
		return "", shelf.ErrExists
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId":
		return "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at AWS_PROFILE in ~/.aws/credentials", is(shelf.ErrDenied)
	case "RequestTimeTooSkewed", "RequestExpired":
		return "the clock of this machine is wrong by more than the server allows: set it", is(shelf.ErrRefused)
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException", "InvalidRegion":
		if r.Region != "" {
			return "the bucket is in another region: add region=" + r.Region + " to the address", is(shelf.ErrRefused)
		}
		return "the bucket is in another region, or at another endpoint: give region= in the address", is(shelf.ErrRefused)
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "RequestTimeout", "InternalError", "BadDigest", "IncompleteBody", "OperationAborted":
		return "try again later; what has arrived is not sent again", is(shelf.ErrBusy)
	case "InvalidRange":
		return "", io.EOF
	}
	switch code := r.StatusCode; {
	case code == http.StatusNotFound:
		return "", shelf.ErrNotThere
	case code == http.StatusPreconditionFailed:
		return "", shelf.ErrExists
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return "these keys may not " + what + " there: allow " + rights[what] + " on " + b.at.Bucket + "/" + b.prefix + "*", is(shelf.ErrDenied)
	case code == http.StatusTooManyRequests, code >= 500:
		return "try again later; what has arrived is not sent again", is(shelf.ErrBusy)
	case code/100 == 3:
		return "the bucket is in another region, or at another endpoint: give region= in the address", is(shelf.ErrRefused)
	}
	return "look at the endpoint, the region and the bucket of the address", is(shelf.ErrRefused)
}

// rights are what a server calls what was tried.
var rights = map[string]string{"put": "s3:PutObject", "get": "s3:GetObject", "look at": "s3:GetObject", "list": "s3:ListBucket", "delete": "s3:DeleteObject"}

// network reads an error that is no answer. An address in it may hold a signature: only what
// happened is told.
func (b *bucket) network(what string, err error) (advice string, why error) {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return "look at the endpoint of the address, and whether the network is there", fmt.Errorf("%w: %s: %w", shelf.ErrBusy, what, err)
	}
	return "look whether the network is there, and try again; what has arrived is not sent again", fmt.Errorf("%w: %s: %w", shelf.ErrBusy, what, err)
}
