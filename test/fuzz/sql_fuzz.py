#!/usr/bin/env python3
"""Throws mutated schema documents at a server, learned ones among them.

    python3 test/fuzz/sql_fuzz.py SECONDS SEED

The server is the one that PGHOST and so on name; it has to be a throw-away
one.  Fails if the server crashes, if an error is an internal one (SQLSTATE
XX...), or if a maker returns another number of rows than was asked for.  The
same seed throws the same statements in the same order.
"""
import base64
import copy
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

DATABASE = "synthik_fuzz"
BATCH = 100
LEARNED = []  # the document of fuzz_learned and its fit's bytes, once it is there

# ---- documents that are valid ----------------------------------------------

DOCUMENTS = [
    {"title": "orders", "locale": "en_US", "fields": [
        {"name": "id", "type": "integer", "unique": True},
        {"name": "customer", "type": "full_name"},
        {"name": "email", "type": "email", "unique": True},
        {"name": "qty", "type": "integer", "minimum": 1, "maximum": 20,
         "distribution": {"kind": "zipf", "exponent": 1.2}},
        {"name": "price", "type": "numeric(10,2)",
         "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}},
        {"name": "total", "type": "numeric(12,2)", "expression": "qty * price"},
        {"name": "status", "type": "string", "enum": ["paid", "shipped", None], "weights": [6, 3, 1]},
        {"name": "sku", "type": "string", "pattern": "^[A-Z]{3}-[0-9]{5}$"},
        {"name": "ordered", "type": "timestamp", "minimum": "2024-01-01", "maximum": "2025-12-31"},
        {"name": "delivered", "type": "timestamp", "null_fraction": 0.1}],
     "unique": [["qty", "ordered"]], "primary_key": ["id"],
     "checks": ["delivered IS NULL OR delivered >= ordered", "qty < 15"]},
    {"type": "object", "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 20},
        "age": {"type": "integer", "exclusiveMinimum": 17, "maximum": 99},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 4},
        "address": {"type": "object", "properties": {
            "city": {"type": "city"}, "geo": {"type": "array", "items": {"type": "number"}}},
            "required": ["city"]}},
     "required": ["name"]},
    {"locale": "de_DE", "fields": [
        {"name": "a", "type": "numeric", "multipleOf": 0.25, "minimum": -3, "maximum": 3},
        {"name": "b", "type": "date[]"}, {"name": "c", "type": "int4range"},
        {"name": "d", "type": "fuzz_mood"}, {"name": "e", "type": "fuzz_percent", "unique": True},
        {"name": "f", "type": "fuzz_pair"}, {"name": "g", "type": "interval", "maximum": "3 days"},
        {"name": "h", "type": "bytea"}, {"name": "i", "type": "bit(5)"}, {"name": "j", "type": "jsonb"}]},
    {"fields": [
        {"name": "p", "type": "integer", "references": "fuzz_parent(id)"},
        {"name": "q", "type": "text", "references": "fuzz_parent(code)"},
        {"name": "r", "type": "double precision", "distribution":
            {"kind": "histogram", "bounds": [0, 1, 10], "weights": [1, 2]}},
        {"name": "s", "type": "integer", "distribution": {"kind": "normal", "mean": 0, "stddev": 9}},
        {"name": "t", "type": "boolean", "default": True}, {"name": "u", "examples": ["x", "y"]},
        {"name": "v", "const": 7, "type": "integer"}, {"name": "w", "format": "uuid"}],
     "references": [{"fields": ["p", "q"], "table": "fuzz_parent", "columns": ["id", "code"]}],
     "checks": ["r < s OR t", "length(u) = 1"]},
    {"series": {"rows": [2, 9]}, "fields": [
        {"name": "account", "type": "integer", "unique": True, "per": "series"},
        {"name": "opening", "type": "numeric(10,2)", "minimum": 100, "maximum": 500, "per": "series"},
        {"name": "at", "type": "timestamp", "minimum": "2025-01-01", "maximum": "2025-12-31", "ascending": True},
        {"name": "kind", "enum": ["in", "out", None]},
        {"name": "amount", "type": "numeric(10,2)", "minimum": 1, "maximum": 90, "by": "kind", "cases": {
            "out": {"minimum": -80, "maximum": -1, "by": "flag", "cases": {"true": {"const": -5}}}, "null": {"const": 0}}},
        {"name": "flag", "type": "boolean"},
        {"name": "balance", "type": "numeric(12,2)", "expression": "coalesce(previous.balance, opening) + amount"},
        {"name": "place", "type": "bigint", "expression": "series.position + series.number * series.rows"}],
     "checks": ["at > previous.at", "balance > 0"]},
    {"series": {"rows": [1, 6]}, "sums": {"p.id": "qty"}, "fields": [
        {"name": "p", "type": "integer", "references": "fuzz_parent", "per": "series"},
        {"name": "rate", "type": "numeric(6,2)", "hidden": True, "minimum": 1, "maximum": 9},
        {"name": "mood", "type": "fuzz_mood", "hidden": True, "per": "series"},
        {"name": "qty", "type": "integer", "by": "mood", "cases": {"sad": {"const": None}, "ok": {"maximum": 9}}},
        {"name": "kind", "enum": ["a", "b"], "hidden": True, "by": "mood", "cases": {"ok": {"const": "a"}}},
        {"name": "cost", "type": "numeric(9,2)", "expression": "coalesce(previous.cost, 0) + qty * rate"},
        {"name": "code", "type": "text", "expression": "p.code || kind"},
        {"name": "day", "type": "date", "ascending": True}],
     "checks": ["qty > p.id OR qty > previous.rate", "rate <> previous.rate"]},
    {"extends": "ecommerce/orders", "fields": [{"name": "extra", "type": "integer"}]},
]

