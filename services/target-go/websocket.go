package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"
)

const (
	readBufferBytes   = 512
	writeBufferBytes  = 1024
	longestReadBytes  = 64 << 10
	protocolWebSocket = "websocket"
)

// The write buffer is borrowed from a pool during a write, so an idle connection holds none.
var upgrader = websocket.Upgrader{
	ReadBufferSize:  readBufferBytes,
	WriteBufferSize: writeBufferBytes,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*http.Request) bool { return true },
	Error: func(writer http.ResponseWriter, _ *http.Request, status int, reason error) {
		writeError(writer, status, reason.Error())
	},
}

// webSocketTransport is one WebSocket. Its socket is nil until the upgrade is answered.
type webSocketTransport struct {
	mu     sync.Mutex
	socket *websocket.Conn
}

func (t *webSocketTransport) send(message []byte) error {
	return t.socket.WriteMessage(websocket.BinaryMessage, message)
}

func (t *webSocketTransport) farewell(code int, reason string) {
	// An error means that the peer is gone or does not read; the reading goroutine or abort ends the socket.
	_ = t.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(closeGrace))
}

func (t *webSocketTransport) abort() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.socket != nil {
		_ = t.socket.Close()
	}
}

func (t *webSocketTransport) attach(socket *websocket.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.socket = socket
}

// servePush upgrades the request and leaves the connection to two goroutines, one for reading and one for writing; the
// handler returns, which releases its stack and the HTTP buffers.
func servePush(hub *hub) gin.HandlerFunc {
	return func(ctx *gin.Context) {
		query, err := parsePushQuery(ctx.Request.URL.RawQuery)
		if err != nil {
			writeError(ctx.Writer, http.StatusBadRequest, err.Error())
			return
		}
		if !websocket.IsWebSocketUpgrade(ctx.Request) {
			writeError(ctx.Writer, http.StatusUpgradeRequired, "/push: expected a WebSocket upgrade")
			return
		}
		transport := &webSocketTransport{}
		connection := newConnection(protocolWebSocket, transport)
		if err := hub.add(connection, query); err != nil {
			writeError(ctx.Writer, http.StatusServiceUnavailable, err.Error())
			return
		}
		socket, err := upgrader.Upgrade(ctx.Writer, ctx.Request, nil)
		if err != nil {
			hub.remove(connection)
			return
		}
		transport.attach(socket)
		go connection.writePushes()
		go readWebSocket(hub, connection, socket)
	}
}

// readWebSocket drops messages and ends the connection; the library answers pings and close frames while it reads.
func readWebSocket(hub *hub, connection *connection, socket *websocket.Conn) {
	socket.SetReadLimit(longestReadBytes)
	for {
		if _, _, err := socket.NextReader(); err != nil {
			break
		}
	}
	connection.stop(closeGone)
	_ = socket.Close()
	hub.remove(connection)
}
