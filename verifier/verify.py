#!/usr/bin/env python3
"""Verifies an exported access log without the service, its code or its database.

Written from docs/ledger-format.md alone (the numbers in brackets are its sections), so that a mistake in the service's own
verifier is not repeated here. It needs Python 3.9 and `cryptography`; it must never open a network connection, write a file,
trust anything that lies in the folder, or print a body.

    verify.py DIR [DIR…] --key VKEY [--key VKEY…] [--known CHECKPOINT] [--receipt FILE…] [--whole]
              [--now 2026-11-22T09:30:00Z] [--json]

Exit code, of the worst folder: 0 good, 1 bad, 2 nothing could be decided.
"""
import argparse
import base64
import bisect
import hashlib
import json
import math
import os
import re
import sys
import unicodedata
from datetime import datetime, timedelta, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

IN_FLIGHT = timedelta(seconds=120)
MAX_WAITING = 10_000
MAX_OPEN = 10_000
LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"[A-Za-z0-9._/:-]{1,128}")
HEX32 = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
LINE = re.compile(rb'\{"leaf":"([0-9a-f]{64})"(?:,"salt":"([0-9a-f]{64})","body":(\{[ -~]*\}))?\}\n')
EXPIRED = re.compile(rb'\{"leaf":"([0-9a-f]{64})","writer":"([A-Za-z0-9._/:-]{1,128})","n":([1-9][0-9]{0,18}),'
                     rb'"expired":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"\}\n')
RECEIPT = re.compile(r'writer="([A-Za-z0-9._/:-]{1,128})", n=([1-9][0-9]{0,18}), at="([^"]{27})", '
                     r'leaf=:([A-Za-z0-9+/=]{44}):, signature=:([A-Za-z0-9+/=]{1,200}):', re.ASCII)
BODY = ["v", "writer", "n", "at", "panel", "actor", "operation", "outcome", "problem", "cases", "policy", "purpose",
        "manifest", "request", "detail"]
ACTOR = ["person", "membership", "agency", "role", "system"]


class Unreadable(Exception):
    """Bytes that no writer of the format would have written."""


class Unusable(Exception):
    """Nothing can be decided."""


def need(holds, why):
    if not holds:
        raise Unreadable(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def strict_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Unreadable("base64") from None
    need(base64.b64encode(data).decode() == text, "base64")
    return data


# ---- [1.3] the tree

class Frontier:
    def __init__(self, size=0, roots=()):
        self.size, self.roots = size, list(roots)

    def push(self, leaf):
        bits, node = self.size, leaf
        while bits & 1:
            node = sha256(b"\x01", self.roots.pop(), node)
            bits >>= 1
        self.roots.append(node)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha256()
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = sha256(b"\x01", left, node)
        return node


# ---- [2] keys and checkpoints

def is_key_name(name):
    """The same rule for keys and for lines of notes: two readings of one line are two logs."""
    odd = any(c == "+" or c.isspace() or unicodedata.category(c) in ("Cc", "Cs") for c in name)
    return not odd and 1 <= len(name.encode()) <= 255


def parse_key(text):
    """Name, key id, public key, and whether it is a witness's."""
    name, _, rest = text.partition("+")
    given, _, encoded = rest.partition("+")
    need(is_key_name(name) and re.fullmatch("[0-9a-f]{8}", given), "verifier key")
    data = strict_base64(encoded)
    need(len(data) == 33 and data[0] in (1, 4), "verifier key")
    key_id = sha256(name.encode(), b"\n", data)[:4]
    need(key_id.hex() == given, "verifier key")
    return name, key_id, Ed25519PublicKey.from_public_bytes(data[1:]), data[0] == 4


class Checkpoint:
    """A signed note, believed: raises Unreadable for anything else."""

    def __init__(self, note, keys):
        need(len(note) <= 1_000_000 and note.endswith(b"\n"), "note")
        need(not any(byte < 0x20 and byte != 0x0A for byte in note), "note")
        try:
            whole = note.decode()
        except UnicodeDecodeError:
            raise Unreadable("note") from None
        text, blank, signatures = whole.rpartition("\n\n")
        need(blank, "note")
        text += "\n"
        signed, self.witnesses = self.check_signatures(text.encode(), signatures[:-1].split("\n"), keys)
        lines = text[:-1].split("\n")
        need(len(lines) >= 3 and all(lines) and DECIMAL.fullmatch(lines[1]), "checkpoint")
        self.origin, self.size, self.root = lines[0], int(lines[1]), strict_base64(lines[2])
        need(len(self.root) == 32 and self.origin in signed, "checkpoint")

    @staticmethod
    def check_signatures(text, lines, keys):
        need(1 <= len(lines) <= 100, "signatures")
        signed, witnesses = set(), set()
        for line in lines:
            parts = line.split(" ")
            need(len(parts) == 3 and parts[0] == "\u2014" and is_key_name(parts[1]), "signature line")
            data = strict_base64(parts[2])
            need(len(data) > 4, "signature line")
            for name, key_id, public, witness in keys:
                if (name, key_id) != (parts[1], data[:4]):
                    continue
                signature, over = data[4:], text
                if witness:
                    time = int.from_bytes(signature[:8], "big")
                    signature, over = signature[8:], f"cosignature/v1\ntime {time}\n".encode() + text
                try:
                    public.verify(signature, over)
                except InvalidSignature:
                    raise Unreadable("a believed key's signature fails") from None
                if witness:
                    witnesses.add((name, key_id))
                else:
                    signed.add(name)
        need(signed, "no believed key signed it")
        return signed, witnesses


# ---- [1.1] bodies

def moment(text):
    need(isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text, re.ASCII), "at")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise Unreadable("at") from None


