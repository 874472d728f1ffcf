"""Forged callbacks of all four providers: each is a genuine one with exactly one thing wrong, drawn from a seeded generator."""

import base64
import hashlib
import hmac
import json
import re
import urllib.parse

import recuts
from support import SOURCE_SECRET, UNIPESA_MERCHANT, collection, read_ordered, sign, transfer, unipesa_pieces

PROOF, REFERENCE = b"@PROOF@", b"@REFERENCE@"
# No character of theirs is spelt otherwise in JSON or in a form.
SECRETS = {"kenya": SOURCE_SECRET, "honeycoin": "hcwh_Zk3v9Qw7Lr2Xt8Bn5Ym1Pd6Gs4Jf0Ce",
           "unipesa": hashlib.sha512(b"unipesa").hexdigest(), "moolre": "8d1f6C0b-77aE-4b52-9f3D-0c55e1B2a9d4"}
HEADERS = {"kenya": b"x-startbutton-signature", "honeycoin": b"x-webhook-signature"}
MEMBERS = {"unipesa": b"signature", "moolre": b"secret"}


def compact(document):
    return json.dumps(document, separators=(",", ":")).encode()


def unipesa_body(amount, status, message, more):
    reference = REFERENCE.decode()
    return compact({"merchant_id": UNIPESA_MERCHANT, "operation_type": 17, "customer_id": "254710000000", "amount": amount,
                    "order_id": reference, "transaction_id": "589221595637", "transaction_ref": "QR63206184RQ",
                    "status": status, "provider_id": 14, "destination_id": "",
                    "result": {"code": 0 if status == 2 else 10305, "message": message}} | more
                   | {"signature": PROOF.decode()})


def moolre_bodies():
    fields = {"txstatus": 1, "payer": "233240000000", "amount": "25.00", "value": "24.75", "transactionid": "13030742",
              "externalref": REFERENCE.decode(), "thirdpartyref": "3a2ede77ce"}
    proof = {"secret": PROOF.decode(), "ts": "2026-11-22 10:00:00"}
    outer = {"status": 1, "code": "P01", "message": "Transaction success"}
    yield compact(outer | {"data": fields | proof})
    yield compact(outer | proof | {"data": fields})
    yield compact(outer | fields | proof)
    yield urllib.parse.urlencode(outer | fields | proof, safe="@").encode()
    yield urllib.parse.urlencode(outer | {f"data[{name}]": value for name, value in (fields | proof).items()}, safe="@").encode()


def honeycoin_body(**data):
    return compact({"event": "transaction_updated",
                    "data": {"transactionId": REFERENCE.decode(), "externalReference": "order-" + REFERENCE.decode(), "method": "momo"} | data,
                    "timestamp": "2026-11-22T10:00:00.000Z"})


TEMPLATES = {
    "kenya": [collection("collection.verified", REFERENCE.decode()), transfer("transfer.successful", REFERENCE.decode()),
              transfer("transfer.failed", REFERENCE.decode())],
    "honeycoin": [honeycoin_body(status="successful", type="deposit"), honeycoin_body(status="failed", type="withdrawal"),
                  honeycoin_body(status="pending", type="deposit", stepRequired="otp")],
    "unipesa": [unipesa_body(100, 2, "OK", {}), unipesa_body("250.00", 3, "Insufficient amount", {}),
                unipesa_body(100.5, 2, "OK", {"currency": "KES", "service_id": 1, "service_version": 11.1})],
    "moolre": list(moolre_bodies()),
}


class Request:
    """One callback on its way to the gateway; everything is bytes."""

    def __init__(self, source, body, headers=(), query=b"", trailers=(), chunks=()):
        self.source, self.body, self.query = source, body, query
        self.headers, self.trailers, self.chunks = list(headers), list(trailers), list(chunks)

    def encode(self, more=b""):
        kind = b"application/json" if self.body[:1] == b"{" else b"application/x-www-form-urlencoded"
        lines = [b"POST /in/%s%s HTTP/1.1" % (self.source.encode(), self.query), b"host: gateway", b"content-type: " + kind]
        lines += [name + b": " + value for name, value in self.headers]
        if not self.chunks and not self.trailers:
            lines.append(b"content-length: %d" % len(self.body))
            return b"\r\n".join(lines) + b"\r\n" + more + b"\r\n" + self.body
        lines.append(b"transfer-encoding: chunked")
        cuts = [0, *sorted(self.chunks), len(self.body)]
        pieces = [self.body[begin:end] for begin, end in zip(cuts, cuts[1:])]
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
        trailers = b"".join(b"%s: %s\r\n" % trailer for trailer in self.trailers)
        return b"\r\n".join(lines) + b"\r\n" + more + b"\r\n" + chunked + b"0\r\n" + trailers + b"\r\n"


