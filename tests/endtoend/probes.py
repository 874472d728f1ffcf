"""The catalogue of raw HTTP probes: bytes that have led servers and proxies astray, and the gateway's verdict on each.

A probe named NAME may carry a genuine callback where no request may begin: its reference is `NAME.hidden`. Each request that the
gateway may take for one carries its name in the target, so that a proxy's log tells which requests the proxy saw.
"""

import dataclasses

from support import collection, sign

PATH = b"/in/kenya"
MAX_BODY = 64 * 1024
MAX_HEADERS = 8 * 1024


@dataclasses.dataclass
class Probe:
    name: str
    data: bytes
    statuses: tuple  # the gateway's answers, in order
    closes: bool  # then nothing behind it is served
    sees: int  # callbacks that the gateway counts, whatever their outcome
    accepts: tuple  # references that become events
    waits: bool = False  # the gateway waits for the rest until its deadline


def post(name, headers=b"", body=b"", version=b"HTTP/1.1", host=b"Host: a\r\n", method=b"POST", target=None):
    """One request, word for word; `headers` are complete lines."""
    target = PATH + b"?probe=" + name.encode() if target is None else target
    return method + b" " + target + b" " + version + b"\r\n" + host + headers + b"\r\n" + body


def length(body):
    return b"Content-Length: %d\r\n" % len(body)


def signature(body):
    return b"X-Startbutton-Signature: " + sign(body).encode() + b"\r\n"


def callback(reference, headers=b"", **options):
    """A genuine one."""
    body = collection("collection.verified", reference)
    return post(reference, signature(body) + headers + length(body), body, **options)


def chunked(name, raw, headers=b"", **options):
    return post(name, headers + b"Transfer-Encoding: chunked\r\n", raw, **options)


def chunks(body, size, extension=b""):
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%X%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)


class Catalogue:
    def __init__(self):
        self.probes = []

    def add(self, name, data, statuses, closes=False, sees=0, accepts=(), waits=False):
        self.probes.append(Probe(name, data, tuple(statuses), closes, sees, tuple(accepts), waits))

    def refused(self, name, data, status=400):
        """No callback: answered, closed, and everything behind it ignored."""
        self.add(name, data, [status], closes=True)

    def unsigned(self, name, data):
        """One request, of which the edge thinks nothing bad; without a signature it is a 401, and the connection goes on."""
        self.add(name, data, [401], sees=1)

    def accepted(self, name, data, *references):
        references = references or (name,)
        self.add(name, data, [200] * len(references), sees=len(references), accepts=references)


def hidden(name):
    return callback(name + ".hidden")