# ---- what is put into them ---------------------------------------------------

WORDS = """name title description prompt type format fields properties items minItems maxItems required
null_fraction minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength references
enum const examples weights default pattern distribution expression unique checks primary_key extends
by cases per ascending series hidden sums rows locale license kind mean stddev exponent bounds table columns nullable x-any $ref oneOf rate lambda shape""".split()

TYPES = """smallint integer bigint real double_precision numeric numeric(5,2) numeric(1000,1000) numeric(5,-3)
numeric(3,7) numeric(0) money boolean bool date time time(3) timetz timestamp timestamp(0) timestamptz interval
interval(3) uuid text varchar varchar(0) varchar(1) varchar(10485760) char(3) "char" bpchar name bytea bit bit(0)
bit(64) varbit bit(83886080) json jsonb jsonpath xml inet cidr macaddr macaddr8 point line lseg box path polygon
circle tsvector tsquery pg_lsn tid xid cid xid8 oid regclass regtype regproc regrole refcursor int4range
numrange tstzrange int8multirange tsmultirange integer[] text[] integer[][] jsonb[] numeric(4,1)[] point[] int4range[]
fuzz_mood fuzz_mood[] fuzz_percent fuzz_percent[] fuzz_pair fuzz_pair[] fuzz_deep fuzz_text fuzz_table fuzz_parent
pg_class pg_type _int4 anyelement anyarray record record[] void trigger internal unknown cstring any event_trigger
pg_node_tree pg_ndistinct oidvector int2vector aclitem gtsvector pg_catalog.int4 pg_catalog."char" nosuch.type
string number object array null any email full_name phone city postcode uuid iban company review price gender
birth_date created_at updated_at ipv4 slug person.firstName safe_email""".split()
TYPES = [t.replace("_", " ") if t == "double_precision" else t for t in TYPES]

EXPRESSIONS = ["1", "1 +", "qty", "qty * price", "a", "a.*", "*", "ROW(1, 2)", "(SELECT 1)", "count(*)",
               "generate_series(1, 3)", "$1", "1/0", "NULL", "'x'", "now()", "random()", "pg_sleep(1)", "id, id",
               "id FROM pg_class", "id ORDER BY 1", "pg_read_file('/etc/passwd')", "nextval('x')", "id::nosuch",
               "repeat('x', 5000)", "current_user", "name || name", "length(name) > 3", "id IN (1, 2, 3)",
               "id BETWEEN 1 AND 5", "name ~ '^[a-z]+$'", "name LIKE 'a%'", "id % 7 = 3", "id > 0 AND NOT id < 5",
               "id = ANY (ARRAY[1, 2])", "p IS NOT NULL", "status = 'paid'", "x" * 70, "((((((1))))))", "1;", "",
               "id = 1 OR id = 2", "qty < price", "ordered <= delivered", "b[1] > '2020-01-01'", "(f).x > 1",
               "CASE WHEN true THEN 1 END", "sum(id) OVER ()", "id::text::xml IS DOCUMENT", "lower(c) < 5",
               "age > 20 AND age < 19", "char_length(name) BETWEEN 3 AND 2", "a = b", "é", "\"a\"", "ctid", "tableoid",
               "previous.a", "coalesce(previous.id, 0) + 1", "coalesce(previous.qty, 0) + qty", "previous.nosuch", "previous", "previous.*",
               "(previous).a", "p.code", "p.id + qty", "p.nosuch", "rate", "kind = 'a'", "series.position", "series.rows - series.position", "series.nosuch", "a > previous.a", "previous.a IS NULL"]

