#!/usr/bin/env python3
"""Throws files at a server: CSV and JSON, whole and damaged, in any encoding.

    python3 test/fuzz/file_fuzz.py SECONDS SEED

The server is the one that PGHOST and so on name; it has to be a throw-away
one.  Fails if the server crashes, if an error is an internal one (SQLSTATE
XX...), or if a file whose columns were found out cannot be read as these
columns, unless its rows have different numbers of fields.
"""
import gzip
import json
import random
import subprocess
import sys
import time

DATABASE = "synthik_file_fuzz"
BATCH = 100

SETUP = r"""
CREATE EXTENSION synthik;
CREATE FUNCTION attempt(content bytea, format text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	list text;
	counted bigint;
	loaded bigint;
	state text := 'columns';
BEGIN
	list := synthik_file_columns(content, format, options);
	state := 'json';
	SELECT count(j) INTO counted FROM synthik_read_file_json(content, format, options) AS j;
	state := 'import';
	loaded := synthik_import_file(content, 'loaded', format, options);
	DROP TABLE loaded;
	IF loaded <> counted THEN
		RETURN format('FINDING %s rows as JSON, %s loaded', counted, loaded);
	END IF;
	RETURN 'ok';
EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
	-- Rows of different lengths are 22P04; a JSON row may hold what jsonb does not.
	IF SQLSTATE LIKE 'XX%' OR (state = 'import' AND SQLSTATE <> '22P04') THEN
		RETURN format('FINDING %s: %s %s', state, SQLSTATE, SQLERRM);
	END IF;
	RETURN SQLSTATE;
END $$;
"""

VALUES = """1 -2 007 3000000000 99999999999999999999 2.50 -0 .5 1. 1e5 1e400 -1e-5 NaN Infinity true false yes t f T x
2024-02-29 2023-02-29 13/02/2024 02/13/2024 01/02/2024 31.12.1999 2024-01-01T10:00:00Z 2024-01-01T10:00 10:30 24:00
123e4567-e89b-12d3-a456-426614174000 {} [] {"a":1} {"a":"\\u0000"} {"a":"\\ud800"} [1,[2]] {a it's 5" \\N NULL
0000-01-01 9999-12-31 2024-01-01T10:00:00+15:59 2024-01-01T10:00:00+14:00 0 00 +1 é 日本 \U0001F600""".split() + [
    "", " ", "2024-01-01 10:00:00", "2024-01-01 10:00:00.123456+02", "13/02/2024 10:00", "two\nlines", "a,b", "x" * 300,
    "12 apples", "\"", "\"\"", "\\", "a\"b"]
SCALARS = ["null", "true", "1", "-0", "1.50", "1e5", "1e400", "123456789012345678901234567890", '"x"', '"12"', '"2024-01-01"',
           '"\\u0000"', '"\\ud83d\\ude00"', '"é"', "[]", "{}", "[1, [2, null]]", '{"a": {"b": "]}"}}', '""', '"\\"\\\\"']
