package main

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// checkPush verifies a message of group 9 in a 20 ms stream of 50 bytes and returns its tick.
func checkPush(t *testing.T, message []byte) uint32 {
	t.Helper()
	if len(message) != 50 || string(message[:4]) != "HF\x01\x01" {
		t.Fatalf("message % x", message)
	}
	tick, dueNs := binary.BigEndian.Uint32(message[4:]), binary.BigEndian.Uint64(message[8:])
	writtenNs := binary.BigEndian.Uint64(message[16:])
	if dueNs != uint64(tick)*20*ms || writtenNs < dueNs {
		t.Fatalf("tick %d, due %d, written %d", tick, dueNs, writtenNs)
	}
	want := make([]byte, 50)
	putPush(want, uint64(tick), dueNs, writtenNs, 9)
	if string(want) != string(message) {
		t.Fatalf("got % x, want % x", message, want)
	}
	return tick
}

const testQuery = "intervalMs=20&bytes=50&group=9"

func TestWebSocketPushesConsecutiveTicksAndAnswersPings(t *testing.T) {
	_, server := startApp(t)
	socket := dialPush(t, server, testQuery)
	pongs := 0
	socket.SetPongHandler(func(text string) error { pongs += len(text); return nil })
	if err := socket.WriteControl(websocket.PingMessage, []byte("abc"), time.Now().Add(testTimeout)); err != nil {
		t.Fatal(err)
	}
	var last uint32
	for i := 0; i < 5 || pongs == 0; i++ {
		kind, message, err := socket.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage {
			t.Fatalf("kind %d: %v", kind, err)
		}
		tick := checkPush(t, message)
		if i > 0 && tick != last+1 {
			t.Fatalf("tick %d after %d", tick, last)
		}
		last = tick
	}
	if pongs != 3 {
		t.Errorf("%d bytes of pongs", pongs)
	}
}

func TestEventsPushBase64url(t *testing.T) {
	_, server := startApp(t)
	response := get(t, server.URL+"/events?"+testQuery)
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%d %s", response.StatusCode, got)
	}
	lines := bufio.NewReader(response.Body)
	for i := 0; i < 3; i++ {
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "data: ") {
			t.Fatalf("%q: %v", line, err)
		}
		message, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(line[6:]))
		if err != nil {
			t.Fatal(err)
		}
		checkPush(t, message)
		if blank, err := lines.ReadString('\n'); err != nil || blank != "\n" {
			t.Fatalf("%q: %v", blank, err)
		}
	}
}

func dialRaw(t *testing.T, address net.Addr, line string) net.Conn {
	t.Helper()
	socket, err := net.Dial("tcp", address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(testTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(socket, line); err != nil {
		t.Fatal(err)
	}
	return socket
}

func TestRawTCPOpensWithZeroThenPushesWithLengths(t *testing.T) {
	socket := dialRaw(t, startRaw(t), testQuery+"\n")
	var length uint32
	if err := binary.Read(socket, binary.BigEndian, &length); err != nil || length != 0 {
		t.Fatalf("opened %d, %v", length, err)
	}
	for i := 0; i < 3; i++ {
		if err := binary.Read(socket, binary.BigEndian, &length); err != nil || length != 50 {
			t.Fatalf("length %d, %v", length, err)
		}
		message := make([]byte, length)
		if _, err := io.ReadFull(socket, message); err != nil {
			t.Fatal(err)
		}
		checkPush(t, message)
	}
}

func TestRawTCPClosesOnABadLine(t *testing.T) {
	address := startRaw(t)
	for _, line := range []string{"bytes=1\n", strings.Repeat("x", longestLineBytes+1)} {
		answer, err := io.ReadAll(dialRaw(t, address, line))
		var reset *net.OpError
		if len(answer) != 0 || (err != nil && !errors.As(err, &reset)) {
			t.Errorf("%.20q: % x, %v", line, answer, err)
		}
	}
}

func TestSlowWebSocketIsClosedWith1013(t *testing.T) {
	hub, server := startApp(t)
	socket := dialPush(t, server, "intervalMs=10&bytes=1048576&written=0")
	var slow *connection
	hub.mu.Lock()
	for _, s := range hub.streams {
		s.mu.Lock()
		for _, lane := range s.lanes {
			slow = lane[0]
		}
		s.mu.Unlock()
	}
	hub.mu.Unlock()
	<-slow.stopped // nothing is read until the queue is full
	var last uint32
	for {
		_, message, err := socket.ReadMessage()
		if websocket.IsCloseError(err, closeTryAgain) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		tick := binary.BigEndian.Uint32(message[4:])
		if last != 0 && tick != last+1 {
			t.Fatalf("tick %d after %d", tick, last)
		}
		last = tick
	}
}

func TestConnectionsAreForgottenWhenTheyClose(t *testing.T) {
	hub, server := startApp(t)
	_ = dialPush(t, server, testQuery).Close()
	response := get(t, server.URL+"/events?"+testQuery)
	_ = response.Body.Close()
	hub.open.Wait()
	hub.mu.Lock()
	defer hub.mu.Unlock()
	if len(hub.streams) != 0 {
		t.Errorf("%d streams left", len(hub.streams))
	}
}