PATTERNS = ["^[a-z]{3}$", "(", "[", "a{3,1}", "a{999999}", "(a|b)*c", "^$", "$", ".", ".*", "\\d+", "[^\\x00-\\x7f]",
            "(?=a)b", "(a)\\1", "[[:alpha:]]{2}", "^(a*)*$", "[z-a]", "\\", "a{0}", "((((a))))", "^[äöü]{3}$", "[\U0001F600]",
            "(a|)", "\\m\\M", "^a{255}{255}$", "\\u0000", "\\w\\W", "^a|b$", "^[^a]{20}$", "x" * 300]

STRINGS = ["", " ", "x", "a\"b; drop", "'", "\\", "%s%n", "\u00fc", "\U0001F600", "\u200b", "a" * 64, "b" * 5000,
           "2024-01-01", "2024-13-45", "infinity", "-infinity", "NaN", "epoch", "1e5", "12", "t", "{1,2}", "[1,2)",
           "(1,2)", "en_US", "de_DE", "xx_YY", "../x", "fuzz", "fuzz_parent(id)", "fuzz_parent", "fuzz_parent(id, code)",
           "fuzz_empty(id)", "nosuch(id)", "pg_class(oid)", "fuzz_view(id)", "fuzz_parent(nosuch)", "local",
           "294276-12-31", "4713-01-01 BC", "99999999999999 years", "24:00:00", "id", "name", "uniform", "normal",
           "lognormal", "zipf", "histogram", "poisson", "exponential"]

# As they stand in JSON: Python could not write all of them.
NUMBERS = ["0", "-0", "1", "-1", "2", "3.5", "0.1", "1e-320", "1e-7", "1e10", "1e308", "1e400", "-1e400", "2147483647",
           "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
           "99999999999999999999999999999999", "0.00000000000000000001", "1600", "10000", "10001", "255", "256",
           "10485761", "1073741824"]


class Raw(float):
    """A number that is written as it stands."""

    def __new__(cls, text):
        self = super().__new__(cls, 0)
        self.text = text
        return self

    def __deepcopy__(self, memo):
        return self


