#!/usr/bin/env python3
"""Throws files at a server: CSV, JSON, workbooks and Parquet, whole and damaged,
in any encoding, packed or not.

    python3 test/fuzz/file_fuzz.py SECONDS SEED

The server is the one that PGHOST and so on name; it has to be a throw-away
one.  Fails if the server crashes, if an error is an internal one (SQLSTATE
XX...), or if a file whose columns were found out cannot be read as these
columns, unless its rows have different numbers of fields.
"""
import gzip
import io
import json
import random
import struct
import subprocess
import sys
import time
import zipfile
from xml.sax.saxutils import escape

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


# ---- workbooks ----

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SERIALS = ["0", "1", "-1", "0.5", "59", "60", "61", "2958465.999999", "2958466", "45000.25", "1e308", "00", "1e-300", "12345678901234567890", "0.1"]
NO_SERIALS = ["1e400", "NaN", "x", "", " 1 "]
XML = ["<", ">", "&", "&#0;", "&#x1F600;", "]]>", "<!--", "<v>", "</v>", "<c/>", '<c r="A1">', '<row r="1048577">', '<c r="XFE1"/>', "</row>", "<x:y>",
       '<!DOCTYPE a [<!ENTITY b "c">]>&b;', "_x0041_", "_x0000_", "\x01", '<mergeCell ref="A1:XFD1048576"/>', "<si/>", "<t/>"]


def cell(r, row, column, strings, styles):
    kind = r.choice(["n", "n", "n", "s" if strings > 0 else "n", "b", "e", "str", "inlineStr", "d", "nothing"]) if r.random() < 0.98 else r.choice(["s", "odd"])
    ref = ' r="%s%d"' % (chr(65 + column), row) if r.random() < 0.99 else r.choice(["", ' r="A1"', ' r="ZZZZ9"', ' r="B"'])
    style = ' s="%d"' % r.randrange(styles + 2) if r.random() < 0.4 else ""
    text = escape(r.choice(VALUES))
    if kind == "n":
        return "<c%s%s><v>%s</v></c>" % (ref, style, r.choice(SERIALS if r.random() < 0.99 else NO_SERIALS))
    if kind == "s":
        return '<c%s%s t="s"><v>%d</v></c>' % (ref, style, r.randrange(strings) if strings > 0 and r.random() < 0.99 else r.choice([-1, strings, 99999]))
    if kind == "b":
        return '<c%s t="b"><v>%s</v></c>' % (ref, r.choice("01" if r.random() < 0.98 else "2x"))
    if kind == "e":
        return '<c%s t="e"><v>#N/A</v></c>' % ref
    if kind == "str":
        return '<c%s t="str"><f>1+1</f><v>%s</v></c>' % (ref, text)
    if kind == "inlineStr":
        return '<c%s t="inlineStr"><is><r><t>%s</t></r><r><rPr><b/></rPr><t xml:space="preserve"> x</t></r></is></c>' % (ref, text)
    if kind == "d":
        return '<c%s t="d"><v>%s</v></c>' % (ref, r.choice(["2024-02-29T10:00:00Z", "2024-02-29", "10:00"]))
    return r.choice(["<c%s/>" % ref, "<c%s><f>A1</f></c>" % ref, '<c%s t="zz"><v>1</v></c>' % ref])


def sheet_xml(r, strings, styles):
    rows, row = [], 0
    for _ in range(r.choice([0, 1, 2, 5, 40])):
        row += r.choice([1, 1, 1, 1, 3])
        cells = "".join(cell(r, row, c, strings, styles) for c in range(r.randrange(6)))
        rows.append('<row%s%s>%s</row>' % (' r="%d"' % row if r.random() < 0.99 else "", r.choice([""] * 9 + [' hidden="1"']), cells))
    merged = ""
    if r.random() < 0.3:
        merged = "<mergeCells>%s</mergeCells>" % "".join(
            '<mergeCell ref="%s%d:%s%d"/>' % (r.choice("ABC"), r.randrange(1, 5), r.choice("BCD"), r.randrange(1, 9)) for _ in range(r.randrange(3)))
    return '<?xml version="1.0"?><worksheet %s><sheetData>%s</sheetData>%s</worksheet>' % (MAIN, "".join(rows), merged)


def harm_xml(r, text):
    for _ in range(r.choice([0] * 20 + [1, 2])):
        at = r.randrange(len(text) + 1)
        text = r.choice([text[:at] + r.choice(XML) + text[at:], text[:at] + text[at + r.randrange(1, 9):], text[:at]])
    return text