def is_name(value):
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_uuid(value):
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def is_hex(value):
    return isinstance(value, str) and HEX32.fullmatch(value) is not None


def is_integer(value, low=-(1 << 63), high=(1 << 63) - 1):
    return type(value) is int and low <= value <= high


def fields(value, names):
    need(isinstance(value, dict) and list(value) == names, "fields")
    return [value[name] for name in names]


def check_actor(actor):
    if actor == "-":
        return
    person, membership, agency, role, system = fields(actor, ACTOR)
    need(all(value is None or is_uuid(value) for value in (person, membership, agency)), "actor")
    need(all(value is None or is_name(value) for value in (role, system)), "actor")
    need(any(value is not None for value in actor.values()), "actor")


def check_manifest(manifest):
    shown, withheld, records = fields(manifest, ["shown", "withheld", "records"])
    need(isinstance(shown, dict) and list(shown) == sorted(shown) and isinstance(withheld, list), "manifest")
    for category, names in shown.items():
        need(is_name(category) and isinstance(names, list) and all(map(is_name, names)), "manifest")
    need(all(map(is_name, withheld)) and isinstance(records, list), "manifest")
    for record in records:
        need(isinstance(record, list) and len(record) == 2 and is_name(record[0]), "manifest")
        need(is_integer(record[1], 0, (1 << 32) - 1), "manifest")


def parse_body(raw):
    need(len(raw) <= 65_535 and all(0x20 <= byte < 0x7F and byte != 0x5C for byte in raw), "body")
    text = raw.decode("ascii")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("body") from None
    # What the writer would have written for the same values: no spaces, no second key of a name, no other form of a number.
    need(json.dumps(body, separators=(",", ":")) == text, "body")
    v, writer, n, at, panel, actor, operation, outcome, problem, cases, policy, purpose, manifest, request, detail = \
        fields(body, BODY)
    need(type(v) is int and v == 1 and is_name(writer) and is_integer(n, 1), "body")
    body["at"] = moment(at)
    need(panel is None or is_uuid(panel), "panel")
    check_actor(actor)
    need(is_name(operation) and (problem is None or is_name(problem)), "operation")
    need(outcome in ("shown", "changed", "refused", "not_found", "failed"), "outcome")
    need(is_hex(policy) and (purpose is None or is_name(purpose)) and is_uuid(request), "policy")
    need(isinstance(cases, list) and isinstance(manifest, list) and len(manifest) in (0, len(cases)), "cases")
    for case in cases:
        ledger_id, version, header = fields(case, ["id", "version", "header"])
        need(is_uuid(ledger_id) and is_integer(version) and (header is None or is_hex(header)), "cases")
    for one in manifest:
        check_manifest(one)
    need(isinstance(detail, list), "detail")
    for pair in detail:
        need(isinstance(pair, list) and len(pair) == 2 and is_name(pair[0]), "detail")
        need(is_name(pair[1]) or is_integer(pair[1]), "detail")
    return body


# ---- [2.1] receipts