class Draft:
    """A callback without its proof, which goes into a header or to the mark in the body."""

    def __init__(self, rng, source, reference):
        self.rng, self.source = rng, source
        self.body = rng.choice(TEMPLATES[source]).replace(REFERENCE, reference)
        self.is_form = self.body[:1] != b"{"

    def proof(self, secret=None, digest=hashlib.sha512):
        secret = SECRETS[self.source] if secret is None else secret
        if self.source in ("honeycoin", "moolre"):
            return secret.encode()
        return hmac.new(secret.encode(), self.signed_text(), digest).hexdigest().encode()

    def signed_text(self):
        if self.source != "unipesa":
            return self.body
        return "".join(name + value for name, value in unipesa_pieces(read_ordered(self.body))).encode()

    def with_proof(self, proof):
        if self.source in HEADERS:
            return Request(self.source, self.body, [(HEADERS[self.source], proof)])
        return Request(self.source, self.body.replace(PROOF, proof))

    def member(self):
        """The proof's name and mark, as they stand in the body."""
        name = MEMBERS[self.source]
        pattern = rb"(?<=&)[^&=]*secret[^&=]*=@PROOF@" if self.is_form else b'"' + name + rb'":"@PROOF@"'
        return re.search(pattern, self.body).group()

    def with_member(self, text, proof=None):
        """`text` instead of the member that holds the proof."""
        return Request(self.source, self.body.replace(self.member(), text).replace(PROOF, proof or self.proof()))

    def without_proof(self):
        if self.source in HEADERS:
            return Request(self.source, self.body)
        return self.with_member(b"note=1" if self.is_form else b'"note":1')


def flip(rng, text, positions=None):
    """`text` with one bit of one byte flipped."""
    flipped = bytearray(text)
    at = rng.choice(positions) if positions else rng.randrange(len(text))
    flipped[at] ^= 1 << rng.randrange(8)
    return bytes(flipped)


# What is wrong with the proof itself, wherever it stands: each takes a draft and gives another text than its proof.

def flipped(draft):
    while True:
        text = flip(draft.rng, draft.proof())
        # Controls would be malformed HTTP, refused before anybody looks at the secret.
        if draft.source not in HEADERS or not any(byte < 33 or byte == 127 for byte in text):
            return text


def of_wrong_secret(draft):
    secret = SECRETS[draft.source]
    at = draft.rng.randrange(len(secret))
    near = secret[:at] + draft.rng.choice("ghijkGHIJK_") + secret[at + 1:]
    return draft.proof(draft.rng.choice([near if near != secret else secret + "g", secret[:-1], secret + "0", secret.swapcase(),
                                         "", "secret", secret[::-1]]))


def of_other_source(draft):
    return draft.proof(draft.rng.choice([secret for name, secret in SECRETS.items() if name != draft.source]))


def of_other_hash(draft):
    if draft.source in ("honeycoin", "moolre"):  # signed, by who takes the secret for a key
        return hmac.new(draft.proof(), draft.body, draft.rng.choice([hashlib.sha512, hashlib.sha256])).hexdigest().encode()
    secret, text = SECRETS[draft.source].encode(), draft.signed_text()
    return draft.rng.choice([draft.proof(digest=hashlib.sha256), draft.proof(digest=hashlib.sha1),
                             draft.proof(digest=hashlib.sha3_512), draft.proof(digest=hashlib.sha384),
                             hashlib.sha512(text).hexdigest().encode(), hashlib.sha512(secret + text).hexdigest().encode(),
                             base64.b64encode(hmac.digest(secret, text, "sha512"))])


