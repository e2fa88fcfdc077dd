#!/bin/sh
# Prints a new identifier; the only argument is --uuid_type=uuid1 or --uuid_type=uuid4.
set -eu
case "${1:-}" in
  --uuid_type=uuid1) exec uuidgen -t ;;
esac
if [ -r /proc/sys/kernel/random/uuid ]; then
  cat /proc/sys/kernel/random/uuid
else
  uuidgen | tr 'A-F' 'a-f'
fi
