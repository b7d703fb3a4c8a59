#!/bin/sh
# Known weaknesses in every version that is pinned, asked of those who keep lists of them.
# Ends with 0: none known. 1: some. 2: somebody could not be asked, so nobody knows.
set -u
end=0

# ask WHOSE SIGN COMMAND...: SIGN is what its answer has when there are weaknesses
ask() {
    whose=$1 sign=$2
    shift 2
    if answer=$("$@" 2>&1); then
        echo "$whose: no known weaknesses."
    elif echo "$answer" | grep -q "$sign"; then
        echo "$whose: known weaknesses."
        echo "$answer"
        [ $end -eq 2 ] || end=1
    else
        echo "$whose: NOT AUDITED, for the service could not be reached or does not know everything. It says:"
        echo "$answer" | tail -n 4
        end=2
    fi
}

ask "Python packages" "^Found [0-9]* known" pip-audit --strict --disable-pip --no-deps -r constraints.txt
ask "Browser packages" "^# npm audit report" npm audit
exit $end