def to_json(value):
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(json.dumps(k, ensure_ascii=False) + ": " + to_json(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(to_json(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def hostile_documents():
    """Those of test/fixtures/hostile that stand there as they are."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/hostile/documents.tsv")
    found = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            text = line.rstrip("\n").split("\t")[2]
            if text.startswith("{") and "<<" not in text:
                try:
                    document = json.loads(text, parse_float=Raw, parse_constant=Raw)
                    to_json(document).encode()  # no half surrogates
                    found.append(document)
                except ValueError:
                    pass
    return [d for d in found if "fields" in d or "properties" in d]


HOSTILE = hostile_documents()

# Numbers that a fit has in eight bytes
DOUBLES = [struct.pack("<d", x) for x in (1e308, -1e308, 5e-324, 1e19, -1e19, 2147483648.5, float("inf"), float("-inf"),
                                          float("nan"), -1.0, 9.3e18, 1e-9)]


def checksum(data):
    """rng_hash() of bytes, as eight bytes."""
    mask = (1 << 64) - 1
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & mask
    h = h + 0x9E3779B97F4A7C15 & mask
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & mask
    h = (h ^ h >> 27) * 0x94D049BB133111EB & mask
    return struct.pack("<Q", h ^ h >> 31)


# ---- mutations -----------------------------------------------------------------

class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def scalar(self, key=None):
        r = self.random
        if r.random() < 0.6:
            if key in ("type", "format"):
                return r.choice(TYPES)
            if key == "pattern":
                return r.choice(PATTERNS)
            if key in ("expression", "checks"):
                return r.choice(EXPRESSIONS)
        kind = r.randrange(8)
        if kind < 3:
            return Raw(r.choice(NUMBERS))
        if kind < 6:
            return r.choice(STRINGS)
        return r.choice([None, True, False])

    def value(self, key=None):
        r = self.random
        kind = r.randrange(12)
        if kind == 0:
            return [self.scalar(key) for _ in range(r.randrange(4))]
        if kind == 1:
            return {r.choice(WORDS): self.scalar() for _ in range(r.randrange(4))}
        if kind == 2:
            value = self.scalar()
            for _ in range(r.choice([2, 10, 17, 40])):
                value = [value] if r.random() < 0.5 else {r.choice(["items", "properties", "fields", "a"]): value}
            return value
        if kind == 3:
            return copy.deepcopy(r.choice(r.choice(DOCUMENTS[:4]).get("fields", [{"name": "z"}])))
        return self.scalar(key)

    def places(self, node, found, key=None):
        """Every (container, key, keyword) of a document."""
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for k, v in list(items):
            word = k if isinstance(node, dict) else key
            found.append((node, k, word))
            if isinstance(v, (dict, list)):
                self.places(v, found, word)
        return found

    def mutate(self, document):
        r = self.random
        places = self.places(document, [])
        if not places:
            return self.value()
        node, key, word = r.choice(places)
        kind = r.randrange(10)
        if kind < 4:
            node[key] = self.value(word)
        elif kind == 4:
            del node[key]
        elif kind == 5 and isinstance(node, dict):
            node[r.choice(WORDS)] = node.pop(key)
        elif kind == 6 and isinstance(node, list):
            node.append(copy.deepcopy(node[key]))
        elif kind == 7:
            other, other_key, _ = r.choice(places)
            node[key] = copy.deepcopy(other[other_key])
        elif isinstance(node[key], dict):
            word = r.choice(WORDS)
            node[key][word] = self.value(word)
        elif isinstance(node, dict):
            word = r.choice(WORDS)
            node[word] = self.value(word)
        else:
            node[key] = self.value(word)
        return document

    def document(self):
        r = self.random
        kind = r.random()
        if kind < 0.5:
            document, mutations = self.plausible(), r.choice([0, 0, 0, 1])
        elif kind < 0.7:
            document, mutations = self.joined(), r.choice([0, 1, 2])
        else:
            document, mutations = copy.deepcopy(r.choice(DOCUMENTS)), r.choice([0, 1, 1, 1, 2, 2, 3, 5, 9])
        for _ in range(mutations):
            if not isinstance(document, (dict, list)) or not document:
                break
            document = self.mutate(document)
        text = to_json(document)
        return self.damaged(text) if r.random() < 0.05 else text

    def joined(self):
        """Fields of several hostile documents in one."""
        r = self.random
        document = copy.deepcopy(r.choice(HOSTILE))
        other = copy.deepcopy(r.choice(HOSTILE))
        if isinstance(document.get("fields"), list) and isinstance(other.get("fields"), list):
            for field in other["fields"]:
                if isinstance(field, dict) and r.random() < 0.7:
                    field["name"] = r.choice(["a", "b", "id", "e\u00e9", "x\"y", "b; drop"])
                document["fields"].insert(r.randrange(len(document["fields"]) + 1), field)
        return document

    def damaged(self, text):
        """A text that may be no JSON any more."""
        r = self.random
        at = r.randrange(len(text) + 1)
        kind = r.randrange(4)
        if kind == 0:
            return text[:at]
        if kind == 1:
            return text[:at] + text[at + r.randrange(1, 9):]
        if kind == 2:
            return text[:at] + r.choice(["\\u0000", "\\ud800", "\\udc00\\ud800", "\\u00e9", "\\x", "\x01", "\x7f", "\ufeff", "NaN", "1e99999",
                                         "[" * 9000, "{\"a\":" * 9000, ",", "\"", "\\"]) + text[at:]
        return text + text[at:]

    def plausible_field(self, name, depth=0):
        """A field as somebody might write it."""
        r = self.random
        field = {"name": name}
        kind = r.randrange(10)
        if kind == 0 and depth < 3:
            field.update(type="object", fields=[self.plausible_field("m%d" % i, depth + 1) for i in range(r.randrange(1, 4))])
        elif kind == 1 and depth < 3:
            items = self.plausible_field("i", depth + 1)
            del items["name"]
            field.update(type="array", items=items, maxItems=r.randrange(5))
        elif kind == 2:
            field["pattern"] = r.choice(PATTERNS)
        elif kind == 3:
            field["enum"] = [r.choice(STRINGS) for _ in range(r.randrange(1, 5))]
        elif kind == 4:
            field.update(type=r.choice(["integer", "bigint", "smallint", "numeric(8,2)", "real", "numeric", "double precision"]),
                         distribution=r.choice([{"kind": "uniform"}, {"kind": "normal", "mean": r.randrange(-9, 99), "stddev": r.random() * 50},
                                                {"kind": "lognormal", "mean": r.randrange(1, 500), "stddev": r.randrange(1, 900)},
                                                {"kind": "zipf", "exponent": r.random() * 3},
                                                {"kind": "histogram", "bounds": sorted(r.sample(range(-50, 50), 4))}]))
        elif kind == 5:
            field.update(type=r.choice(["integer", "bigint", "numeric(9,3)", "double precision", "real", "smallint", "numeric"]),
                         minimum=r.randrange(-1000, 1000), multipleOf=r.choice([1, 2, 7, 0.5, 0.001]))
            field["maximum"] = field["minimum"] + r.choice([0, 1, 10, 100000])
        elif kind == 6:
            field.update(type=r.choice(["date", "timestamp", "timestamptz"]), minimum="2024-02-%02d" % r.randrange(1, 30),
                         maximum="2024-%02d-01" % r.randrange(3, 13))
        else:
            field["type"] = r.choice(TYPES)
        if r.random() < 0.2:
            field["unique"] = True
        if r.random() < 0.2:
            field["null_fraction"] = r.choice([0, 0.1, 0.5, 1])
        if r.random() < 0.1:
            field["required"] = True
        if r.random() < 0.1:
            field["minLength"] = r.randrange(30)
        if r.random() < 0.1:
            field["maxLength"] = r.randrange(60)
        return field

    def case(self, fields, depth):
        """What a field may be for a value of another one."""
        r = self.random
        if r.random() < 0.2:
            return {"const": self.scalar()}
        field = self.plausible_field("x", 3)
        words = ("enum", "minimum", "maximum", "multipleOf", "pattern", "distribution", "null_fraction", "minLength", "maxLength")
        field = {word: field[word] for word in field if word in words or r.random() < 0.02}
        if depth < 3 and r.random() < 0.2:
            self.go_by(field, fields, depth + 1)
        return field

    def go_by(self, field, fields, depth=0):
        r = self.random
        by = r.choice(fields)
        keys = by.get("enum") or r.choice([["true", "false"], ["null"], ["x", "1"]])
        field["by"] = by["name"]
        field["cases"] = {str(key): self.case(fields, depth) for key in keys}

    def depend(self, fields):
        """Some fields go by others."""
        for field in fields:
            if self.random.random() < 0.5:
                self.go_by(field, fields)

    def run_on(self, document, one, other):
        """Rows come in series."""
        r = self.random
        document["series"] = {"rows": r.choice([1, 2, 7, 600, 100000, [1, 3], [2, 50], [1, 100000]])}
        for field in document["fields"]:
            if r.random() < 0.3:
                field.update(r.choice([{"per": "series"}, {"ascending": True}]))
        document["fields"].append({"name": "s", "type": r.choice(["integer", "text", "numeric"]), "expression": r.choice(
            ["series.position", "coalesce(previous.s, {0})", "previous.{0}", "previous.{0}::text || {1}", "coalesce(previous.s, 0) + 1"]).format(one, other)})

    def plausible(self):
        r = self.random
        fields = [self.plausible_field("f%d" % i) for i in range(r.randrange(1, 6))]
        names = [f["name"] for f in fields]
        document = {"fields": fields, "locale": r.choice(["en_US", "de_DE"])}
        one, other = r.choice(names), r.choice(names)
        if r.random() < 0.3:
            document["checks"] = [r.choice(["{0} < {1}", "{0} <= {1}", "{0} = {1}", "{0} <> {1}", "{0} IS NOT NULL", "length({0}::text) > 2",
                                            "{0} > 5", "{0} BETWEEN 2 AND 9", "{0} IN ('a', 'b')", "{0} ~ 'a'", "{0} % 3 = 1",
                                            "{0} >= '2024-03-01'", "{0} IS NULL OR {1} IS NULL", "{0} LIKE 'a%'", "NOT {0}",
                                            "{0} > {1} + 1", "abs({0}) < 10", "{0} = any ('{{1,2,3}}')"]).format(one, other)
                                  for _ in range(r.randrange(1, 3))]
        if r.random() < 0.3:
            self.depend(fields)
        if r.random() < 0.3:
            self.run_on(document, one, other)
        if r.random() < 0.2:
            document["unique"] = [r.sample(names, r.randrange(1, len(names) + 1))]
        if r.random() < 0.2:
            fields.append({"name": "e", "type": r.choice(TYPES), "expression": r.choice(["{0}", "{0}::text", "{0} + 1", "{0} || {1}", "lower({0})"]).format(one, other)})
        return document

    def table_document(self):
        """Fields named as a table's columns are."""
        r = self.random
        fields = []
        for _ in range(r.randrange(1, 4)):
            field = {"name": r.choice(["id", "name", "qty", "price", "at", "tags", "doc", "mood", "nosuch", "total", "serial"])}
            for _ in range(r.randrange(4)):
                word = r.choice(WORDS)
                field[word] = self.value(word)
            fields.append(field)
        return to_json({"fields": fields, "checks": [r.choice(EXPRESSIONS)]} if r.random() < 0.2 else {"fields": fields})

    def learned_document(self):
        """What was learned, with damaged bytes under a good checksum, or with other fields."""
        r = self.random
        document, fit = copy.deepcopy(LEARNED[0]), bytearray(LEARNED[1])
        for _ in range(r.randrange(4)):
            # the axes' heads lie anywhere; much of the rest is leaves
            at = r.randrange(len(fit) - 8)
            kind = r.randrange(4)
            if kind == 0:
                fit[at] ^= 1 << r.randrange(8)
            elif kind == 1:
                fit[at] = r.choice([0, 1, 2, 15, 127, 128, 255])
            elif kind == 2:
                fit[at:at + r.randrange(1, 9)] = bytes(r.randrange(256) for _ in range(r.randrange(9)))
            else:
                fit[at:at + 9] = bytes([15]) + r.choice(DOUBLES)
        fit[-8:] = checksum(bytes(fit[:-8]))
        document["fit"] = base64.b64encode(fit).decode()
        for _ in range(r.choice([0, 0, 1, 2])):
            field = r.choice(document["fields"])
            word = r.choice(WORDS)
            field[word] = self.value(word)
        return to_json(document)

    def condition(self):
        r = self.random
        return to_json({r.choice(["id", "name", "qty", "nosuch", "status"]):
                        self.scalar() if r.random() < 0.5 else {r.choice(WORDS): self.scalar()} for _ in range(r.randrange(3))})

    def statement(self):
        r = self.random
        document = literal(self.learned_document() if LEARNED and r.random() < 0.2 else self.document())
        table = literal(self.table_document())
        rows = r.choice([0, 1, 2, 3, 20, 600])
        more = ""
        if r.random() < 0.2:
            more += ", condition => %s::jsonb" % literal(self.condition())
        if r.random() < 0.1:
            more += ", locale => %s" % literal(r.choice(STRINGS))
        if r.random() < 0.1:
            more += ", first_row => %s" % r.choice([1, 2, 1000, 9223372036854775807, 0, -5])
        more += ", seed => %d" % r.randrange(1000)
        counted = "SELECT 'asked %d', count(*) FROM " % rows
        kind = r.randrange(14)
        if kind > 11:
            return "SELECT fuzz_agree(%s::jsonb, %d)" % (document, max(rows, 1))
        if kind < 4:
            return counted + "synthik_generate_json(%s::jsonb, %d%s) t WHERE t IS NOT NULL" % (document, rows, more)
        if kind < 6:
            return "SELECT count(path), count(problem), count(hint) FROM synthik_validate(%s::jsonb)" % document
        if kind == 6:
            return "SELECT count(*), sum(length(example)) FROM synthik_describe(%s::jsonb)" % document
        if kind == 7:
            return "SELECT length(synthik_columns(%s))" % document
        if kind == 8:
            return counted + "synthik_rows(NULL::fuzz_table, %d, schema => %s::jsonb%s) t" % (rows, table, more)
        if kind == 9:
            return "SELECT 'asked %d', synthik_augment('fuzz_table', %d, schema => %s::jsonb%s)" % (rows, rows, table, more)
        if kind == 10:
            return "SELECT synthik_value(%s, %s, locale => %s)" % (
                literal(r.choice(TYPES + STRINGS)), r.choice(["NULL", "'k'"]), r.choice(["NULL", "'de_DE'", "'en_US'", "'x'"]))
        return "SELECT count(*) FROM synthik_validate(%s::text)" % document


def literal(text):
    text = text.replace("\0", "")
    return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r") + "'"


# ---- the server ------------------------------------------------------------------

SETUP = """
CREATE EXTENSION synthik;
CREATE TYPE fuzz_mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN fuzz_percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN fuzz_text AS text CHECK (length(VALUE) > 2) CHECK (VALUE <> 'nothing');
CREATE TYPE fuzz_pair AS (x integer, y text);
CREATE DOMAIN fuzz_deep AS fuzz_percent CHECK (VALUE > 3) NOT NULL;
CREATE FUNCTION fuzz_agree(document jsonb, asked bigint) RETURNS text LANGUAGE plpgsql AS $$
-- What synthik_validate() finds and what a maker says have to agree, and so do
-- all rows and a slice of them.
DECLARE
    problem text;
    message text;
    code text;
    whole jsonb[];
    slice jsonb[];
BEGIN
    SELECT v.problem INTO problem FROM synthik_validate(document) v LIMIT 1;
    BEGIN
        SELECT array_agg(t) INTO whole FROM synthik_generate_json(document, asked, seed => 1) t;
        SELECT array_agg(t) INTO slice FROM synthik_generate_json(document, (asked + 1) / 2, seed => 1, first_row => asked / 2 + 1) t;
        IF slice IS DISTINCT FROM nullif(whole[asked / 2 + 1:], '{}') THEN
            RAISE 'a slice is not what it is in the whole' USING ERRCODE = 'XX999';
        END IF;
    EXCEPTION WHEN query_canceled THEN RAISE;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, code = RETURNED_SQLSTATE;
        IF code LIKE 'XX%' THEN RAISE; END IF;
    END;
    IF problem IS NOT NULL AND message IS NULL THEN
        RAISE 'a fault for synthik_validate alone: %', problem USING ERRCODE = 'XX999';
    ELSIF problem IS NULL AND (code LIKE '42%' OR code IN ('22023', '22P01')) OR problem = 'floating-point exception' THEN
        RAISE 'a fault for the maker alone: % %', code, message USING ERRCODE = 'XX999';
    END IF;
    RETURN coalesce(problem, message);
END
$$;
CREATE TABLE fuzz_parent (id integer PRIMARY KEY, code text UNIQUE);
INSERT INTO fuzz_parent SELECT i, 'c' || i FROM generate_series(1, 50) i;
CREATE TABLE fuzz_empty (id integer PRIMARY KEY);
CREATE VIEW fuzz_view AS SELECT id FROM fuzz_parent;
CREATE TABLE fuzz_table (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name fuzz_text, gone integer,
    qty integer CHECK (qty BETWEEN 1 AND 50), price numeric(8,2) CHECK (price > 0),
    total numeric GENERATED ALWAYS AS (qty * price) STORED, at timestamptz DEFAULT now(), tags text[],
    doc jsonb, mood fuzz_mood NOT NULL, serial serial, parent integer REFERENCES fuzz_parent, CHECK (qty < price OR price > 10));
ALTER TABLE fuzz_table DROP COLUMN gone;
CREATE TABLE fuzz_learned (id integer PRIMARY KEY, city text, country text, qty integer, price numeric(8,2), x double precision,
    day date, at timestamptz, later timestamptz, clock time, span interval, tags text[], mood fuzz_mood, note text, paid money,
    small smallint, parent integer REFERENCES fuzz_parent);
INSERT INTO fuzz_learned SELECT i, (ARRAY['Paris', 'Lyon', 'Rome', NULL])[1 + i % 4], (ARRAY['FR', 'FR', 'IT', NULL])[1 + i % 4],
    nullif(i * 7 % 11, 3), i * 37 % 1000 / 10.0, CASE i % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' ELSE i * 0.37 % 9 END,
    '2024-01-01'::date + i * i % 400, '2024-01-01'::timestamptz + i * 13 % 700 * interval '17 hours',
    '2024-01-01'::timestamptz + (i * 13 % 700 * 17 + i % 30) * interval '1 hour', '08:00'::time + i % 300 * interval '1 minute',
    i % 90 * interval '1 hour', (ARRAY['a', 'b', 'c'])[1:i % 4], (ARRAY['sad', 'ok'])[1 + i % 2]::fuzz_mood,
    format('%s %s %s', (ARRAY['One', 'My'])[1 + i % 2], (ARRAY['big', 'red', 'old'])[1 + i % 3], i % 97), i % 70, i % 300, 1 + i * i % 50
FROM generate_series(1, 400) i;
ANALYZE fuzz_learned, fuzz_parent;
"""


def psql(*arguments, database=DATABASE, text=None):
    return subprocess.run(["psql", "-XAtq", "-d", database, *arguments], input=text, capture_output=True,
                          text=True, errors="replace")


def set_up():
    for command in ("DROP DATABASE IF EXISTS " + DATABASE, "CREATE DATABASE " + DATABASE):
        psql("-v", "ON_ERROR_STOP=1", "-c", command, database="postgres").check_returncode()
    done = psql("-v", "ON_ERROR_STOP=1", text="SET client_min_messages = error;\n" + SETUP)
    if done.returncode != 0:
        sys.exit("could not set up: " + done.stderr)
    document = json.loads(psql("-c", "SELECT synthik_infer('fuzz_learned')").stdout)
    LEARNED[:] = [document, base64.b64decode(document.pop("fit"))]
    if checksum(LEARNED[1][:-8]) != LEARNED[1][-8:]:
        sys.exit("the checksum of what was learned is not as it should be")


def run_batch(statements):
    """What is wrong with the statements: (statement, message) pairs; how many errors there were."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        lines = ["\\set VERBOSITY verbose", "SET client_min_messages = error; SET statement_timeout = '2s'; SET client_encoding = 'UTF8';",
                 "TRUNCATE fuzz_table;"]
        first = len(lines) + 1
        script.write("\n".join(lines) + "\n")
        script.write("".join(s + ";\n" for s in statements))
        script.flush()
        done = psql("-f", script.name)
    wrong = []
    for line in done.stderr.splitlines():
        place = line.split(":", 3)
        number = int(place[2]) - first if line.startswith("psql:") and len(place) > 3 and place[2].isdigit() else -1
        statement = statements[number] if 0 <= number < len(statements) else "?"
        if "ERROR:  XX" in line or "server closed" in line or "connection to server" in line or \
                "terminating connection" in line:
            wrong.append((statement, line))
    for line in done.stdout.splitlines():
        if line.startswith("asked ") and line[6:].split("|")[0] != line.split("|")[1]:
            wrong.append(("a statement of this batch", line))
    if done.returncode not in (0, 3) and not wrong:
        wrong.append(("a statement of this batch", "psql ended with %d: %s" % (done.returncode, done.stderr[-300:])))
    return wrong, done.stderr.count("ERROR:  "), done.stderr.count("ERROR:  57014")


def main():
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    mutator = Mutator(seed)
    end = time.time() + seconds
    count = errors = slow = 0
    failed = {}

    set_up()
    while time.time() < end:
        statements = [mutator.statement() for _ in range(BATCH)]
        wrong, refused, cancelled = run_batch(statements)
        count += len(statements)
        errors += refused
        slow += cancelled
        for statement, message in wrong:
            failed.setdefault(message.split("ERROR:")[-1][:80], (statement, message))
        if len(failed) > 20:
            break
    print("%d statements, %d refused, %d too slow" % (count, errors, slow))
    for statement, message in failed.values():
        print(message[:500] + "\n    " + statement[:1500])
    if not failed:
        psql("-c", "DROP DATABASE " + DATABASE, database="postgres")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
