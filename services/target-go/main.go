// Command target-go is the system under test written in Go: Gin for HTTP, and for the long connections one
// goroutine and one channel each, fed by a fan-out goroutine per push stream.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: target-go --host HOST --port PORT --tcp-port PORT [--redis URL] [--pprof HOST:PORT]
                 [--certificate FILE --key FILE]
       target-go pipeline FILE [--cpuprofile FILE]
`

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	if len(os.Args) > 1 && os.Args[1] == "pipeline" {
		os.Exit(pipelineCommand(os.Args[2:], os.Stdout, os.Stderr))
	}
	options, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err != nil {
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := serve(ctx, options); err != nil {
		log.Fatalf("error: %v", err)
	}
}

// options holds the command line options.
type options struct {
	host     string
	port     int
	tcpPort  int
	redisURL string
	pprof    string
	// PEM files; both empty: no TLS.
	certificate string
	key         string
}

func parseOptions(arguments []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("target-go", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&parsed.host, "host", "127.0.0.1", "address to listen on")
	flags.IntVar(&parsed.port, "port", 8080, "HTTP port, 0 lets the system choose")
	flags.IntVar(&parsed.tcpPort, "tcp-port", 8081, "raw TCP port, 0 lets the system choose")
	flags.StringVar(&parsed.redisURL, "redis", "", "redis:// URL, else that of HOLDFAST_REDIS_URL; without either /user/{id} answers 503")
	flags.StringVar(&parsed.pprof, "pprof", "", "also serve net/http/pprof on HOST:PORT")
	flags.StringVar(&parsed.certificate, "certificate", "", "serve TLS on both ports with this certificate (PEM file)")
	flags.StringVar(&parsed.key, "key", "", "the certificate's private key (PEM file)")
	if err := flags.Parse(arguments); err != nil {
		return parsed, err
	}
	if parsed.redisURL == "" {
		parsed.redisURL = os.Getenv("HOLDFAST_REDIS_URL")
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unexpected argument %q\n%s", flags.Arg(0), usage)
		return parsed, errors.New("unexpected argument")
	}
	return parsed, nil
}
