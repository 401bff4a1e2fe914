// Package s3 keeps objects in a bucket of anything that speaks S3. It asks for as
// little as servers have in common: whole objects of a few MB with their MD5,
// path-style addresses where the endpoint is not Amazon's, one condition
// (If-None-Match) that package offsite tries before it counts on it.
//
// The keys come from the environment and the files that every S3 tool reads:
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or
// ~/.aws/credentials with AWS_PROFILE. They are in no error and no log.
package s3

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"
	"time"

	"taskstore/backup/offsite/shelf"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket is the objects under a prefix of a bucket.
type bucket struct {
	at     shelf.Address
	prefix string // "" or with a slash at its end
	core   minio.Core
	rate   *shelf.Throttle
}

const (
	amazon        = "s3.amazonaws.com"
	defaultRegion = "us-east-1"
)

// Open names the objects of an address. Nothing is asked yet.
func Open(at shelf.Address, rate *shelf.Throttle) (shelf.Objects, error) {
	b := &bucket{at: at, rate: rate}
	if at.Prefix != "" {
		b.prefix = at.Prefix + "/"
	}
	endpoint, secure := cmp.Or(at.Endpoint, amazon), true
	if rest, ok := strings.CutPrefix(endpoint, "http://"); ok {
		endpoint, secure = rest, false
	}
	endpoint = strings.TrimPrefix(endpoint, "https://")
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.ResponseHeaderTimeout = 2 * time.Minute // a piece is a few MB: who is silent for so long is gone
	client, err := minio.New(endpoint, &minio.Options{
		Creds:        keys(),
		Secure:       secure,
		Region:       region(at),
		BucketLookup: lookups[at.Style],
		MaxRetries:   1, // package shelf tries again
		Transport:    &throttled{transport, rate},
	})
	if err != nil {
		return nil, &shelf.Error{Place: at.String(), Why: fmt.Errorf("%w: %w", shelf.ErrRefused, err), Advice: "look at the endpoint and the region of the address"}
	}
	b.core = minio.Core{Client: client}
	return b, nil
}

var lookups = map[string]minio.BucketLookupType{"": minio.BucketLookupAuto, "path": minio.BucketLookupPath, "virtual": minio.BucketLookupDNS}

// keys are looked for where every S3 tool looks.
func keys() *credentials.Credentials {
	return credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.EnvMinio{}})
}

// region is what requests are signed for. Amazon is asked where the bucket is; others mostly
// have one region and take the usual name for it.
func region(at shelf.Address) string {
	known := cmp.Or(at.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if known == "" && at.Endpoint != "" {
		return defaultRegion
	}
	return known
}

// throttled holds back the bodies of requests and answers.
type throttled struct {
	next http.RoundTripper
	rate *shelf.Throttle
}

func (t *throttled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = body{t.rate.Up(r.Context(), r.Body), r.Body}
	}
	answer, err := t.next.RoundTrip(r)
	if err == nil {
		answer.Body = body{t.rate.Down(r.Context(), answer.Body), answer.Body}
	}
	return answer, err
}

type body struct {
	io.Reader
	io.Closer
}

func (b *bucket) String() string { return b.at.String() }

// Put sends the MD5 with the bytes, which the server holds them against and which buckets with
// object lock insist on.
func (b *bucket) Put(ctx context.Context, name string, content []byte, ifAbsent bool) error {
	opt := minio.PutObjectOptions{SendContentMd5: true, DisableMultipart: true, ContentType: "application/octet-stream"}
	opt.DisableContentSha256 = len(content) == 0 // signed chunks of nothing have no length, which some servers insist on
	if ifAbsent {
		opt.SetMatchETagExcept("*")
	}
	_, err := b.core.Client.PutObject(ctx, b.at.Bucket, b.prefix+name, bytes.NewReader(content), int64(len(content)), opt)
	return b.failed(ctx, "put", name, err)
}

func (b *bucket) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	var opt minio.GetObjectOptions
	if from > 0 {
		if err := opt.SetRange(from, 0); err != nil {
			return nil, err
		}
	}
	r, _, _, err := b.core.GetObject(ctx, b.at.Bucket, b.prefix+name, opt)
	if err != nil {
		return nil, b.failed(ctx, "get", name, err)
	}
	return &answer{r, b, ctx, name}, nil
}

// answer tells in the words of package shelf that it was cut.
type answer struct {
	io.ReadCloser
	b    *bucket
	ctx  context.Context
	name string
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = a.b.failed(a.ctx, "get", a.name, err)
	}
	return n, err
}

func (b *bucket) Stat(ctx context.Context, name string) (shelf.Object, error) {
	info, err := b.core.StatObject(ctx, b.at.Bucket, b.prefix+name, minio.StatObjectOptions{})
	if err != nil {
		return shelf.Object{}, b.failed(ctx, "look at", name, err)
	}
	return b.object(info), nil
}

func (b *bucket) object(info minio.ObjectInfo) shelf.Object {
	o := shelf.Object{Name: strings.TrimPrefix(info.Key, b.prefix), Size: info.Size, At: info.LastModified}
	if tag := strings.Trim(info.ETag, `"`); isMD5(tag) && !otherTag(info.Metadata) {
		o.MD5 = tag
	}
	return o
}

// otherTag tells that the tag of an object is as long as an MD5, and is none of its bytes: it was
// sealed by the server with a key of its own store of keys, or one that was sent.
func otherTag(h http.Header) bool {
	return strings.HasPrefix(h.Get("X-Amz-Server-Side-Encryption"), "aws:kms") || h.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") != ""
}

func isMD5(tag string) bool { return len(tag) == 32 && strings.Trim(tag, "0123456789abcdef") == "" }

func (b *bucket) List(ctx context.Context, prefix, after string) iter.Seq2[shelf.Object, error] {
	return func(yield func(shelf.Object, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		opt := minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true}
		if after != "" {
			opt.StartAfter = b.prefix + after
		}
		for info := range b.core.Client.ListObjectsIter(ctx, b.at.Bucket, opt) {
			if info.Err != nil {
				yield(shelf.Object{}, b.failed(ctx, "list", "", info.Err))
				return
			}
			if !yield(b.object(info), nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(shelf.Object{}, err)
		}
	}
}

func (b *bucket) Delete(ctx context.Context, name string) error {
	err := b.failed(ctx, "delete", name, b.core.RemoveObject(ctx, b.at.Bucket, b.prefix+name, minio.RemoveObjectOptions{}))
	if errors.Is(err, shelf.ErrNotThere) {
		return nil
	}
	return err
}