class Receipt:
    """A signed word that an entry was made, believed: raises Unreadable for anything else."""

    def __init__(self, line, keys):
        parts = RECEIPT.fullmatch(line)
        need(parts, "receipt")
        writer, n, at, leaf, signature = parts.groups()
        self.writer, self.n, self.at, self.leaf = writer, int(n), moment(at), strict_base64(leaf)
        need(len(self.leaf) == 32 and self.n < 1 << 63, "receipt")
        data = strict_base64(signature)
        for name, key_id, public, witness in keys:
            text = f"cp-receipt-v1\n{name}\n{writer}\n{n}\n{at}\n{leaf}\n"
            if key_id == data[:4] and not witness:
                try:
                    return public.verify(data[4:], text.encode())
                except InvalidSignature:
                    continue
        raise Unreadable("no believed key signed the receipt")


# ---- [1.4] what must hold between entries

class Continuity:
    def __init__(self, whole):
        self.whole, self.seen, self.heads, self.latest = whole, {}, {}, None
        self.expired, self.erased, self.held = False, set(), {}

    def take(self, index, body, bad):
        at = body["at"]
        self.latest = at if self.latest is None else max(self.latest, at)
        voids = [value for name, value in body["detail"] if name == "void" and type(value) is int]
        for n in (voids if body["operation"] == "ledger.void" else []) + [body["n"]]:
            self.count(body["writer"], n, index, at, bad)
        for case in body["cases"]:
            self.mark(case, index, at, bad)
        if body["operation"] in ("eraseCase", "eraseCaseAgain") and body["outcome"] == "changed":
            for case in body["cases"]:
                self.held.pop(case["id"], None)
                self.erased.add(case["id"])

    def remnant(self, index, writer, n, bad):
        self.expired = True
        self.count(writer, n, index, self.latest or LONG_AGO, bad)

    def skipped(self, case, index, bad):
        """[1.6] Once bodies have expired, of a case that is erased versions may be missing."""
        if not self.expired:
            bad(index, "case_skipped", self.whole)
        elif self.whole and case not in self.erased:
            self.held.setdefault(case, index)

    def count(self, writer, n, index, at, bad):
        """`missing`: the stretches that were skipped, in order, each with the entry that skipped it first."""
        if not self.whole:
            return
        counter = self.seen.setdefault(writer, {"next": 1, "missing": []})
        missing = counter["missing"]
        if n >= counter["next"]:
            if n > counter["next"]:
                missing.append((counter["next"], n, index, at))
            counter["next"] = n + 1
        else:
            place = bisect.bisect_right(missing, (n, math.inf)) - 1
            first, end, *since = missing[place] if place >= 0 else (n, n)
            if n < end:
                rest = [(first, n, *since), (n + 1, end, *since)]
                missing[place:place + 1] = [stretch for stretch in rest if stretch[0] < stretch[1]]
            else:
                bad(index, "counter_twice", True)
        if len(missing) > MAX_OPEN:
            missing.pop(0)
            bad(index, "counter_gap", True)

    def mark(self, case, index, at, bad):
        was, since = self.heads.get(case["id"], (None, None))
        version = case["version"]
        if case["header"] is not None:
            if was is not None and version <= was:
                bad(index, "case_went_back", True)
            elif was is not None and version > was + 1:
                self.skipped(case["id"], index, bad)
            if was is None or version > was:
                self.heads[case["id"]] = (version, at)
        elif was is not None and version < was and at - since > IN_FLIGHT:
            bad(index, "stale_facts", True)
        elif was is not None and version > was:
            self.skipped(case["id"], index, bad)

    def end(self, bad):
        for counter in self.seen.values():
            for _, _, index, at in counter["missing"]:
                if (self.latest or LONG_AGO) - at > IN_FLIGHT:
                    bad(index, "counter_gap", self.whole)
        for index in self.held.values():
            bad(index, "case_skipped", self.whole)


# ---- [1.5] what writers attest

def public_key(text):
    need(is_hex(text), "key")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def has_signed(public, signature, text):
    try:
        public.verify(bytes.fromhex(signature), text.encode())
    except InvalidSignature:
        return False
    return True