def spaced(draft):
    proof = draft.proof()
    at = draft.rng.randrange(1, len(proof))
    return proof[:at] + (b" " if not draft.is_form else draft.rng.choice([b"+", b"%20"])) + proof[at:]


def truncated(draft):
    proof = draft.proof()
    cut = draft.rng.randrange(1, len(proof))
    return draft.rng.choice([proof[:cut], proof[cut:]])


def extended(draft):
    more = bytes(draft.rng.choice(b"0123456789abcdef") for _ in range(draft.rng.randrange(1, 9)))
    return draft.rng.choice([draft.proof() + more, more + draft.proof(), draft.proof() * draft.rng.randrange(2, 9)])


def other_case(draft):
    return draft.rng.choice([draft.proof().upper(), draft.proof().swapcase()])


def decorated(draft):
    return draft.rng.choice([b"Bearer %s", b"sha512=%s", b"v1,%s", b"'%s'", b"0x%s", b"<%s>"]) % draft.proof()


WRONG_TEXTS = {"bit flipped in the proof": flipped, "wrong secret": of_wrong_secret, "another source's secret": of_other_source,
               "another hash": of_other_hash, "blank inside": spaced, "truncated": truncated, "extended": extended,
               "other case": other_case, "decorated": decorated, "empty": lambda draft: b""}


# What is wrong with where the proof stands, or with what it proves: each makes the whole request.

def missing(draft):
    return draft.without_proof()


def doubled(draft):
    proof, wrong = draft.proof(), flipped(draft)
    pair = draft.rng.choice([(proof, proof), (proof, wrong), (wrong, proof), (proof, b"")])
    if draft.source in HEADERS:
        return Request(draft.source, draft.body, [(HEADERS[draft.source], text) for text in pair])
    between = b"&" if draft.is_form else b","
    return draft.with_member(between.join(draft.member().replace(PROOF, text) for text in pair))


def elsewhere(draft):
    request, proof = draft.without_proof(), draft.proof()
    name = HEADERS.get(draft.source) or MEMBERS[draft.source]
    place = draft.rng.randrange(5)
    if place == 0:
        request.trailers.append((name, proof))
    elif place == 1:
        request.query = b"?" + name + b"=" + proof
    elif place == 2:
        looks_alike = [name.replace(b"-", b"_") + b"_", name + b"s", b"authorization", b"x-" + name, b"cookie"]
        request.headers.append((draft.rng.choice(looks_alike), proof))
    elif place == 3:
        request.headers.append((b"x-moolre-secret", proof))
        request.headers.append((name if draft.source in MEMBERS else b"signature", proof))
    else:
        request.body += b"\n" + proof if draft.source == "kenya" else b""
        request.trailers.append((b"x-signature", proof))
    return request


def replayed(draft):
    """The genuine signature of another body."""
    other = Draft(draft.rng, draft.source, b"other-%d" % draft.rng.randrange(10 ** 9))
    return draft.with_proof(other.proof())


def changed_after_signing(draft):
    proof = draft.proof()
    if draft.source == "kenya":
        draft.body = flip(draft.rng, draft.body)
        return draft.with_proof(proof)
    while True:
        found = draft.rng.choice(list(re.finditer(rb'"([^"]*)"|(?<=:)(-?[0-9.]+)', draft.body)))
        begin, end = found.span(found.lastindex)
        if begin == end or found.group(1) == PROOF:
            continue
        changed = flip(draft.rng, draft.body, range(begin, end))
        # 100.50 and "100.5 " are one number; a mark that is damaged is no mark.
        if not (found.lastindex == 2 and any(changed[at:at + 1].isspace() for at in range(begin, end))):
            draft.body = changed
            return draft.with_proof(proof)


def respelled(draft):
    """The same document in other bytes: they are what Startbutton signs."""
    request = draft.with_proof(draft.proof())
    document = json.loads(draft.body)
    request.body = draft.rng.choice([compact(document), json.dumps(document, indent=draft.rng.randrange(5)).encode(),
                                     draft.body + b"\n", b" " * draft.rng.randrange(1, 9) + draft.body, draft.body + b"\0", b"",
                                     b"\xef\xbb\xbf" + draft.body])
    return request


