# Shared by the checks that use a built server; to be sourced after `set -euo pipefail`.

work=$(mktemp -d)
server_pid=
trap 'end_server; rm -rf "$work"' EXIT

# need COMMAND WHAT: without the command the check is skipped, visibly; in CI, where all of them are, it fails.
need() {
  command -v "$1" >/dev/null && return
  if [ "${CI:-}" = true ]; then
    echo "$0: $2 is missing" >&2
    exit 1
  fi
  echo "$0: SKIPPED, since $2 is missing" >&2
  exit 0
}

# start_server [NAME=VALUE…]: starts the built server with stores of its own in $work/data, any free port and no limits; sets $url.
start_server() {
  local tenths port
  # Not 0: the issuer is made of it.
  port=$(node -e 'const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
    console.log(server.address().port);
    server.close();
  });')
  : >"$work/server.log"
  env RATE_LIMIT_EXEMPT=127.0.0.1 LIMIT_ROTATIONS_PER_HOUR=0 LIMIT_MUTATIONS_PER_HOUR=1000000 \
    LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_PER_HOUR=1000000 LIMIT_KNOWN_DEVICE_FAILURES=1000000 \
    LIMIT_KNOWN_DEVICES_FAILURES_PER_HOUR=1000000 LIMIT_MAILS_PER_ADDRESS_PER_HOUR=1000000 \
    DATA_DIR="$work/data" PORT="$port" OPERATIONS_PORT=0 "$@" \
    node --require ./bin/thread-pool.cjs --enable-source-maps dist/src/main.js >"$work/server.log" 2>&1 &
  server_pid=$!
  for ((tenths = 0; tenths < 600; tenths += 1)); do
    url=$(sed -n 's/.*"url":"\(http[^"]*\)".*"tokenledger is up".*/\1/p' "$work/server.log")
    [ -z "$url" ] || return 0
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "$0: the server did not start:" >&2
  cat "$work/server.log" >&2
  exit 1
}

# end_server: ends it, if there is one. Until it has ended it writes to its stores, so nothing can be removed before.
end_server() {
  [ -n "$server_pid" ] || return 0
  kill "$server_pid" 2>/dev/null || true
  wait "$server_pid" || true
  server_pid=
}

# stop_server: ends it, so that another can be started; its stores go too.
stop_server() {
  end_server
  rm -rf "$work/data"
}
