#!/bin/sh
# Waits for $1 seconds; with a second argument of 1 for a random time from 1 up to that.
set -eu
seconds=$1
if [ "${2:-0}" = 1 ]; then
  seconds=$(awk -v max="$seconds" 'BEGIN { srand(); print int(1 + rand() * max) }')
fi
sleep "$seconds"
echo "Waited for $seconds seconds."