def xlsx_file(r):
    nsheets, strings = r.choice([1, 1, 2, 3]), r.randrange(5)
    formats = [r.choice(["0", "14", "22", "21", "46", "9", "164", "165", "999"]) for _ in range(4)]
    relations = "".join('<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="%sworksheets/s%d.xml"/>'
                        % (i, r.choice(["", "", "/xl/"]), i) for i in range(nsheets))
    for part in ("sharedStrings", "styles"):
        relations += '<Relationship Id="x%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s.xml"/>' % (part, part, part)
    parts = {
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": "<workbook %s><workbookPr%s/><sheets>%s</sheets></workbook>" % (
            MAIN, r.choice(["", "", ' date1904="1"']),
            "".join('<sheet name="S%d" sheetId="%d"%s r:id="r%d"/>' % (i, i + 1, r.choice(["", "", ' state="hidden"']), i) for i in range(nsheets))),
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>' % relations,
        "xl/styles.xml": '<styleSheet %s><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellXfs>%s</cellXfs></styleSheet>' % (
            MAIN, "".join('<xf numFmtId="%s"/>' % f for f in formats)),
        "xl/sharedStrings.xml": "<sst %s>%s</sst>" % (MAIN, "".join("<si><t>%s</t></si>" % escape(r.choice(VALUES)) for _ in range(strings)))}
    for i in range(nsheets):
        parts["xl/worksheets/s%d.xml" % i] = sheet_xml(r, strings, len(formats))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", r.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as book:
        for name, text in parts.items():
            if r.random() < 0.995:
                book.writestr(name, harm_xml(r, text).encode("utf-8", "ignore"))
    return out.getvalue()


def xlsx_options(r):
    options = {}
    if r.random() < 0.2:
        options["sheet"] = r.choice([1, 2, 9, "S0", "S1", "none"])
    if r.random() < 0.2:
        options["range"] = r.choice(["A1:C9", "B2", "B:C", "2:5", "ZZ9:A1"])
    if r.random() < 0.3:
        options["fill_merged"] = True
    return options


# ---- Parquet ----

PARQUET = """SELECT encode(synthik_export_bytes($$ %s $$, 'parquet', '{"compression": "%s"%s}'), 'hex');"""
PARQUET_QUERIES = [
    "SELECT i, i / 3.0::float8 AS f, 'text ' || i % 5 AS t, i % 2 = 0 AS b, date '2024-01-01' + i AS d FROM generate_series(1, 50) i",
    "SELECT NULLIF(i % 4, 0) AS a, (i / 7.0)::numeric(10,2) AS n, ARRAY[i, NULL] AS l, now() AS t, gen_random_uuid() AS u FROM generate_series(1, 20) i",
    "SELECT jsonb_build_object('a', i) AS j, time '10:00' AS t, ''::bytea AS y, i::numeric AS n FROM generate_series(1, 5) i",
    "SELECT 1 AS a WHERE false"]


def parquet_bases():
    script = "".join(PARQUET % (query, compression, rows) + "\n" for query in PARQUET_QUERIES
                     for compression, rows in (("none", ""), ("snappy", ', "row_group_rows": 8'), ("zstd", ""), ("lz4_raw", "")))
    return [bytes.fromhex(line) for line in psql(script, DATABASE).stdout.split()]


# ---- damage, and packing ----

def zstd(content):
    """A frame of blocks that are not packed."""
    blocks = [content[i:i + 65536] for i in range(0, len(content), 65536)] or [b""]
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + b"".join(
        struct.pack("<I", (len(block) << 3) | (i == len(blocks) - 1))[:3] + block for i, block in enumerate(blocks))


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


def packed(r, content):
    for _ in range(r.choice([0] * 9 + [1, 2])):
        content = r.choice([gzip.compress, zstd])(content)
        if r.random() < 0.3:
            content = r.choice([damage(r, content), content + content])
    return content


def any_file(r, bases):
    kind = r.random()
    if kind < 0.25:
        return packed(r, damage(r, xlsx_file(r)) if r.random() < 0.2 else xlsx_file(r)), r.choice([None] * 5 + ["xlsx"]), xlsx_options(r)
    if kind < 0.35:
        return packed(r, damage(r, r.choice(bases))), r.choice([None] * 5 + ["parquet"]), {}
    text = csv_file(r) if r.random() < 0.6 else json_file(r)
    encoding = r.choice(["utf-8"] * 6 + ["utf-16", "utf-16-be", "utf-8-sig", "cp1252", "latin-1"])
    content = packed(r, damage(r, text.encode(encoding, "ignore")))
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
    bases = parquet_bases()
    r = random.Random(seed)
    end = time.time() + seconds
    counts = {}
    while time.time() < end:
        files = [any_file(r, bases) for _ in range(BATCH)]
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
