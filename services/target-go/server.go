package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"
)

// closeLimit is how long closing may take in total; the contract allows 5 s.
const closeLimit = 4 * time.Second

// serve runs until ctx is done, then closes every connection with 1001.
func serve(ctx context.Context, options options) error {
	clock, err := newClock()
	if err != nil {
		return fmt.Errorf("cannot read CLOCK_MONOTONIC: %w", err)
	}
	client, err := newRedis(options.redisURL)
	if err != nil {
		return fmt.Errorf("--redis: expected a redis:// URL: %w", err)
	}
	httpListener, err := listen(options.host, options.port, "--port")
	if err != nil {
		return err
	}
	rawListener, err := listen(options.host, options.tcpPort, "--tcp-port")
	if err != nil {
		return err
	}
	if options.certificate != "" || options.key != "" {
		pair, err := tls.LoadX509KeyPair(options.certificate, options.key)
		if err != nil {
			return fmt.Errorf("--certificate, --key: %w", err)
		}
		httpListener = secure(httpListener, pair, "http/1.1")
		rawListener = secure(rawListener, pair)
	}
	hub := newHub(clock, newMetrics())
	server := &http.Server{Handler: newApp(hub, client), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 3)
	go func() { failed <- server.Serve(httpListener) }()
	go func() {
		if err := serveRaw(hub, rawListener); err != nil {
			failed <- err
		}
	}()
	if options.pprof != "" {
		go func() { failed <- fmt.Errorf("--pprof: %w", http.ListenAndServe(options.pprof, pprofRoutes())) }()
	}
	log.Printf("listening: http %s, raw tcp %s", httpListener.Addr(), rawListener.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	shutDown(server, rawListener, hub)
	if client != nil {
		_ = client.Close()
	}
	log.Print("closed")
	return nil
}

// secure adds TLS to a listener; the handshake takes place at a connection's first read.
func secure(listener net.Listener, pair tls.Certificate, protocols ...string) net.Listener {
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: protocols})
}

func listen(host string, port int, flag string) (net.Listener, error) {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		var cause *net.OpError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("cannot listen on %s (%s): %w; choose another address or end the process that holds it", address, flag, err)
	}
	return listener, nil
}

func shutDown(server *http.Server, rawListener net.Listener, hub *hub) {
	_ = rawListener.Close()
	deadline, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		_ = server.Shutdown(deadline)
		close(drained)
	}()
	hub.close(closeLimit)
	<-drained
}

func pprofRoutes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/debug/pprof/", pprof.Index)
	routes.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	routes.HandleFunc("/debug/pprof/profile", pprof.Profile)
	routes.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	routes.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return routes
}