def add_transfer_encodings(catalogue):
    """TE.TE, CL.TE and TE.CL: what only one of two readers takes for `chunked`."""
    for label, value in {
        "unknown": b"xchunked", "identity": b"identity", "twice": b"chunked, chunked", "gzip": b"gzip, chunked",
        "behind": b"chunked, identity", "parameter": b"chunked;q=1", "quoted": b'"chunked"', "apostrophes": b"'chunked'",
        "comma": b"chunked,", "comma-first": b",chunked", "empty": b"", "two-words": b"chunked gzip", "split": b"chun ked",
        "vertical-tab": b"\x0bchunked", "form-feed": b"chunked\x0c", "nul": b"chunked\x00", "high": b"chunked\xa0",
        "identity-first": b"identity, chunked", "colon": b": chunked", "null": b"null", "dotless": b"chunke\xc4\xb1",
    }.items():
        name = "te-" + label
        line = b"Transfer-Encoding: " + value + b"\r\n"
        body = b"0\r\n\r\n" + hidden(name)
        catalogue.refused(name, post(name, line, body))
        catalogue.refused(name + "-cl", post(name + "-cl", line + length(body), body))
        catalogue.refused(name + "-te", post(name + "-te", b"Transfer-Encoding: chunked\r\n" + line, body))
    for label, line in {
        "space-colon": b"Transfer-Encoding : chunked\r\n", "tab-colon": b"Transfer-Encoding\t: chunked\r\n",
        "first-folded": b" Transfer-Encoding: chunked\r\n", "folded": b"Transfer-Encoding:\r\n chunked\r\n",
        "folded-tab": b"Transfer-Encoding:\r\n\tchunked\r\n", "folded-colon": b"Transfer-Encoding\r\n : chunked\r\n",
        "bare-cr": b"X: y\rTransfer-Encoding: chunked\r\n", "bare-lf": b"X: y\nTransfer-Encoding: chunked\r\n",
        "lf-cr": b"X: y\n\rTransfer-Encoding: chunked\r\n", "cr-cr": b"Transfer-Encoding: chunked\r\r\n",
        "nul-name": b"Transfer\x00-Encoding: chunked\r\n", "high-name": b"Transfer-Encoding\xff: chunked\r\n",
        "no-colon": b"Transfer-Encoding chunked\r\n", "ends-lf": b"Transfer-Encoding: chunked\n",
        "quoted-name": b'"Transfer-Encoding": chunked\r\n', "empty-name": b": chunked\r\n",
    }.items():
        name = "te-line-" + label
        body = b"0\r\n\r\n" + hidden(name)
        catalogue.refused(name, post(name, line + length(body), body))
    te = b"Transfer-Encoding: chunked\r\n"
    for label, lines in {"te": te, "TE": te.upper(), "twice": te + te.lower(), "identity": te + b"Transfer-Encoding: identity\r\n"}.items():
        body = b"0\r\n\r\n" + hidden("clte-" + label)
        catalogue.refused("clte-" + label, post("clte-" + label, length(body) + lines, body))
        inner = hidden("tecl-" + label)
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
        short = b"Content-Length: %d\r\n" % (body.index(b"\n") + 1)
        catalogue.refused("tecl-" + label, post("tecl-" + label, lines + short, body))
    for label, more in {"": b"", "-alive": b"Connection: keep-alive\r\n", "-named": b"Connection: Transfer-Encoding, keep-alive\r\n"}.items():
        name = "te-http10" + label
        catalogue.refused(name, chunked(name, b"0\r\n\r\n" + hidden(name), more, version=b"HTTP/1.0"))
    # An unknown header is none of framing, however much it looks like it: the length rules.
    for label, line in {"underscore": b"Transfer_Encoding: chunked\r\n", "x": b"X-Transfer-Encoding: chunked\r\n",
                        "te": b"TE: chunked\r\n", "trailer": b"Trailer: Transfer-Encoding\r\n"}.items():
        name = "te-other-" + label
        body = b"0\r\n\r\n" + hidden(name)
        catalogue.unsigned(name, post(name, line + length(body), body))
    for label, value in {"case": b"ChunKed", "spaces": b" \t chunked \t ", "none": b"chunked"}.items():
        name = "te-good-" + label
        catalogue.unsigned(name, post(name, b"Transfer-Encoding:" + value + b"\r\n", b"5\r\nhello\r\n0\r\n\r\n"))


