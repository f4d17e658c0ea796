package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

const protocolEvents = "sse"

var frames = sync.Pool{New: func() any { return new([]byte) }}

// eventTransport is one text/event-stream response.
type eventTransport struct {
	writer  gin.ResponseWriter
	control *http.ResponseController
}

func (t *eventTransport) send(message []byte) error {
	frame := frames.Get().(*[]byte)
	defer frames.Put(frame)
	*frame = append((*frame)[:0], "data: "...)
	*frame = base64.RawURLEncoding.AppendEncode(*frame, message)
	*frame = append(*frame, "\n\n"...)
	if _, err := t.writer.Write(*frame); err != nil {
		return err
	}
	return t.control.Flush()
}

// farewell does nothing: an event stream ends with its response.
func (t *eventTransport) farewell(int, string) {}

// abort makes a blocked write fail; net/http then closes the socket.
func (t *eventTransport) abort() {
	_ = t.control.SetWriteDeadline(time.Unix(1, 0))
}

// serveEvents writes pushes from the handler's own goroutine. Reading is up to net/http, which cancels the request's
// context when the peer disconnects.
func serveEvents(hub *hub) gin.HandlerFunc {
	return func(ctx *gin.Context) {
		query, err := parsePushQuery(ctx.Request.URL.RawQuery)
		if err != nil {
			writeError(ctx.Writer, http.StatusBadRequest, err.Error())
			return
		}
		// Gin reuses its writer for other requests, and abort may come late: keep the underlying one.
		control := http.NewResponseController(ctx.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap())
		transport := &eventTransport{writer: ctx.Writer, control: control}
		connection := newConnection(protocolEvents, transport)
		if err := hub.add(connection, query); err != nil {
			writeError(ctx.Writer, http.StatusServiceUnavailable, err.Error())
			return
		}
		defer hub.remove(connection)
		header := ctx.Writer.Header()
		header.Set("Content-Type", "text/event-stream")
		header.Set("Cache-Control", "no-store")
		header.Set("Connection", "close") // the stream's end is the socket's end
		ctx.Writer.WriteHeaderNow()
		if err := transport.control.Flush(); err != nil {
			return
		}
		release := context.AfterFunc(ctx.Request.Context(), func() { connection.stop(closeGone) })
		defer release()
		connection.writePushes()
	}
}