BYTES = [b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\"", b"'", b"\\", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"{", b"}",
         b"[", b"]", b":", b"\xe9", b"\xc3", b"\xed\xa0\x80", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK\x03\x04"]


def csv_file(r):
    delimiter = r.choice(",;\t|")
    quote = r.choice("\"\"\"'")
    escape = r.choice([quote, quote, "\\"])
    columns = r.randrange(1, 6)
    pools = [[r.choice(VALUES) for _ in range(r.choice([1, 2, 3, 20]))] for _ in range(columns)]

    def field(text):
        if r.random() < 0.2 or any(c in text for c in delimiter + quote + "\n\r"):
            if escape != quote:
                text = text.replace(escape, escape * 2)
            return quote + text.replace(quote, escape + quote) + quote
        return text
    lines = []
    if r.random() < 0.7:
        lines.append(delimiter.join(r.choice(["id", "name", "a", "", "a b", "é", "x" * 80]) for _ in range(columns)))
    for _ in range(r.choice([0, 1, 3, 30])):
        row = [field(r.choice(pools[c])) for c in range(columns)]
        lines.append(delimiter.join(row if r.random() < 0.98 else row[1:]))
    return r.choice(["\n", "\n", "\r\n", "\r"]).join(lines) + r.choice(["", "\n"])


def json_file(r):
    def row():
        return "{" + ", ".join(json.dumps(r.choice(["id", "a", "b", "", "é", "x" * 80])) + ": " + r.choice(SCALARS)
                               for _ in range(r.randrange(5))) + "}"
    rows = [row() for _ in range(r.choice([0, 1, 2, 20]))]
    kind = r.randrange(4)
    if kind == 0:
        return "[" + ", ".join(rows) + "]"
    if kind == 1:
        return "\n".join(rows)
    if kind == 2:
        return '{"meta": ' + r.choice(SCALARS) + ', "rows": [' + ",\n".join(rows) + "]" + r.choice(["", ', "z": 1']) + "}"
    n = r.randrange(4)
    return "{" + ", ".join('"k%d": [%s]' % (i, ", ".join(r.choice(SCALARS) for _ in range(n))) for i in range(r.randrange(1, 4))) + "}"


def damage(r, content):
    for _ in range(r.choice([0, 0, 1, 1, 2, 5])):
        at = r.randrange(len(content) + 1)
        kind = r.randrange(4)
        if kind == 0:
            content = content[:at]
        elif kind == 1:
            content = content[:at] + content[at + r.randrange(1, 5):]
        elif kind == 2:
            content = content[:at] + r.choice(BYTES) + content[at:]
        else:
            content = content[:at] + content[r.randrange(len(content) + 1):][:50] + content[at:]
    return content


def any_file(r):
    text = csv_file(r) if r.random() < 0.6 else json_file(r)
    encoding = r.choice(["utf-8"] * 6 + ["utf-16", "utf-16-be", "utf-8-sig", "cp1252", "latin-1"])
    content = damage(r, text.encode(encoding, "ignore"))
    if r.random() < 0.05:
        content = damage(r, gzip.compress(content))
    options = {}
    if r.random() < 0.2:
        options[r.choice(["header", "bom"])] = r.choice([True, False])
    if r.random() < 0.1:
        options["dates"] = r.choice(["DMY", "MDY"])
    if r.random() < 0.05:
        options["null"] = r.choice(["NULL", "x", "\\N"])
    if r.random() < 0.05:
        options["encoding"] = r.choice(["LATIN1", "UTF8", "SJIS", "UTF-16LE", "EUC_JP", "SQL_ASCII"])
    return content, r.choice([None] * 8 + ["csv", "tsv", "json", "jsonl"]), options


def statement(content, form, options):
    return "SELECT attempt('\\x%s', %s, '%s');\n" % (
        content.hex(), "NULL" if form is None else "'%s'" % form, json.dumps(options).replace("'", "''"))


def psql(script, database):
    return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-d", database], input=script, text=True, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def main():
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    psql("DROP DATABASE IF EXISTS %s;\nCREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';\n" % (DATABASE, DATABASE), "postgres")
    started = psql(SETUP, DATABASE)
    if started.stdout.strip():
        sys.exit(started.stdout)
    r = random.Random(seed)
    end = time.time() + seconds
    counts = {}
    while time.time() < end:
        files = [any_file(r) for _ in range(BATCH)]
        run = psql("".join(statement(*f) for f in files), DATABASE)
        answers = run.stdout.splitlines()
        if run.returncode != 0 or len(answers) != BATCH:
            sys.exit("FINDING the server has not answered all:\n%s\nlast: %s" % (run.stdout[-2000:], statement(*files[min(len(answers), BATCH - 1)])))
        for answer, file in zip(answers, files):
            counts[answer[:7]] = counts.get(answer[:7], 0) + 1
            if answer.startswith("FINDING"):
                sys.exit("%s\n%s" % (answer, statement(*file)))
    psql("DROP DATABASE %s;\n" % DATABASE, "postgres")
    print(sum(counts.values()), "files:", counts)


main()