def add_lengths(catalogue):
    for label, value in {
        "plus": b"+5", "minus": b"-5", "list": b"5, 5", "list-differs": b"5, 6", "two": b"5 5", "hex": b"0x5", "point": b"5.0",
        "exponent": b"5e0", "arabic": "٥".encode(), "wide": "５".encode(), "empty": b"", "semicolon": b"5;", "quoted": b'"5"',
        "nul": b"5\x00", "vertical-tab": b"\x0b5", "letter": b"5a", "comma": b"5,", "comma-first": b",5", "minus-zero": b"-0",
        "beyond-64": b"18446744073709551621", "far-beyond": b"9" * 40, "underscore": b"5_0", "high": b"5\xa0",
    }.items():
        name = "cl-" + label
        catalogue.refused(name, post(name, b"Content-Length: " + value + b"\r\n", b"hello" + hidden(name)))
    for label, value in {"beyond-32": b"4294967301", "signed-63": b"9223372036854775807", "all-64": b"18446744073709551615"}.items():
        name = "cl-" + label
        catalogue.refused(name, post(name, b"Content-Length: " + value + b"\r\n", b"hello" + hidden(name)), 413)
    for label, lines in {
        "equal": b"Content-Length: 5\r\nContent-Length: 5\r\n", "differ": b"Content-Length: 0\r\ncontent-length: 5\r\n",
        "zero-last": b"Content-Length: 5\r\nContent-Length: 0\r\n", "space-colon": b"Content-Length : 5\r\n",
        "folded": b"Content-Length:\r\n 5\r\n", "folded-digits": b"Content-Length: 5\r\n 0\r\n",
        "bare-cr": b"X: y\rContent-Length: 5\r\n", "bare-lf": b"X: y\nContent-Length: 5\r\n", "nul-name": b"Content-Length\x00: 5\r\n",
        "cr-before-colon": b"Content-Length\r: 5\r\n",
    }.items():
        name = "cl-line-" + label
        catalogue.refused(name, post(name, lines, b"hello" + hidden(name)))
    # CL.0 and TE.0: a body that the handler has no use for is still a body.
    for label, options, status in (("get", {"method": b"GET"}, 405), ("options", {"method": b"OPTIONS"}, 405),
                                   ("nowhere", {"target": b"/nowhere"}, 404), ("slashes", {"target": b"//in//kenya"}, 404)):
        for kind, build in (("cl0", lambda n, inner, o: post(n, length(inner), inner, **o)),
                            ("te0", lambda n, inner, o: chunked(n, chunks(inner, 4096) + b"0\r\n\r\n", **o))):
            name = f"{kind}-{label}"
            catalogue.refused(name, build(name, hidden(name), options), status)
    name = "cl0-connection"
    catalogue.unsigned(name, post(name, b"Connection: keep-alive, Content-Length\r\n" + length(hidden(name)), hidden(name)))
    name = "cl-good-zeros"
    catalogue.unsigned(name, post(name, b"Content-Length: 000000005\r\n", b"hello"))
    name = "cl-absent"  # no length, no body: what follows is a request of its own
    catalogue.add(name, post(name) + hidden(name), [401, 200], sees=2, accepts=[name + ".hidden"])