def wrong_type(draft):
    name = b'"' + MEMBERS[draft.source] + b'":'
    if draft.is_form:
        return wrong_name(draft)
    mark = b'"' + PROOF + b'"'
    return draft.with_member(name + draft.rng.choice([
        b"%d" % draft.rng.randrange(10 ** 9), b"-1.5e3", b"null", b"true", b"false", b"[]", b"{}", b"[" + mark + b"]",
        b"[[" + mark + b"]]", b'{"0":' + mark + b"}", b"{" + name + mark + b"}", b"[" + mark + b"," + mark + b"]"]))


def wrong_name(draft):
    name = MEMBERS[draft.source]
    if draft.is_form:
        return draft.with_member(draft.rng.choice([
            b"x%5Bsecret%5D=", b"secret%5B%5D=", b"data%5Bsecret%5D%5B%5D=", b"data%5Bdata%5D%5Bsecret%5D=", b"Secret=",
            b"secret%00=", b"+secret=", b"secret&note=", b"secret=&note=", b"data%5Bsecret=", b"body=%7B%22secret%22:",
        ]) + PROOF)
    wrong = flip(draft.rng, name)
    return draft.with_member(b'"' + draft.rng.choice([wrong, name.upper(), name + b" ", name + b"\\u0000", b"data." + name])
                             + b'":"' + PROOF + b'"')


def wrong_place(draft):
    """The genuine secret, but where none belongs; or in a body that is read as another kind than it seems."""
    member, proof = draft.member(), PROOF
    if draft.is_form:
        without = draft.body.replace(member, b"note=1")
        body = draft.rng.choice([without + b"&" + compact({"secret": PROOF.decode()}), b"{" + draft.body + b"}", draft.body + b"&" + member, draft.body.replace(b"=", b":"),
                                 draft.body + b"&other%5Bsecret%5D=x", b"%zz&" + draft.body, draft.body.replace(b"&", b";")])
    else:
        note = draft.body.replace(member, b'"note":1')
        body = draft.rng.choice([
            draft.body.replace(member, b'"other":{' + member + b"}"), draft.body.replace(member, b'"list":[{' + member + b"}]"),
            note + b"&secret=" + proof, b"[" + draft.body + b"]", draft.body[:-1], draft.body + b"}", b'"' + draft.body,
            note[:-1] + b',"deep":{"data":{' + member + b"}}}", draft.body[:-1] + b',"other":{"secret":"x"}}',
            b"secret=x&" + draft.body])
    return Request(draft.source, body.replace(PROOF, draft.proof()))


def as_draft(make):
    """A maker of recuts.py, which knows bodies and nothing of requests."""
    return lambda draft: Request(draft.source, make(draft.rng, draft.body, SECRETS[draft.source]))


WRONG_REQUESTS = {
    "kenya": {"changed after signing": changed_after_signing, "replayed": replayed, "respelled": respelled},
    "honeycoin": {},
    "unipesa": {"changed after signing": changed_after_signing, "replayed": replayed, "wrong type": wrong_type,
                "wrong name": wrong_name} | {what: as_draft(make) for what, make in recuts.MAKERS.items()},
    "moolre": {"wrong type": wrong_type, "wrong name": wrong_name, "wrong place": wrong_place},
}
COMMON_REQUESTS = {"missing": missing, "doubled": doubled, "elsewhere": elsewhere}


def in_chunks(rng, request):
    """Every tenth travels in chunks; that proves nothing and disproves nothing."""
    if request.body and rng.randrange(10) == 0:
        request.chunks = [rng.randrange(len(request.body)) for _ in range(rng.randrange(1, 4))]
    return request


def genuine(rng, source, reference):
    draft = Draft(rng, source, reference)
    return in_chunks(rng, draft.with_proof(draft.proof()))


def forgery(rng, reference):
    """What is wrong, and the request."""
    source = rng.choice(list(SECRETS))
    draft = Draft(rng, source, reference)
    whole = WRONG_REQUESTS[source] | COMMON_REQUESTS
    if rng.randrange(2) == 0:
        what = rng.choice(list(WRONG_TEXTS))
        wrong = WRONG_TEXTS[what](draft)
        assert wrong != draft.proof(), what
        request = draft.with_proof(wrong)
    else:
        what = rng.choice(list(whole))
        request = whole[what](draft)
    return f"{source}: {what}", in_chunks(rng, request)
