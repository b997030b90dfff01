#!/bin/bash
set -u
# The program ends the point that it is at before it heeds a signal, and bash waits for it.
stop=
trap 'stop=yes' TERM INT HUP
for ((task = 0; task < 20; task++)); do
  [ -z "$stop" ] || exit 1
  '/opt/ergon/bin/ergon' shard '/scratch/a.campaign' --tag 'ergon-0123456789ab-s0-a0' --first 0 --task "$task" >>'/scratch/a.campaign/logs/ergon-0123456789ab-s0-a0-'"$task".log 2>&1
done
