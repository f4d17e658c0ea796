"""The command line: declares flags and returns them as one typed value."""

import argparse
import os

from .profiling import profiled


def run_command(arguments: list[str]) -> int:
    """Serves, or runs the pipeline when the first argument says so. Returns the exit code."""
    if arguments[:1] == ["pipeline"]:
        return _pipeline(arguments[1:])
    return _serve(arguments)


def _pipeline(arguments: list[str]) -> int:
    from .pipeline import JSON_MODULES, run_pipeline

    parser = argparse.ArgumentParser(prog="holdfast_target pipeline", allow_abbrev=False)
    parser.add_argument("file", help="newline-separated JSON objects")
    parser.add_argument("--json-module", choices=JSON_MODULES, default="json", help="the parser (default: json)")
    _add_profile(parser)
    options = parser.parse_args(arguments)
    with profiled(options.profile):
        return run_pipeline(options.file, options.json_module)


def _serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="holdfast_target", allow_abbrev=False, epilog="`holdfast_target pipeline FILE` runs the data pipeline."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8080, help="HTTP port, 0 to 65535 (default: 8080; 0: any)")
    parser.add_argument("--tcp-port", type=_port, default=8081, help="raw TCP port (default: 8081; 0: any)")
    parser.add_argument(
        "--redis", default="", help="redis:// URL (default: HOLDFAST_REDIS_URL); without one /user/{id} answers 503"
    )
    parser.add_argument("--certificate", metavar="FILE", default="", help="PEM certificate: serve TLS (with --key)")
    parser.add_argument("--key", metavar="FILE", default="", help="its private key, PEM")
    _add_profile(parser)
    options = parser.parse_args(arguments)
    redis = options.redis or os.environ.get("HOLDFAST_REDIS_URL", "")
    if bool(options.certificate) != bool(options.key):
        parser.error("expected --certificate and --key together")
    # Imported lazily, so that the pipeline does not load the web framework.
    from .server import ServeOptions, serve

    with profiled(options.profile):
        return serve(
            ServeOptions(
                options.host, options.port, options.tcp_port, redis, options.certificate, options.key
            )
        )


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="FILE", help="run under cProfile and write its pstats to FILE at the end")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f'expected 0 to 65535, got "{text}"')
