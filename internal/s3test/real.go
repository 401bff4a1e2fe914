package s3test

import (
	"context"
	"fmt"
	"go/build"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"taskstore/internal/durable"
)

// Key and Secret are what real servers are started with.
const (
	Key    = "taskstore-tests"
	Secret = "taskstore-tests-secret"
)

// Keys puts the keys into the environment of a test.
func Keys(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", Secret)
	t.Setenv("AWS_REGION", "")
}

// real is a server that is installed with go install.
type real struct {
	name, install string
	command       func(bin, address, dir string) *exec.Cmd
	objects       string // folder of the bucket's files in dir; "" where they are not files
}

var reals = []real{
	{"versitygw", "github.com/versity/versitygw/cmd/versitygw@v1.8.0", func(bin, address, dir string) *exec.Cmd {
		return exec.Command(bin, "--access", Key, "--secret", Secret, "--port", address, "--quiet", "posix", dir)
	}, Bucket},
	{"gofakes3", "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0", func(bin, address, _ string) *exec.Cmd {
		return exec.Command(bin, "-backend", "memory", "-host", address, "-initialbucket", Bucket)
	}, ""},
}

// Names are the real servers that Start knows.
func Names() (names []string) {
	for _, r := range reals {
		names = append(names, r.name)
	}
	return names
}

// Start starts a real server on loopback until the test ends. Where it is neither in PATH nor where
// go install puts programs, the test is skipped, and says so.
func Start(t *testing.T, name string) Server {
	t.Helper()
	for _, r := range reals {
		if r.name == name {
			return r.start(t)
		}
	}
	t.Fatalf("there is no server %s", name)
	return Server{}
}

func (r real) start(t *testing.T) Server {
	t.Helper()
	bin, err := exec.LookPath(r.name)
	if err != nil {
		bin, err = exec.LookPath(filepath.Join(build.Default.GOPATH, "bin", r.name))
	}
	if err != nil {
		t.Skipf("%s is not installed: go install %s", r.name, r.install)
	}
	dir := t.TempDir()
	if err := durable.MakeDir(filepath.Join(dir, Bucket)); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := r.command(bin, address, dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s := Server{Name: r.name, Endpoint: "http://" + address}
	if r.objects != "" {
		s.Dir = filepath.Join(dir, r.objects)
	}
	waitFor(t, s.Endpoint)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func waitFor(t *testing.T, endpoint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			answer.Body.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatal(fmt.Errorf("the server does not answer: %w", err))
		}
		time.Sleep(20 * time.Millisecond)
	}
}
