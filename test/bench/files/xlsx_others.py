#!/usr/bin/env python3
"""Holds workbooks of ours against openpyxl, and those of others against us.

Needs openpyxl, pandas and xlsxwriter, and a throw-away server with synthik
that PGHOST and so on name:

    venv/bin/python test/bench/files/xlsx_others.py FOLDER

FOLDER is one that the server can write to.  Prints what differs and exits
with 1.
"""
import datetime as dt
import json
import math
import os
import random
import subprocess
import sys

import openpyxl
import pandas

FOLDER = sys.argv[1]
faults = 0


def fault(what):
    global faults
    faults += 1
    print("DIFFERS:", what)


def sql(text):
    return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=text, text=True,
                          capture_output=True, check=True).stdout


def rows_of(path, sheet=None):
    options = "NULL" if sheet is None else "'%s'" % json.dumps({"sheet": sheet})
    return [json.loads(line) for line in
            sql(f"SELECT synthik_read_file_json('{path}', options => {options});").rstrip("\n").split("\n")]


# ---- ours, read by openpyxl ----

def written():
    path = os.path.join(FOLDER, "ours.xlsx")
    query = """SELECT i, i * 1000003::bigint % 999999999999999 AS big, (i * 7919 % 100000)::numeric / 100 AS n, i / 7.0::float8 AS f,
        CASE WHEN i % 7 <> 0 THEN '=text ' || chr(64 + i % 1000) || E'\\n' || i END AS t, i % 3 = 0 AS b,
        date '1900-03-01' + i * 11 AS d, timestamp '1950-01-01' + i * interval '17 h 13.337 s' AS ts,
        time '00:00' + i * interval '0.421 s' AS tm FROM generate_series(1, 20000) i"""
    sql(f"SELECT synthik_export($q$ {query} $q$, '{path}', options => '{{\"title\": \"Ours\", \"license\": \"CC0-1.0\"}}');")
    book = openpyxl.load_workbook(path)
    if book.properties.title != "Ours" or book.custom_doc_props["License"].value != "CC0-1.0":
        fault("properties")
    sheet = book.active
    if sheet.freeze_panes != "A2" or not sheet["A1"].font.b:
        fault("the header's look")
    expected = [json.loads(line) for line in sql(f"SELECT row_to_json(q) FROM ({query}) AS q;").rstrip("\n").split("\n")]
    found = list(sheet.iter_rows(min_row=2, values_only=True))
    if len(found) != len(expected):
        fault(f"{len(found)} rows")
    for row, want in zip(found, expected):
        for value, (key, wanted) in zip(row, want.items()):
            if key == "d":
                wanted = dt.datetime.fromisoformat(wanted)
            elif key == "ts":
                wanted = dt.datetime.fromisoformat(wanted)
                value = value if abs(value - wanted) > dt.timedelta(microseconds=500) else wanted
            elif key == "tm":
                wanted = dt.time.fromisoformat(wanted.ljust(12, "0") if "." in wanted else wanted)
            elif key == "f" and math.isclose(value, wanted, rel_tol=1e-15):
                continue
            if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
                fault(f"row {want['i']}, {key}: {value!r}, not {wanted!r}")
                if faults > 20:
                    return


# ---- those of others, read by us ----

def value_of(r):
    return r.choice([
        None, r.randrange(-10**6, 10**6), r.randrange(10**15), r.random(), r.uniform(-1, 1) * 10 ** r.randrange(-300, 300),
        True, False, "text", "00123", "ä€😀 <&>\"'", " blanks ", "two\nlines", "a=b",
        dt.datetime(1900, 3, 1) + dt.timedelta(milliseconds=r.randrange(2_000_000_000_000)),
        dt.datetime(1900, 3, 1) + dt.timedelta(days=r.randrange(40000)),
        dt.time(r.randrange(24), r.randrange(60), r.randrange(60)),
        dt.timedelta(seconds=r.randrange(10**6))])


def as_json(value):
    if isinstance(value, dt.datetime):
        text = value.isoformat(" ", "milliseconds")
        return text[:-4] if text.endswith(".000") else text
    if isinstance(value, dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        return "%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return value


def made_by_openpyxl(seed):
    r = random.Random(seed)
    path = os.path.join(FOLDER, "theirs.xlsx")
    columns = r.randrange(1, 30)
    rows = [["key"] + ["c%d" % i for i in range(columns)]]
    rows += [[i] + [value_of(r) for _ in range(columns)] for i in range(300)]
    book = openpyxl.Workbook(write_only=seed % 2 == 0)
    sheet = book.create_sheet("S") if seed % 2 == 0 else book.active
    for row in rows:
        sheet.append(row)
    if seed % 2 == 1:
        for cells in sheet.iter_rows(min_row=2):
            for cell in cells:
                if isinstance(cell.value, dt.timedelta):
                    cell.number_format = "[hh]:mm:ss"
    book.save(path)
    compare(path, rows)


def made_by_pandas(seed):
    r = random.Random(seed)
    path = os.path.join(FOLDER, "theirs.xlsx")
    n = 200
    frame = pandas.DataFrame({
        "i": [r.randrange(10**9) for _ in range(n)], "f": [r.random() * 10 ** r.randrange(-5, 5) for _ in range(n)],
        "s": [r.choice(["a", "b", "ä", None]) for _ in range(n)],
        "t": [pandas.Timestamp("2024-01-01") + pandas.Timedelta(r.randrange(10**9), "s") for _ in range(n)],
        "b": [r.random() < 0.5 for _ in range(n)]})
    frame.to_excel(path, index=False, engine=r.choice(["xlsxwriter", "openpyxl"]))
    compare(path, [list(frame.columns)] + [[None if v is None or v != v else v.to_pydatetime() if hasattr(v, "to_pydatetime") else v for v in row]
                                           for row in frame.itertuples(index=False, name=None)])


def compare(path, rows):
    found = rows_of(path)
    if len(found) != len(rows) - 1:
        fault(f"{len(found)} rows, not {len(rows) - 1}")
    for got, want in zip(found, rows[1:]):
        for name, value in zip(rows[0], want):
            wanted = as_json(value)
            same = got[name] == wanted and isinstance(got[name], bool) == isinstance(wanted, bool)
            if not same and not (isinstance(wanted, float) and isinstance(got[name], (int, float)) and
                                 math.isclose(got[name], wanted, rel_tol=1e-14)):
                fault(f"{name}: {got[name]!r}, not {wanted!r} ({value!r})")


sql("CREATE EXTENSION IF NOT EXISTS synthik;")
written()
for number in range(20):
    made_by_openpyxl(number)
    made_by_pandas(number)
print("no difference" if faults == 0 else f"{faults} differences")
sys.exit(faults > 0)
