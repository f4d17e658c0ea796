package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"log"
	"net"
	"strings"
	"time"
)

const (
	protocolRaw      = "tcp"
	longestLineBytes = 1024
	lineTimeout      = 10 * time.Second
)

// rawTransport is one raw TCP connection.
type rawTransport struct {
	socket net.Conn
}

func (t *rawTransport) send(message []byte) error {
	frame := frames.Get().(*[]byte)
	defer frames.Put(frame)
	*frame = binary.BigEndian.AppendUint32((*frame)[:0], uint32(len(message)))
	*frame = append(*frame, message...)
	_, err := t.socket.Write(*frame)
	return err
}

// farewell closes the socket: raw TCP has no close message.
func (t *rawTransport) farewell(int, string) { t.abort() }

func (t *rawTransport) abort() { _ = t.socket.Close() }

// serveRaw accepts until the listener is closed. Without free descriptors it waits briefly, as net/http does.
func serveRaw(hub *hub, listener net.Listener) error {
	for {
		socket, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			log.Printf("raw tcp: accept: %v", err)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go serveRawConnection(hub, socket)
	}
}

// serveRawConnection reads the query line, then keeps reading only to detect the peer's disconnect.
func serveRawConnection(hub *hub, socket net.Conn) {
	defer socket.Close()
	query, err := readQueryLine(socket)
	if err != nil {
		return
	}
	connection := newConnection(protocolRaw, &rawTransport{socket})
	if err := hub.add(connection, query); err != nil {
		return
	}
	defer hub.remove(connection)
	if _, err := socket.Write([]byte{0, 0, 0, 0}); err != nil {
		return
	}
	go connection.writePushes()
	var dropped [64]byte
	for {
		if _, err := socket.Read(dropped[:]); err != nil {
			break
		}
	}
	connection.stop(closeGone)
}

func readQueryLine(socket net.Conn) (pushQuery, error) {
	if err := socket.SetReadDeadline(time.Now().Add(lineTimeout)); err != nil {
		return pushQuery{}, err
	}
	line, err := bufio.NewReaderSize(socket, longestLineBytes).ReadSlice('\n')
	if err != nil {
		return pushQuery{}, err
	}
	if err := socket.SetReadDeadline(time.Time{}); err != nil {
		return pushQuery{}, err
	}
	return parsePushQuery(strings.TrimRight(string(line), "\r\n"))
}
