package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

func ownProcess(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	process := exec.CommandContext(ctx, os.Args[0], arguments...)
	process.Env = append(os.Environ(), "TARGET_GO_RUN_MAIN=1")
	return process
}

func TestTermClosesWith1001AndExits0(t *testing.T) {
	process := ownProcess(t, "--host", "127.0.0.1", "--port", "0", "--tcp-port", "0", "--redis", "", "--pprof", "127.0.0.1:0")
	stderr, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	line, err := log.ReadString('\n')
	found := regexp.MustCompile(`http (\S+), raw tcp (\S+)`).FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("no listening line: %q, %v", line, err)
	}
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+found[1]+"/push", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, _, err := socket.ReadMessage(); !websocket.IsCloseError(err, closeGoingAway) {
		t.Errorf("closed with %v", err)
	}
	if rest, err := log.ReadString('\n'); err != nil || !strings.Contains(rest, "closed") {
		t.Errorf("%q, %v", rest, err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

func TestTakenPortIsAClearErrorAndExit1(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	for _, flags := range [][]string{{"--port", port, "--tcp-port", "0"}, {"--port", "0", "--tcp-port", port}} {
		process := ownProcess(t, flags...)
		output, _ := process.CombinedOutput()
		if process.ProcessState.ExitCode() != 1 || !strings.Contains(string(output), "cannot listen on 127.0.0.1:"+port) ||
			!strings.Contains(string(output), "address already in use") {
			t.Errorf("%v: exit %d, %s", flags, process.ProcessState.ExitCode(), output)
		}
	}
}
