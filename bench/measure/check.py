"""Whether a server does the gateway's job at all: the same check for every one that claims to."""

import hashlib
import hmac
import http.client
import json
import secrets

from measure.servers import SECRET


def callback(secret=SECRET):
    """A callback of Startbutton as it documents them: a paid collection, body and headers."""
    transaction = {"_id": "64f0", "transType": "collection", "status": "verified", "merchantId": 31,
                   "transactionReference": secrets.token_hex(6), "userTransactionReference": "order-" + secrets.token_hex(4),
                   "customerEmail": "customer@example.com", "amount": 300000, "currency": "KES"}
    body = json.dumps({"event": "collection.verified", "data": {"transaction": transaction, "authorizationCode": None}}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
    return body, {"Content-Type": "application/json", "x-startbutton-signature": signature}


def post(server, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", server.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def faults_of(server):
    """What the server does wrong, in words; empty when it does the job. Leaves one callback in it."""
    body, headers = callback()
    forged_body, forged_headers = callback("another secret")
    tampered = body.replace(b"300000", b"900000")
    found = []

    def expect(what, status, wanted, kept):
        if status != wanted:
            found.append(f"{what}: answered {status} instead of {wanted}")
        if server.kept() != kept:
            found.append(f"{what}: {server.kept()} callbacks are kept instead of {kept}")

    before = server.kept()
    expect("forged with another secret", post(server, forged_body, forged_headers), 401, before)
    expect("changed after signing", post(server, tampered, headers), 401, before)
    expect("without a signature", post(server, body, {"Content-Type": "application/json"}), 401, before)
    expect("genuine", post(server, body, headers), 200, before + 1)
    expect("the same again", post(server, body, headers), 200, before + 1)
    return found
