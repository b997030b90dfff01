#!/bin/bash
set -u
# The program ends the point that it is at before it heeds a signal, and bash waits for it.
stop=
trap 'stop=yes' TERM INT HUP
tail --pid=17 -f /dev/null
tail --pid=18 -f /dev/null
[ -z "$stop" ] || exit 1
exec '/opt/ergon/bin/ergon' collect '/scratch/a.campaign'
