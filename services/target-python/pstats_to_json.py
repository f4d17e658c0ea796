"""Prints a pstats file as JSON, for readers in other languages: `python pstats_to_json.py FILE`.

One list per function: file, line, name, calls, own seconds, cumulative seconds,
and per caller [index, calls, own, cumulative].
pstats files are marshalled by the interpreter that wrote them, so the same interpreter must read them.
"""

import json
import marshal
import sys


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if len(arguments) != 1:
        print("usage: pstats_to_json.py FILE", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as file:
            stats = marshal.load(file)
    except (OSError, ValueError, EOFError, TypeError) as error:
        print(f"cannot read {arguments[0]}: {error}", file=sys.stderr)
        return 1
    index = {function: number for number, function in enumerate(stats)}
    rows = []
    for function, (_, calls, own, total, callers) in stats.items():
        edges = [[index[caller], edge[0], edge[2], edge[3]] for caller, edge in callers.items() if caller in index]
        rows.append([*function, calls, own, total, edges])
    json.dump(rows, sys.stdout, separators=(",", ":"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