class Lineage:
    """Which keys are the log's besides those brought, and until which entry: the word of a key counts until its own end."""

    def __init__(self, keys):
        self.brought = [(name, public) for name, _, public, witness in keys if not witness]
        self.words = {"ledger.key": [], "ledger.retired": []}

    def note(self, index, body):
        words = self.words.get(body["operation"])
        if words is None or len(words) == 100:
            return
        said = dict(pair for pair in reversed(body["detail"]))
        if is_hex(said.get("former")) and is_signature(said.get("signature")):
            words.append((index, said["former"], said["signature"]))

    def believed(self):
        """Keys, and of those that have an end the entry from which on they are none."""
        ends = {}
        for _ in range(10):
            found = self.ends(self.keys(ends))
            if found == ends:
                break
            ends = found
        return Believed(self.keys(ends), ends)

    def keys(self, ends):
        keys, known = list(self.brought), {(name, raw(public)) for name, public in self.brought}
        for name, public in keys:  # grows while it is walked
            for index, former, signature in self.words["ledger.key"]:
                if (name, former) not in known and before_end(public, index, ends) \
                        and has_signed(public, signature, f"cp-former-v1\n{name}\n{former}\n"):
                    known.add((name, former))
                    keys.append((name, public_key(former)))
        return keys

    def ends(self, keys):
        ends = {}
        for index, former, signature in self.words["ledger.retired"]:
            for name, public in keys:
                if raw(public) != former and before_end(public, index, ends) \
                        and has_signed(public, signature, f"cp-retired-v1\n{name}\n{former}\n"):
                    ends.setdefault(former, index)
                    break
        return ends


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def before_end(public, index, ends):
    return index < ends.get(raw(public), index + 1)


class Believed:
    def __init__(self, keys, ends):
        self.keys, self.ends = keys, ends

    def at(self, index):
        """Those that were the log's in this entry."""
        return [(name, public) for name, public in self.keys if before_end(public, index, self.ends)]


class Writers:
    """Each writer's own word: a beginning that the log signed, and beats over the chain of its leaves."""

    def __init__(self, whole):
        self.whole, self.of, self.fences = whole, {}, {}

    def skip(self):
        self.whole = False
        self.of.clear()
        self.fences.clear()

    def take(self, index, body, leaf, bad):
        if not self.whole:
            return
        one = self.followed(body["writer"], index)
        wrong, n = None, body["n"]
        self.note_after_fence(body["writer"], index)
        if body["operation"] == "ledger.fence":
            self.fence(index, body["detail"])
        if body["operation"] == "ledger.writer":
            begun = self.begun(body)
            if begun is None or one["key"] is not None:
                wrong = "a beginning that the log did not sign"
            else:
                one["key"], key, signature = begun
                one["begun"] = (index, key, signature)
        elif body["operation"] in ("ledger.beat", "ledger.close"):
            chain = self.attested(body, one["key"])
            if chain is None:
                wrong = "a beat that its writer did not sign"
            else:
                if not one["lost"]:
                    one["beats"][n - 1] = chain
                if body["operation"] == "ledger.close" and one["closed"] is None:
                    one["closed"] = n
        elif one["closed"] is not None and n > one["closed"]:
            wrong = "after its writer closed"
        self.enter(one, index, n, leaf, wrong, bad)

    def remnant(self, index, writer, n, leaf, bad):
        """An entry without its body has its turn in the chain all the same."""
        if not self.whole:
            return
        self.note_after_fence(writer, index)
        one = self.followed(writer, index)
        closed = one["closed"] is not None and n > one["closed"]
        self.enter(one, index, n, leaf, "after its writer closed" if closed else None, bad)

    def enter(self, one, index, n, leaf, wrong, bad):
        if n > one["folded"] and not one["lost"]:
            one["waiting"][n] = leaf
        # Told of an entry is one thing, and its own first; the rest stays to be settled.
        wrong = wrong or self.settle(one)
        if wrong:
            bad(index, wrong, True)

    def followed(self, writer, index):
        return self.of.setdefault(writer, {
            "key": None, "begun": None, "index": index, "chain": bytes(32), "folded": 0, "waiting": {}, "beats": {},
            "closed": None, "lost": False})

    def fence(self, index, detail):
        """That a run of the service is over, as an entry says."""
        if [pair[0] for pair in detail] == ["epoch", "signature"]:
            epoch, signature = detail[0][1], detail[1][1]
            if isinstance(epoch, str) and UUID.fullmatch(epoch) and is_signature(signature):
                words = self.fences.setdefault(epoch, [])
                if len(words) < 16:
                    words.append({"index": index, "signature": signature, "after": None})

    def note_after_fence(self, writer, index):
        for word in self.fences.get(writer.partition("/")[0], []) if "/" in writer else []:
            if word["after"] is None:
                word["after"] = index

    def after_fences(self, believed):
        """The first entries of runs that the log had said were over."""
        for epoch, words in self.fences.items():
            for word in words:
                if word["after"] is not None and any(
                        has_signed(public, word["signature"], f"cp-fence-v1\n{name}\n{epoch}\n")
                        for name, public in believed.at(word["index"])):
                    yield word["after"]
                    break

    @staticmethod
    def begun(body):
        detail = body["detail"]
        if [pair[0] for pair in detail] != ["key", "signature"] or body["n"] != 1:
            return None
        key, signature = detail[0][1], detail[1][1]
        return (public_key(key), key, signature) if is_hex(key) and is_signature(signature) else None

    @staticmethod
    def vouched(log, writer, key, signature):
        name, public = log
        return has_signed(public, signature, f"cp-writer-v1\n{name}\n{writer}\n{key}\n")

    def forged(self, believed):
        """Beginnings that no key signed which was the log's then, be it a former one that a believed key vouches for."""
        for writer, one in self.of.items():
            if one["begun"]:
                index, key, signature = one["begun"]
                if not any(self.vouched(log, writer, key, signature) for log in believed.at(index)):
                    yield index

    @staticmethod
    def attested(body, key):
        detail = body["detail"]
        if key is None or [pair[0] for pair in detail] != ["upto", "chain", "signature"]:
            return None
        upto, chain, signature = (pair[1] for pair in detail)
        if not is_integer(upto) or upto + 1 != body["n"] or not is_hex(chain) or not is_signature(signature):
            return None
        text = f"cp-beat-v1\n{body['operation']}\n{body['writer']}\n{upto}\n{chain}\n"
        return bytes.fromhex(chain) if has_signed(key, signature, text) else None

    @staticmethod
    def settle(one):
        wrong = None
        while True:
            chain = one["beats"].pop(one["folded"], None)
            if chain is not None and chain != one["chain"]:
                wrong, one["chain"] = "entries before it are not those that their writer attested", chain
            leaf = one["waiting"].pop(one["folded"] + 1, None)
            if leaf is None:
                break
            one["chain"], one["folded"] = sha256(one["chain"], leaf), one["folded"] + 1
        if len(one["waiting"]) > MAX_WAITING:
            # A bound, or one number that never comes would fill the memory.
            one["lost"], one["waiting"], one["beats"] = True, {}, {}
            wrong = wrong or "too many entries of its writer wait for one before them"
        return wrong


