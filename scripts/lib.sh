# Shared by the scripts here: where the project is, what it installs, how it builds. Sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# packages SECTION...: the packages of these sections of packaging/apt-packages.txt.
packages() {
  awk -v want=" $* " '/^# / {on = index(want, " " $2 " ")} !/^#/ && NF && on {print $1}' "$root/packaging/apt-packages.txt"
}

# present PACKAGE. NodeSource's nodejs has npm inside, and Debian's npm conflicts with it.
present() {
  dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed' || { [ "$1" = npm ] && command -v npm >/dev/null; }
}

# install SECTION...: installs what is missing; asks apt only then.
install() {
  local missing=()
  local name
  for name in $(packages "$@"); do
    present "$name" || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${#missing[@]} Debian packages"
  as_root apt-get -qq update
  # The servers of the lab are started by the lab, never by their installation.
  local made_policy=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
    made_policy=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install "${missing[@]}"
  [ -z "$made_policy" ] || as_root rm -f /usr/sbin/policy-rc.d
}

# build PRESET [TARGET...]: configures when needed and builds; ninja shows the progress.
build() {
  local preset=$1
  shift
  say "building ($preset)"
  local log
  log=$(cd "$root" && cmake --preset "$preset" 2>&1) || { printf '%s\n' "$log" >&2; return 1; }
  cmake --build "$root/build/$preset" --parallel "$jobs" ${*:+--target "$@"}
}
