#!/bin/bash
# The figures of docs/reference/benchmarks.md: all, or those of one folder here. See README.md.
exec python3 "$(dirname "$0")/run.py" "$@"