def is_signature(value):
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{128}", value) is not None


# ---- [1.6] what has expired

class Expiries:
    """Entries whose bodies are gone, held to the entries that say so."""

    def __init__(self, start):
        self.start, self.open, self.said, self.untold = start, {}, [], 0

    def line(self, index, leaf, writer, n, by, bad):
        if by not in self.open and len(self.open) >= 100_000:
            bad(index, "gone, and nothing says that it expired")
            return
        one = self.open.setdefault(by, {"first": index, "last": index, "count": 0, "sum": hashlib.sha256(framed(b"cp-expired-v1"))})
        one["last"], one["count"] = index, one["count"] + 1
        one["sum"].update(framed(index.to_bytes(8, "big"), leaf, writer.encode(), n.to_bytes(8, "big")))

    def take(self, index, body, bad):
        if body["operation"] != "ledger.expire":
            return
        names, values = [pair[0] for pair in body["detail"]], [pair[1] for pair in body["detail"]]
        if names != ["first", "last", "count", "digest", "signature"] or not all(map(is_integer, values[:3])) \
                or not is_hex(values[3]) or not is_signature(values[4]):
            bad(index, "an expiry that the log did not sign")
            return
        first, last, count, digest, signature = values
        seen = self.open.pop(body["request"], None)
        at = index if seen is None else seen["first"]
        said = f"{body['request']}\n{first}\n{last}\n{count}\n{digest}\n", signature
        self.said.append((at, index, said))
        if seen and (seen["first"], seen["last"], seen["count"], seen["sum"].hexdigest()) == (first, last, count, digest):
            return
        if first < self.start:
            self.untold += 1
        else:
            bad(at, "what expired together is not what the log says")

    @staticmethod
    def signed(keys, said, signature):
        return any(has_signed(public, signature, f"cp-expire-v1\n{name}\n{said}") for name, public in keys)

    def end(self, bad, believed):
        for at, index, said in self.said:
            if not self.signed(believed.at(index), *said):
                if self.start > 0:
                    self.untold += 1
                else:
                    bad(at, "an expiry that the log did not sign")
        for one in self.open.values():
            bad(one["first"], "gone, and nothing says that it expired")


