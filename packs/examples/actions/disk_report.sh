#!/bin/sh
# Named arguments come first (--warn_at=90 --inodes), then the path.
set -eu
warn_at=90
option=-P
for argument in "$@"; do
  case "$argument" in
    --warn_at=*) warn_at=${argument#--warn_at=} ;;
    --inodes) option=-Pi ;;
    *) path=$argument ;;
  esac
done
df "$option" -- "${path:-/}" | awk -v warn_at="$warn_at" '
  NR == 2 {
    used = $5 + 0
    printf "%s is %d %% full (%s).\n", $6, used, $1
    if (used >= warn_at) print "That is too full: the limit is " warn_at " %."
  }'