def add_chunks(catalogue):
    behind = b"\r\nhello\r\n0\r\n\r\n"
    for label, size in {
        "empty": b"", "space-first": b" 5", "space": b"5 ", "tab": b"5\t", "plus": b"+5", "minus": b"-5", "prefix": b"0x5", "suffix": b"5h",
        "letter": b"g", "point": b"5.", "list": b"5,5", "two": b"5 5", "beyond-64": b"10000000000000005", "digits": b"0" * 19 + b"5",
        "far-beyond": b"1" + b"0" * 24 + b"5", "nul": b"5\x00", "high": b"5\xa0", "lf": b"5\n", "cr": b"5\r", "lf-only": b"\n5",
        "semicolon": b"5;", "ext-no-name": b"5;=b", "ext-no-value": b"5;a=", "ext-open-quote": b'5;a="b', "ext-backslash": b'5;a="\\',
        "ext-nul": b"5;a\x00", "ext-second-size": b"5;a 6", "ext-space": b"5;a ", "ext-colon": b"5:a", "ext-lf": b"5;a\nb", "ext-cr": b"5;a\rb",
        "ext-lf-first": b"5;\n", "ext-quoted-line": b'5;a="\r\n"', "ext-long": b"5;" + b"a" * 300, "signed-0": b"-0", "long-line": b"5" * 300,
    }.items():
        name = "chunk-size-" + label
        catalogue.refused(name, chunked(name, size + behind + hidden(name)))
    for label, size in {"16-digits": b"F" * 16, "32-bits": b"100000005", "63-bits": b"7FFFFFFFFFFFFFFF", "limit": b"10001"}.items():
        name = "chunk-size-" + label
        catalogue.refused(name, chunked(name, size + behind + hidden(name)), 413)
    for label, raw in {
        "no-end": b"5\r\nhello0\r\n\r\n", "lf-end": b"5\r\nhello\n0\r\n\r\n", "cr-end": b"5\r\nhello\r0\r\n\r\n", "spill": b"5\r\nhelloXX0\r\n\r\n",
        "longer": b"5\r\nhello!\r\n0\r\n\r\n", "lf-cr-end": b"5\r\nhello\n\r0\r\n\r\n", "two-ends": b"5\r\nhello\r\n\r\n0\r\n\r\n",
        "lf-size": b"5\nhello\r\n0\r\n\r\n", "cr-size": b"5\rhello\r\n0\r\n\r\n", "lf-last": b"0\r\n\n", "lf-lf-last": b"0\n\n", "cr-lf-last": b"0\r\n\r\r\n",
        "prefix-last": b"0x0\r\n\r\n", "minus-last": b"-0\r\n\r\n", "cr-x-size": b"5\rXhello\r\n0\r\n\r\n", "lf-in-size": b"\n5\r\nhello\r\n0\r\n\r\n",
        "trailer-no-colon": b"0\r\nX\r\n\r\n", "trailer-space": b"0\r\nX : y\r\n\r\n", "trailer-folded": b"0\r\nX: y\r\n z: w\r\n\r\n",
        "trailer-nul": b"0\r\nX: \x00\r\n\r\n", "trailer-lf": b"0\r\nX: y\n\r\n", "trailer-cr": b"0\r\nX: y\rZ: w\r\n\r\n", "trailer-no-name": b"0\r\n: y\r\n\r\n",
        "request-as-trailer": b"0\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    }.items():
        name = "chunk-" + label
        catalogue.refused(name, chunked(name, raw + hidden(name)))
    # What one reader skips as an extension, or as the line end behind the data, hides a request from the other.
    inner = hidden("chunk-ext-lf-request")
    for label, raw in {
        "ext-lf-request": b"2;\nxx\r\n%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n" % (len(inner) + 5, inner),
        "spill-request": b"5\r\nhello%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n" % (len(inner) + 5, inner),
        "ext-cr-request": b"2;\rxx\r\n%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n" % (len(inner) + 5, inner),
    }.items():
        catalogue.refused("chunk-" + label, chunked("chunk-" + label, raw))
    name = "chunk-trailers-too-large"
    catalogue.refused(name, chunked(name, b"0\r\n" + b"X: yyyyyyyyyyyyyyyy\r\n" * 500 + b"\r\n"), 431)
    name = "chunk-extensions-too-many"
    catalogue.refused(name, chunked(name, (b"1;" + b"x" * 200 + b"\r\ny\r\n") * 40 + b"0\r\n\r\n"))

    genuine = {}

    def genuine_body(name):
        return genuine.setdefault(name, collection("collection.verified", name))

    for label, size, extension, end in (
            ("one", 4096, b"", b"0\r\n\r\n"), ("some", 64, b"", b"0\r\n\r\n"), ("bytes", 1, b"", b"0\r\n\r\n"), ("zeros", 100, b"", b"0000\r\n\r\n"),
            ("extension", 100, b' ;a="b\\"; c" ;d', b"0;last\r\n\r\n"), ("trailers", 100, b"", b"0\r\nContent-Length: 3\r\nHost: b\r\nTransfer-Encoding: x\r\n\r\n"),
            ("request-in-trailer-value", 4096, b"", b"0\r\nX: GET / HTTP/1.1\r\n\r\n")):
        name = "chunked-good-" + label
        body = genuine_body(name)
        catalogue.accepted(name, chunked(name, chunks(body, size, extension) + end, signature(body)))
    # A signature in a trailer is no signature, announced or not, and beside a real one it does no harm.
    name = "trailer-signature"
    body = genuine_body(name)
    last = b"0\r\n" + signature(body) + b"\r\n"
    catalogue.unsigned(name, chunked(name, chunks(body, 4096) + last))
    name += "-announced"
    catalogue.unsigned(name, chunked(name, chunks(body, 4096) + last, b"Trailer: X-Startbutton-Signature\r\n"))
    name = "trailer-signature-beside"
    body = genuine_body(name)
    catalogue.accepted(name, chunked(name, chunks(body, 4096) + b"0\r\nX-Startbutton-Signature: " + b"0" * 128 + b"\r\n\r\n", signature(body)))


def add_heads(catalogue):
    for label, host in {
        "none": b"", "two": b"Host: a\r\nHost: a\r\n", "two-differ": b"Host: a\r\nhost: b\r\n", "slash": b"Host: a/b\r\n", "list": b"Host: a, b\r\n",
        "user": b"Host: u@a\r\n", "space": b"Host: a b\r\n", "ports": b"Host: a:1:2\r\n", "port": b"Host: a:b\r\n", "bracket": b"Host: [::1\r\n",
        "high": b"Host: \xc3\xa9\r\n", "query": b"Host: a?b\r\n", "folded": b"Host:\r\n a\r\n", "space-colon": b"Host : a\r\n",
    }.items():
        catalogue.refused("host-" + label, post("host-" + label, b"Content-Length: 0\r\n", host=host))
    for label, host in {"empty": b"Host:\r\n", "literal": b"Host: [::1]:80\r\n", "port": b"Host: a:8080\r\n", "case": b"hOST: A\r\n"}.items():
        catalogue.unsigned("host-good-" + label, post("host-good-" + label, host=host))
    for byte in [*range(9), *range(10, 32), 127]:
        for place, line in (("value", b"X: a%cb\r\n" % byte), ("name", b"X%cY: a\r\n" % byte)):
            name = f"control-{byte:02x}-in-{place}"
            catalogue.refused(name, post(name, line))
        name = f"control-{byte:02x}-in-target"
        catalogue.refused(name, post(name, target=b"/in/ken%cya" % byte))
    for label, line in {
        "folded": b"X: a\r\n b\r\n", "folded-tab": b"X: a\r\n\tb\r\n", "folded-blank": b"X: a\r\n \r\n", "no-colon": b"X a\r\n", "space-colon": b"X : a\r\n",
        "tab-colon": b"X\t: a\r\n", "empty-name": b": a\r\n", "space-name": b" X: a\r\n", "high-name": b"X\xff: a\r\n", "bracket-name": b"X(y): a\r\n",
        "lf": b"X: a\n", "lf-lf": b"X: a\n\n", "cr": b"X: a\rY: b\r\n", "cr-cr-lf": b"X: a\r\r\n", "lf-cr": b"X: a\n\rY: b\r\n", "only-lf": b"\n",
    }.items():
        name = "line-" + label
        catalogue.refused(name, post(name, line + b"Content-Length: 0\r\n"))
    for label, line in {"tab": b"X:\ta\tb\t\r\n", "high": b"X: \xff\xfe\r\n", "empty": b"X:\r\n", "marks": b"!#$%&'*+-.^_`|~: a\r\n"}.items():
        catalogue.unsigned("line-good-" + label, post("line-good-" + label, line))
    name = "signature-twice"
    body = collection("collection.verified", name)
    catalogue.unsigned(name, post(name, signature(body) * 2 + length(body), body))
    catalogue.refused("signature-folded", post("signature-folded", signature(body).replace(b": ", b":\r\n ") + length(body), body))
    catalogue.refused("signature-space", post("signature-space", signature(body).replace(b": ", b" : ") + length(body), body))


def add_request_lines(catalogue):
    for version in (b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1", b"HTTP/1.10", b"HTTP/11.1", b"HTTP/2", b"HTTP/2.0", b"HTTP/3.0", b"http/1.1", b"HTTP/1.1 ", b"HTTP/ 1.1",
                    b"HTTP /1.1", b"HTTP/1.1x", b"HTTP/-1.1", b"HTTP/1,1", b"HTTPS/1.1", b"ICE/1.0", b"RTSP/1.0", b"HTTP/1.\xb1", b"HTTP\\1.1", b""):
        name = "version-" + version.hex()  # targets carry the names
        catalogue.refused(name, post(name, b"Content-Length: 0\r\n", version=version))
    for label, target in {
        "asterisk": b"*", "authority": b"a:80", "relative": b"in/kenya", "scheme": b"ftp://a/in/kenya", "no-host": b"http:///in/kenya", "no-path": b"http://a",
        "user": b"http://u@a/in/kenya", "port": b"http://a:b/in/kenya", "fragment": b"/in/kenya#x", "space": b"/in /kenya", "high": b"/in/k\xc3\xa9nya",
        "empty": b"", "one-slash": b"http:/a/in/kenya", "two-spaces": b" /in/kenya", "opaque": b"mailto:a", "query": b"?probe", "absolute-query": b"http://a?b",
    }.items():
        catalogue.refused("target-" + label, post("target-" + label, b"Content-Length: 0\r\n", target=target))
    for label, target in {"dots": b"/in/../in/kenya", "encoded": b"/in%2fkenya", "backslash": b"/in\\kenya", "parameter": b"/in/kenya;a", "slash": b"/in/kenya/",
                          "case": b"/IN/kenya", "nul": b"/in/kenya%00"}.items():
        catalogue.refused("target-" + label, post("target-" + label, b"Content-Length: 0\r\n", target=target), 404)
    for label, prefix in {"absolute": b"http://elsewhere", "absolute-case": b"HTTPS://a:443"}.items():
        name = "target-good-" + label
        catalogue.accepted(name, callback(name, target=prefix + PATH + b"?probe=" + name.encode()))
    for label, method in {"lower": b"post", "get": b"GET", "own": b"M-SEARCH", "connect": b"CONNECT", "trace": b"TRACE", "head": b"HEAD"}.items():
        catalogue.refused("method-" + label, post("method-" + label, b"Content-Length: 0\r\n", method=method), 405)
    for label, method in {"nul": b"PO\x00ST", "space": b"PO ST", "colon": b"POST:", "quoted": b'"POST"', "empty": b"", "high": b"POST\xff", "slash": b"P/ST"}.items():
        catalogue.refused("method-" + label, post("method-" + label, b"Content-Length: 0\r\n", method=method))
    for label, data in {
        "preface2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http09": b"GET /in/kenya\r\n\r\n", "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "ssl2": b"\x80\x2e\x01\x00\x02", "lf": b"\nPOST /in/kenya HTTP/1.1\r\nHost: a\r\n\r\n", "two-empty": b"\r\n\r\n" + callback("start-two-empty"),
        "cr": b"\r" + callback("start-cr"), "cr-cr-lf": b"\r\r\n" + callback("start-cr-cr-lf"), "space": b" " + callback("start-space"),
        "blank-line": b" \r\n" + callback("start-blank-line"), "nul": b"\x00" + callback("start-nul"), "bom": b"\xef\xbb\xbf" + callback("start-bom"),
        "proxy1": b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + callback("start-proxy1"), "proxy2": b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + b"\x7f" * 12,
        "json": b'{"event":"collection.verified"}\r\n\r\n', "redis": b"*1\r\n$4\r\nPING\r\n\r\n", "memcached": b"get x\r\n\r\n", "smtp": b"EHLO a\r\n\r\n",
        "rtsp": b"DESCRIBE rtsp://a/b RTSP/1.0\r\nCSeq: 1\r\n\r\n", "answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "header-only": b"Host: a\r\n\r\n",
        "lf-only": b"POST /in/kenya HTTP/1.1\nHost: a\nContent-Length: 0\n\n", "line-lf": b"POST /in/kenya HTTP/1.1\nHost: a\r\n\r\n",
        "line-cr": b"POST /in/kenya HTTP/1.1\rHost: a\r\n\r\n", "tabs": b"POST\t/in/kenya\tHTTP/1.1\r\nHost: a\r\n\r\n", "lone-lf": b"\n",
        "two-lines": b"POST /in/kenya HTTP/1.1\r\nPOST /in/kenya HTTP/1.1\r\nHost: a\r\n\r\n",
    }.items():
        catalogue.refused("start-" + label, data)
    catalogue.accepted("start-empty-line", b"\r\n" + callback("start-empty-line"))


def add_expectations_and_connections(catalogue):
    for label, line in {"other": b"Expect: miracles\r\n", "list": b"Expect: 100-continue, x\r\n", "twice": b"Expect: 100-continue\r\n" * 2, "empty": b"Expect:\r\n",
                        "number": b"Expect: 100\r\n", "parameter": b"Expect: 100-continue;a=b\r\n"}.items():
        name = "expect-" + label
        catalogue.refused(name, post(name, line + length(hidden(name)), hidden(name)), 417)
    name = "expect-large"
    catalogue.refused(name, post(name, b"Expect: 100-continue\r\nContent-Length: 65537\r\n"), 413)
    for label, headers, version in (("continue", b"Expect: 100-Continue\r\n", b"HTTP/1.1"),
                                    ("http10", b"Expect: miracles\r\nConnection: keep-alive\r\n", b"HTTP/1.0")):
        catalogue.accepted("expect-good-" + label, callback("expect-good-" + label, headers, version=version))
    name = "expect-no-body"
    catalogue.unsigned(name, post(name, b"Expect: 100-continue\r\n"))
    for label, headers, options in (("close", b"Connection: close\r\n", {}), ("close-list", b"Connection: x, Close\r\n", {}),
                                    ("http10", b"", {"version": b"HTTP/1.0"}), ("both", b"Connection: keep-alive\r\nConnection: close\r\n", {})):
        name = "connection-" + label
        catalogue.add(name, callback(name, headers, **options) + hidden(name), [200], closes=True, sees=1, accepts=[name])
    for label, headers in {"h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                           "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                           "hop": b"Connection: keep-alive, X-Startbutton-Signature, Host\r\n"}.items():
        catalogue.accepted("connection-good-" + label, callback("connection-good-" + label, headers))
    names = [f"pipeline-{i}" for i in range(20)]
    catalogue.accepted("pipeline", b"".join(map(callback, names)), *names)
    catalogue.add("pipeline-bad", callback("pipeline-first") + post("pipeline-bad", b"X : a\r\n") + hidden("pipeline-bad"), [200, 400],
                  closes=True, sees=1, accepts=["pipeline-first"])


def add_limits(catalogue):
    def padded(name, size):
        frame = len(post(name, b"X: \r\n"))
        return post(name, b"X: " + b"x" * (size - frame) + b"\r\n")

    catalogue.unsigned("head-fits", padded("head-fits", MAX_HEADERS))
    catalogue.refused("head-too-large", padded("head-too-large", MAX_HEADERS + 1), 431)
    catalogue.refused("head-far-too-large", padded("head-far-too-large", 4 * MAX_HEADERS), 431)
    catalogue.unsigned("headers-fit", post("headers-fit", b"A: b\r\n" * 127))
    catalogue.refused("headers-too-many", post("headers-too-many", b"A: b\r\n" * 128), 431)
    catalogue.refused("target-too-long", post("target-too-long", target=b"/" + b"a" * MAX_HEADERS), 431)
    catalogue.refused("method-too-long", post("method-too-long", method=b"A" * MAX_HEADERS), 431)
    catalogue.refused("name-too-long", post("name-too-long", b"A" * MAX_HEADERS + b": b\r\n"), 431)
    body = b" " * MAX_BODY
    catalogue.unsigned("body-fits", post("body-fits", length(body), body))
    catalogue.unsigned("body-fits-chunked", chunked("body-fits-chunked", chunks(body, 5000) + b"0\r\n\r\n"))
    catalogue.refused("body-too-large", post("body-too-large", length(body + b" "), body + b" "), 413)
    catalogue.refused("body-too-large-chunked", chunked("body-too-large-chunked", chunks(body + b" ", 5000) + b"0\r\n\r\n"), 413)


def add_unfinished(catalogue):
    for label, data in {
        "method": b"PO", "line": b"POST /in/kenya HTTP/1.1", "http09": b"GET /in/kenya\r\n", "head": post("x")[:-2], "cr": post("x")[:-1], "empty-line": b"\r\n",
        "body": post("x", b"Content-Length: 6\r\n", b"hello"), "chunk-size": chunked("x", b"5"), "chunk-data": chunked("x", b"5\r\nhell"), "chunk-end": chunked("x", b"5\r\nhello\r"),
        "last-chunk": chunked("x", b"5\r\nhello\r\n0\r\n"), "trailer": chunked("x", b"0\r\nX: y\r\n"), "ssh": b"SSH-2.0-OpenSSH_9.2\r\n", "cl-too-long": post("x", b"Content-Length: 60000\r\n", hidden("unfinished")),
    }.items():
        catalogue.add("unfinished-" + label, data, [408], closes=True, waits=True)


def catalogue():
    everything = Catalogue()
    for add in (add_transfer_encodings, add_lengths, add_chunks, add_heads, add_request_lines, add_expectations_and_connections, add_limits, add_unfinished):
        add(everything)
    names = [probe.name for probe in everything.probes]
    assert len(names) == len(set(names)), "two probes of one name"
    return everything.probes