def framed(*parts):
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


# ---- [3] the folder, [4] verification

class Verification:
    def __init__(self, folder, keys, known, receipts, quorum, now, whole):
        self.folder, self.keys, self.known, self.now, self.whole = folder, keys, known, now, whole
        self.quorum, self.cosigned = quorum, set(known.witnesses) if known else set()
        self.promised = {receipt.leaf: receipt for receipt in receipts}
        self.findings, self.start, self.size, self.root = [], 0, None, None
        self.period, self.seen, self.withheld, self.expired, self.undecided = None, 0, 0, 0, None

    def bad(self, index, what):
        self.findings.append((index, what))

    def path(self, name):
        return os.path.join(self.folder, name)

    def bytes_of(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def note(self, name):
        try:
            return Checkpoint(self.bytes_of(name), self.keys)
        except FileNotFoundError:
            self.bad(None, f"{name}: missing")
        except Unreadable as why:
            self.bad(None, f"{name}: {why}")
        return None

    def first_frontier(self):
        if not os.path.exists(self.path("frontier")):
            return Frontier()
        try:
            text = self.bytes_of("frontier").decode("ascii")
            need(text.endswith("\n"), "frontier")
            lines = text[:-1].split("\n")
            need(DECIMAL.fullmatch(lines[0]) and all(map(HEX32.fullmatch, lines[1:])), "frontier")
            size = int(lines[0])
            need(size > 0 and len(lines) - 1 == bin(size).count("1"), "frontier")
            frontier = Frontier(size, map(bytes.fromhex, lines[1:]))
        except (Unreadable, UnicodeDecodeError):
            self.bad(None, "frontier: malformed")
            return None
        old = self.note("checkpoint.old")
        if old is not None and (old.size, old.root) != (frontier.size, frontier.root()):
            self.bad(None, "frontier: not the signed log at the start of the export")
        return frontier

    def run(self):
        frontier = self.first_frontier()
        checkpoint = self.note("checkpoint")
        if checkpoint is not None:
            self.size, self.root = checkpoint.size, checkpoint.root
            self.cosigned |= checkpoint.witnesses
        if len(self.cosigned) < self.quorum:
            self.bad(None, f"{self.quorum} witnesses must have cosigned, and {len(self.cosigned)} have")
        # Without it no entry has a place.
        if frontier is not None:
            self.start = frontier.size
            self.walk(frontier, checkpoint)
        self.sums(frontier is None or frontier.size > 0)
        self.keys_file()
        self.findings.sort(key=lambda found: (found[0] is None, found[0] or 0))
        return self

    def walk(self, frontier, checkpoint):
        """Two trees side by side: A from the lines, B from `leaves`."""
        a, b = Frontier(frontier.size, frontier.roots), Frontier(frontier.size, frontier.roots)
        at_known = [a.root()] * 2 if self.known and self.known.size == a.size else [None, None]
        continuity, index = Continuity(frontier.size == 0), frontier.size
        self.lineage = Lineage(self.keys)
        self.writers = Writers(frontier.size == 0)
        self.expiries = Expiries(frontier.size)
        with open(self.path("entries.ndjson"), "rb") as entries, open(self.path("leaves"), "rb") as leaves:
            while True:
                line, leaf = entries.readline(400_000), leaves.read(32)
                if not line and not leaf:
                    break
                if checkpoint is not None and index >= checkpoint.size:
                    self.bad(index, "beyond the checkpoint")
                    break
                self.entry(index, line, leaf, a, b, continuity)
                index += 1
                if self.known and index == self.known.size:
                    at_known = [a.root(), b.root()]
        if checkpoint is None:
            return
        if index < checkpoint.size and not any(where == index for where, _ in self.findings):
            self.bad(index, "missing from the export")
        roots = [tree.root() for tree in (a, b)]
        reached = [index == checkpoint.size and root == checkpoint.root for root in roots]
        if not any(reached) and not any(where is not None for where, _ in self.findings):
            self.bad(None, "lines and leaves do not lead to the signed root")
        continuity.end(self.bad_entry)
        believed = self.lineage.believed()
        self.expiries.end(self.bad, believed)
        for index in self.writers.forged(believed):
            self.bad(index, "a beginning that the log did not sign")
        for index in self.writers.after_fences(believed):
            self.bad(index, "after the log said that its run of the service was over")
        if self.whole:
            for one in self.writers.of.values():
                if one["key"] is None:
                    self.bad(one["index"], "of a writer that the log did not vouch for")
        self.promises()
        self.compare(checkpoint, at_known[0 if reached[0] else 1])

    def bad_entry(self, index, what, certain):
        if certain:
            self.bad(index, what)

    def entry(self, index, line, leaf, a, b, continuity):
        whole = len(leaf) == 32
        self.promised.pop(leaf, None)
        if whole:
            b.push(leaf)
        gone = EXPIRED.fullmatch(line)
        if gone and int(gone[3]) < 1 << 63:
            self.remnant(index, gone, leaf, a, continuity)
            return
        parts = LINE.fullmatch(line)
        if not parts:
            self.bad(index, "the line cannot be read" if line else "missing from the export")
            self.skip(continuity)
            if whole:
                a.push(leaf)
            return
        claimed, salt, body = parts.groups()
        claimed = bytes.fromhex(claimed.decode())
        computed = claimed
        if salt is None:
            if self.whole and not self.withheld:
                self.bad(index, "its body is not there, and the export is to be whole")
            self.withheld += 1
            self.skip(continuity)
        else:
            salt = bytes.fromhex(salt.decode())
            committed = sha256(framed(b"cp-entry-v1", salt, body))
            computed = sha256(b"\x00", b"\x01", committed)
            self.body(index, body, continuity, computed)
        a.push(computed)
        if computed != claimed:
            self.bad(index, "salt and body do not give the leaf hash of their line")
        elif computed != leaf:
            self.bad(index, "line and `leaves` differ")

    def remnant(self, index, parts, leaf, a, continuity):
        claimed, writer, n, by = parts.groups()
        claimed, writer, n = bytes.fromhex(claimed.decode()), writer.decode(), int(n)
        self.expired += 1
        continuity.remnant(index, writer, n, self.bad_entry)
        self.writers.remnant(index, writer, n, claimed, self.bad_entry)
        self.expiries.line(index, claimed, writer, n, by.decode(), self.bad)
        a.push(claimed)
        if claimed != leaf:
            self.bad(index, "line and `leaves` differ")

    def skip(self, continuity):
        """Of this entry nothing is known but its leaf: what is absent proves nothing any more."""
        continuity.whole = False
        self.writers.skip()

    def body(self, index, raw, continuity, leaf):
        self.seen += 1
        try:
            body = parse_body(raw)
        except Unreadable as why:
            self.bad(index, f"not a body: {why}")
            self.skip(continuity)
            return
        at = body["at"]
        self.period = (min(self.period[0], at), max(self.period[1], at)) if self.period else (at, at)
        if at > self.now:
            self.bad(index, "after the time of verification")
        continuity.take(index, body, self.bad_entry)
        self.lineage.note(index, body)
        self.writers.take(index, body, leaf, self.bad_entry)
        self.expiries.take(index, body, self.bad)

    def promises(self):
        """Entries that were promised and have not come."""
        for receipt in self.promised.values():
            if self.start > 0:
                self.undecided = "a receipt's entry may lie before the first entry"
            elif self.period is None or self.period[1] - receipt.at <= IN_FLIGHT:
                self.undecided = "a receipt's entry is not in the log yet"
            else:
                self.bad(None, f"dropped before it had its place: number {receipt.n} of {receipt.writer}")

    def compare(self, checkpoint, at_known):
        known = self.known
        if known is None:
            return
        if known.origin != checkpoint.origin:
            self.bad(None, "another log's checkpoint")
        elif known.size > checkpoint.size:
            self.bad(None, "the log was rolled back")
        elif known.size < self.start:
            self.undecided = "the known checkpoint lies before the first entry"
        elif at_known != known.root:
            self.bad(None, "history was rewritten before the known checkpoint")

    def sums(self, has_frontier):
        names = ["entries.ndjson", "leaves", "checkpoint", "keys", "README"]
        names += ["frontier", "checkpoint.old"] if has_frontier else []
        try:
            text = self.bytes_of("SHA256SUMS").decode("ascii")
            need(text.endswith("\n"), "SHA256SUMS")
            pairs = [line.split("  ") for line in text[:-1].split("\n")]
            need(all(len(pair) == 2 and HEX32.fullmatch(pair[0]) for pair in pairs), "SHA256SUMS")
            need(sorted(pair[1] for pair in pairs) == sorted(names), "SHA256SUMS")
        except (Unreadable, UnicodeDecodeError, FileNotFoundError):
            self.bad(None, "SHA256SUMS: missing or malformed")
            return
        for expected, name in pairs:
            digest = hashlib.sha256()
            try:
                with open(self.path(name), "rb") as file:
                    for block in iter(lambda: file.read(1 << 20), b""):
                        digest.update(block)
            except FileNotFoundError:
                self.bad(None, f"{name}: missing")
                continue
            if digest.hexdigest() != expected:
                self.bad(None, f"{name}: changed")

    def keys_file(self):
        try:
            text = self.bytes_of("keys").decode()
            need(text.endswith("\n"), "keys")
            for line in text[:-1].split("\n"):
                parse_key(line)
        except (Unreadable, UnicodeDecodeError, FileNotFoundError):
            self.bad(None, "keys: missing or malformed")

    def code(self):
        return 1 if self.findings else 2 if self.undecided else 0


def verify(folder, keys, known, receipts, quorum, now, whole):
    """Exit code, and what to say."""
    word = {0: "GOOD", 1: "BAD", 2: "NOTHING DECIDED"}
    try:
        done = Verification(folder, keys, known, receipts, quorum, now, whole).run()
    except OSError:
        return 2, {"status": word[2], "why": "no export, or it cannot be read"}
    first = next((index for index, _ in done.findings if index is not None), None)
    return done.code(), {
        "status": word[done.code()], "from": done.start, "size": done.size, "root": done.root and done.root.hex(),
        "period": done.period and [at.isoformat() for at in done.period], "bodiesSeen": done.seen,
        "bodiesWithheld": done.withheld, "bodiesExpired": done.expired, "firstBad": first, "why": done.undecided,
        "findings": [{"entry": index, "what": what} for index, what in done.findings[:200]],
    }


def main():
    parser = argparse.ArgumentParser(description="Verifies exported access logs, offline.")
    parser.add_argument("folders", nargs="+", metavar="DIR")
    parser.add_argument("--key", action="append", required=True, metavar="VKEY")
    parser.add_argument("--known", metavar="CHECKPOINT", help="a signed checkpoint that was kept elsewhere")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY")
    parser.add_argument("--quorum", type=int, metavar="N", help="how many of the witnesses; all, by default")
    parser.add_argument("--receipt", action="append", default=[], metavar="FILE", help="of an entry that must be there")
    parser.add_argument("--whole", action="store_true", help="every body is to be there, and every writer vouched for")
    parser.add_argument("--now", help="the time of verification; the clock's, by default")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each folder")
    given = parser.parse_args()
    try:
        keys = [parse_key(key) for key in given.key]
        need(not any(witness for _, _, _, witness in keys), "a witness's key as the log's")
        witnesses = [parse_key(key) for key in given.witness]
        need(all(witness for _, _, _, witness in witnesses), "a log's key as a witness's")
        keys += witnesses
        quorum = len(witnesses) if given.quorum is None else given.quorum
        known = None
        if given.known:
            with open(given.known, "rb") as file:
                known = Checkpoint(file.read(), keys)
        receipts = []
        for path in given.receipt:
            with open(path, encoding="ascii") as file:
                receipts.append(Receipt(file.read().removesuffix("\n"), keys))
    except (Unreadable, OSError, UnicodeDecodeError) as why:
        print(f"a key, the known checkpoint or a receipt cannot be believed: {why}", file=sys.stderr)
        return 2
    now = datetime.fromisoformat(given.now.replace("Z", "+00:00")) if given.now else datetime.now(timezone.utc)
    worst = 0
    for folder in given.folders:
        code, said = verify(folder, keys, known, receipts, quorum, now, given.whole)
        worst = worst if worst == 1 else code or worst
        if given.json:
            print(json.dumps({"folder": folder, **said}))
            continue
        print(f"{said.pop('status')}  {folder}")
        for name, value in said.items():
            if name != "findings" and value is not None:
                print(f"  {name}: {value}")
        for found in said.get("findings", []):
            where = "the export" if found["entry"] is None else f"entry {found['entry']}"
            print(f"  {where}: {found['what']}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
