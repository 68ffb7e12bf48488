#!/bin/sh
# Makes configure from configure.ac; needed in a checkout, not in a release.
set -e
cd "$(dirname "$0")"
mkdir -p conf/build-aux
autoreconf --install --force "$@"
