package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const testTimeout = 10 * time.Second

// TestMain lets the tests start this binary as the target itself, to test what only a process has: flags and signals.
func TestMain(m *testing.M) {
	if os.Getenv("TARGET_GO_RUN_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

func newTestHub(t *testing.T) *hub {
	t.Helper()
	clock, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	return newHub(clock, newMetrics())
}

func startApp(t *testing.T) (*hub, *httptest.Server) {
	t.Helper()
	hub := newTestHub(t)
	server := httptest.NewServer(newApp(hub, nil))
	t.Cleanup(func() {
		hub.close(testTimeout)
		server.Close()
	})
	return hub, server
}

func startRaw(t *testing.T) net.Addr {
	t.Helper()
	hub := newTestHub(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = serveRaw(hub, listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		hub.close(testTimeout)
	})
	return listener.Addr()
}

func dialPush(t *testing.T, server *httptest.Server, query string) *websocket.Conn {
	t.Helper()
	socket, _, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1)+"/push?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetReadDeadline(time.Now().Add(testTimeout)); err != nil {
		t.Fatal(err)
	}
	return socket
}

func get(t *testing.T, address string) *http.Response {
	t.Helper()
	response, err := (&http.Client{Timeout: testTimeout}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// recorder is a transport that keeps what it was given.
type recorder struct {
	messages [][]byte
}

func (r *recorder) send(message []byte) error {
	r.messages = append(r.messages, append([]byte(nil), message...))
	return nil
}
func (r *recorder) farewell(int, string) {}
func (r *recorder) abort()               {}

// write empties a connection's channel as its goroutine would.
func write(t *testing.T, connection *connection) {
	t.Helper()
	for {
		select {
		case due := <-connection.queue:
			if err := connection.writeBatch(due); err != nil {
				t.Fatal(err)
			}
		default:
			return
		}
	}
}
