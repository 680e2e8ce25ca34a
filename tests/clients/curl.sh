#!/bin/sh
# Follows the stream at URL, from behind the event LAST if that is given:
#     curl.sh URL [LAST]
# Events go to standard output, the status to standard error. The command is
# quoted in docs/clients.md.
url=$1
last=$2

curl -N --no-progress-meter -w '%{stderr}%{http_code}\n' -H "Last-Event-ID: $last" "$url"
