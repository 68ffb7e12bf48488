#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - Debian's own Alertmanager and amtool against the alert room
#
# Run by make check in the build directory.  Needs prometheus-alertmanager
# (with amtool) and curl; a missing one is a failure, not a skip.
set -eu

work=$(mktemp -d)
host='' am=''
cleanup()
{
	[ -z "$am" ] || kill "$am" 2>/dev/null || :
	[ -z "$host" ] || kill "$host" 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap cleanup EXIT

fail()
{
	echo "run.sh: $*" >&2
	cat "$work"/*.log "$work/out" >&2 || :
	exit 1
}

# until_true SECONDS COMMAND...: asks until it holds.
until_true()
{
	left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || fail "gave up waiting for: $*"
		sleep 0.1
	done
}

start_host()
{
	: >"$work/now"
	tests/wire/alertmanager/host "$work/store.db" >"$work/now" 2>>"$work/host.log" &
	host=$!
	until_true 20 grep -q '^listening ' "$work/now"
	us=$(sed -n 's/^listening //p' "$work/now")
}

said()
{
	cat "$work/out" "$work/now" 2>/dev/null | grep -c "$1" || :
}

count_is()
{
	[ "$(said "$1")" -eq "$2" ]
}

: >"$work/out"
start_host

cat >"$work/am.yml" <<EOF
route: { receiver: muster, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 2s }
receivers:
  - name: muster
    webhook_configs: [{ url: "http://$us/alerts/prom" }]
EOF
port=$(shuf -i 20000-29999 -n 1)
prometheus-alertmanager --config.file="$work/am.yml" --storage.path="$work/am" \
	--web.listen-address="127.0.0.1:$port" --cluster.listen-address= \
	>"$work/am.log" 2>&1 &
am=$!
until_true 20 curl -sf "http://127.0.0.1:$port/-/ready"

tell_am()
{
	amtool --alertmanager.url="http://127.0.0.1:$port" alert add Disk \
		instance=db1 severity=critical --annotation=summary=full "$@"
}

# fires: one case, and resends (repeat_interval) add none
tell_am
until_true 20 count_is '^case opened #1 1/1 Disk - full (db1)|$' 1
until_true 20 sh -c "curl -sf http://127.0.0.1:$port/metrics |
	grep 'alertmanager_notifications_total{integration=\"webhook\"}' |
	grep -q ' [3-9]'"
count_is '^case opened' 1 || fail 'a resend opened another case'

# killed and back: still the same case
cat "$work/now" >>"$work/out"
kill -9 "$host"
wait "$host" 2>/dev/null || :
old=$us
start_host
sed -i "s|http://$old/|http://$us/|" "$work/am.yml"
kill -HUP "$am"
count_is '^case opened' 1 || fail 'a restart opened another case'

# over: closed
tell_am --end="$(date -u -d '1 second ago' +%Y-%m-%dT%H:%M:%SZ)" \
	--start="$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%SZ)"
until_true 20 count_is '^case closed #1 .*|resolved$' 1
count_is '^case opened' 1 || fail 'more than one case'

# amtool speaks to us as to an Alertmanager
tool()
{
	amtool --alertmanager.url="http://$us" "$@"
}
tool alert add Net instance=sw1 severity=warning --annotation=summary=down
until_true 20 count_is '^case opened #2 1/1 Net - down (sw1)|$' 1
tool alert query alertname=Net | grep -q '^Net .* down' || fail 'amtool alert query'
tool alert query alertname=Other | grep -q '^Net' && fail 'amtool query filter'
[ "$(tool config routes test severity=critical)" = now ] ||
	fail 'amtool config routes test critical'
[ "$(tool config routes test severity=warning)" = ops ] ||
	fail 'amtool config routes test warning'
tool config show >/dev/null || fail 'amtool config show'
tool silence query >/dev/null || fail 'amtool silence query'
tool cluster show >/dev/null || fail 'amtool cluster show'

kill "$host"
wait "$host" || fail 'the host ended badly'
host=''
echo 'ok'
