#!/bin/sh
# Prints $1, $1 - 1, … 1, one a second.
set -eu
trap 'echo "Stopped at $left."; exit 143' TERM INT
left=${1:-10}
while [ "$left" -gt 0 ]; do
  echo "$left"
  sleep 1
  left=$((left - 1))
done
echo "Done."
