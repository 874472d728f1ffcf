"""Bodies that carry a genuine Unipesa signature, over exactly their text, and must not be believed all the same.

The signature covers names and values without separators, so one text has many bodies. Those whose only fault is a name that
nobody knows are kept as unrecognised, by design: moved() makes them, and MAKERS does not have it.
"""

import json

from support import UNIPESA_MERCHANT, read_ordered, sign, unipesa_pieces


def member(name, value):
    return f"{json.dumps(name)}:{json.dumps(value)}"


def flat(pieces):
    return [member(name, value) for name, value in pieces]


def nested(pieces):
    """As the platform writes them: what belongs to `result` stands in an object, here the last one."""
    inner = [(name.partition(".")[2], value) for name, value in pieces if name.startswith("result.")]
    return flat(piece for piece in pieces if not piece[0].startswith("result.")) + ['"result":{' + ",".join(flat(inner)) + "}"]


def text_of(pieces):
    return "".join(name + value for name, value in pieces)


def moved_cut(rng, pieces):
    """One end of a name or a value elsewhere between its neighbours."""
    texts = [text for piece in pieces for text in piece]
    while True:
        at = rng.randrange(len(texts) - 1)
        both = texts[at] + texts[at + 1]
        cut = rng.randrange(len(both) + 1)
        if cut != len(texts[at]):
            texts[at:at + 2] = both[:cut], both[cut:]
            return list(zip(texts[::2], texts[1::2]))


# Each gives the members of a body from the pieces of a genuine one, whose text they keep.

def moved(rng, pieces):
    """Mostly kept as unrecognised, for a name of it is unknown; so no forgery in the sense of the others."""
    return nested(moved_cut(rng, pieces))


def dotted(rng, pieces):
    return flat(pieces)


def dotted_and_moved(rng, pieces):
    return flat(moved_cut(rng, pieces))


def nested_signature(rng, pieces):
    """A signature is left out of the text wherever it stands."""
    texts, extra = nested(pieces), member("signature", rng.choice(["", "x", "0" * 128]))
    if rng.randrange(2) == 0:
        texts[-1] = rng.choice([texts[-1].replace("{", "{" + extra + ","), texts[-1][:-1] + "," + extra + "}"])
    else:
        texts.insert(rng.randrange(len(texts)), '"extra":' + rng.choice(["{%s}", '{"a":{%s}}', "[{%s}]"]) % extra)
    return texts


def twice(rng, pieces):
    """The last value counts, at the first one's place: so the wrong one stands in front."""
    texts = nested(pieces)
    at = rng.randrange(len(texts) - 1)
    name, value = pieces[at]
    texts.append(texts[at])
    texts[at] = member(name, rng.choice([value, "1", "", value + "0"]))
    return texts


def other_merchant(rng, pieces):
    (first, merchant), (second, value), *rest = pieces
    both = merchant + second
    cut = rng.choice([at for at in range(len(both) + 1) if at != len(merchant)])
    return nested([(first, both[:cut]), (both[cut:], value), *rest])


def sealed(members, text, secret):
    """A body of `members` with the signature of `text`."""
    return ("{" + ",".join([*members, member("signature", sign(text.encode(), secret))]) + "}").encode()


def recut(change):
    def make(rng, body, secret):
        pieces = unipesa_pieces(read_ordered(body))
        pieces.sort(key=lambda piece: piece[0].startswith("result."))  # stable: these go to the end
        return sealed(change(rng, pieces), text_of(pieces), secret)
    return make


def two_readings(rng, body, secret):
    """Signed by the platform itself, but a reference or a message full of names lets it be read in two ways."""
    number = str(rng.randrange(10 ** 9))
    names = ["transaction_id", "transaction_ref", "status", "provider_id", "destination_id", "result.code", "result.message"]
    first = list(zip(names, [number, "R1", "2", "14", "", "0", ""]))
    second = list(zip(names, ["8" + number, "R2", "1", "15", "", "0", "OK"]))
    head = [("merchant_id", UNIPESA_MERCHANT), ("operation_type", "17"), ("customer_id", "254710000000"), ("amount", "100")]
    pieces = rng.choice([head + [("order_id", number + text_of(first))] + second,
                         head + [("order_id", number)] + first[:-1] + [("result.message", text_of(second))]])
    return sealed(nested(pieces), text_of(pieces), secret)


def merchant_of_others(rng, body, secret):
    """Another account of the platform, with the same secret."""
    pieces = unipesa_pieces(read_ordered(body))
    pieces[0] = ("merchant_id", f"{rng.getrandbits(128):032x}")
    pieces.sort(key=lambda piece: piece[0].startswith("result."))
    return sealed(nested(pieces), text_of(pieces), secret)


# Those that the gateway counts as ambiguous, and not as refused, because all but their reading is in order.
AMBIGUOUS = {"re-cut: dotted": recut(dotted), "re-cut: dotted and moved": recut(dotted_and_moved),
             "re-cut: nested signature": recut(nested_signature), "re-cut: twice": recut(twice), "two readings": two_readings}
MAKERS = AMBIGUOUS | {"re-cut: other merchant": recut(other_merchant), "merchant of others": merchant_of_others}
