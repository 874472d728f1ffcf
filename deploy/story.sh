# Helper functions of deploy/quickstart, which sources it: callbacks, what was delivered, and what is wrong. They use its
# variables $tollgate, $demo (the folder), $receiver and $api (HOST:PORT), and $store.
# shellcheck shell=bash disable=SC2154,SC2034

heading() { printf '\n\033[1m%s\033[0m\n' "$1"; }
say() { printf '  %s\n' "$@"; }
got() { sed "s/^/    $1  /"; }

failures=0
wrong() { say "!! $1"; failures=$((failures + 1)); }

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# wait_until SECONDS COMMAND...: polls until the command succeeds.
wait_until() {
    local end=$((SECONDS + $1)); shift
    until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done
}

# start_redis: from deploy/redis.conf with a password of its own, on a socket in the folder. Sets $redis_pid and $REDIS_PASSWORD.
start_redis() {
    local hash
    REDIS_PASSWORD=$(random_hex 32)
    export REDIS_PASSWORD
    hash=$(printf %s "$REDIS_PASSWORD" | sha256sum | cut -d' ' -f1)
    mkdir "$demo/redis"
    sed -e "s/^user tollgate on /&#$hash /" deploy/redis.conf >"$demo/redis/redis.conf"
    redis-server "$demo/redis/redis.conf" --port 0 --unixsocket "$demo/redis/redis.sock" --dir "$demo/redis" >"$demo/redis/log" 2>&1 &
    redis_pid=$!
    wait_until 10 grep -q 'ready to accept connections' "$demo/redis/log" || { cat "$demo/redis/log"; exit 1; }
}

# ask_api PATH: the gateway's answer to a GET.
ask_api() {
    exec 3<>"/dev/tcp/${api%:*}/${api##*:}"
    printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
    tr -d '\r' <&3
    exec 3<&-
}

# register SOURCE REFERENCE AMOUNT CURRENCY: the merchant tells the gateway of a payment that it has begun.
register() {
    local body="{\"source\":\"$1\",\"reference\":\"$2\",\"amount\":\"$3\",\"currency\":\"$4\"}" answer
    exec 3<>"/dev/tcp/${api%:*}/${api##*:}"
    printf 'POST /v1/expectations HTTP/1.0\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "$api" "${#body}" "$body" >&3
    answer=$(head -n 1 <&3 | tr -d '\r')
    exec 3<&-
    printf '%s\n' "$body" | got "the merchant registers  "
    printf '%s\n' "${answer#HTTP/1.? }" | got "and is answered         "
    case $answer in *" 201 "*) ;; *) wrong "expected 201" ;; esac
}

# truth PROVIDER REFERENCE END [KEY=VALUE...]: what the provider's status API says of a payment from now on.
truth() { printf '%s\n' "$*" >>"$demo/truth"; }

# timeline SOURCE REFERENCE: what the gateway knows about a payment, without dates and ids.
timeline() {
    "$tollgate" payment "$1" "$2" >"$demo/timeline" || wrong "there is no payment $2"
    sed -E 's/^[0-9-]+T([0-9:.]+)Z/\1/; s/, evt_[0-9a-f]+$//; s/, last at .*//; s/^ {26}/              /' "$demo/timeline" | sed 's/^/      | /'
}

# show_worth: what a 200 to a provider promises, in the gateway's words. With Redis it knows once it is connected.
worth=""
knows_worth() {
    worth=$(ask_api /readyz | sed -n 's/.*"acknowledged_means":"\([^"]*\)".*/\1/p')
    case "$store $worth" in "embedded "?* | "redis "*"appendfsync always"*) ;; *) return 1 ;; esac
}
show_worth() {
    wait_until 10 knows_worth || wrong "an ACK is not on the disk"
    say "a 200 means       $worth"
}

# sample SOURCE NAME: the body of a fresh callback, on one line.
sample() { "$tollgate" sign "$1" --sample "$2" | sed '1,/^$/d'; }

# field BODY KEY: the value of a string member or of a form's field, wherever it stands.
field() { printf '%s' "$1" | sed -nE "s/.*\"$2\": *\"([^\"]*)\".*/\1/p; s/^(.*&)?$2=([^&]*).*/\2/p"; }

# with FROM TO BODY: the body with the first FROM in it replaced. A demo that changes nothing would prove nothing.
with() {
    case $3 in *"$1"*) printf '%s' "${3/"$1"/"$2"}" ;; *) echo "no $1 in $3" >&2; return 1 ;; esac
}

# signature SOURCE BODY: what the provider's key makes of the body.
signature() { printf '%s' "$2" | "$tollgate" sign "$1" --body - | sed -nE 's/.*"signature": *"([^"]*)".*/\1/p'; }

# send SOURCE EXPECTED-STATUS BODY [OPTIONS...]: posts it, signed, and shows the answers.
send() {
    local source=$1 expected=$2 answers
    printf '%s' "$3" >"$demo/body"; shift 3
    answers=$("$tollgate" send "$source" --body "$demo/body" --to "http://$receiver/in/$source" "$@") || true
    printf '%s\n' "$answers" | uniq -c | sed -E 's/^ *1 //; t; s/^ *([0-9]+) (.*)/\2  (\1 times)/' | got "the provider is answered"
    if printf '%s\n' "$answers" | grep -qv "^$expected "; then wrong "expected $expected"; fi
}

# delivered REFERENCE: the types that were delivered and taken, in order.
delivered() {
    grep -F "\"reference\":\"$1\"" "$demo/ledger" | grep '"status":200' | sed 's/.*"type":"\([^"]*\)".*/\1/' | paste -sd' ' || true
}
are_delivered() { [ "$(delivered "$1")" = "$2" ]; }

# expect REFERENCE "TYPES": exactly these, in this order, delivered within 20 s.
expect() {
    wait_until 20 are_delivered "$1" "$2" || wrong "payment $1: expected \"$2\", delivered \"$(delivered "$1")\""
}
# Long enough for what should not come to come.
quiet() { sleep 1; }

# shows TEXT: the subscriber's lines that are shown next hold it. They are written a moment after the ledger.
shown=0
is_told() { tail -n "+$((shown + 1))" "$demo/subscriber" | grep -F -- "$1" >/dev/null; }
shows() { wait_until 2 is_told "$1" || wrong "the subscriber was not told \"$1\""; }

show_subscriber() {
    local lines fresh
    lines=$(wc -l <"$demo/subscriber")
    fresh=$(sed -n "$((shown + 1)),${lines}p" "$demo/subscriber" | grep -v '^listening ' || true)
    printf '%s\n' "${fresh:-nothing new}" | got "the subscriber got      "
    shown=$lines
}
