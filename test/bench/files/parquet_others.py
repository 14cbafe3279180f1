#!/usr/bin/env python3
"""Parquet files against readers and writers that are not ours.

Every type is exported and read by pyarrow, DuckDB and hyparquet (JavaScript);
files of pyarrow, pandas and DuckDB, in all encodings, compressions and page
versions, are read by PostgreSQL.  Values have to be equal.

A check for development: it needs a server that PGHOST names, with the
extension in a database of its own, and packages from the network:

    python3 -m venv venv && venv/bin/pip install pyarrow duckdb pandas pytz psycopg2-binary
    npm install hyparquet hyparquet-compressors
    venv/bin/python test/bench/files/parquet_others.py FOLDER [NODE_MODULES]

FOLDER is one that the server may write.
"""
import datetime
import decimal
import json
import math
import os
import shutil
import subprocess
import sys
import uuid

import duckdb
import numpy
import pandas
import psycopg2
import pyarrow
import pyarrow.parquet

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH = datetime.datetime(1970, 1, 1)
results = []


def report(what, good, why=""):
    results.append((what, good))
    print(f"{'ok     ' if good else 'FAILED '} {what}{'' if good else ': ' + why}")


# ---- values as comparable texts -------------------------------------------

def number_text(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    value = decimal.Decimal(repr(value) if isinstance(value, float) else value)
    return format(value.normalize(), "f") if value else "0"


def text(value):
    """What a value is, whoever gives it."""
    if value is None or value is pandas.NaT:
        return None
    if isinstance(value, (bool, numpy.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (numpy.integer, numpy.floating)):
        value = value.item()
    if isinstance(value, (int, float, decimal.Decimal)):
        return number_text(value)
    if isinstance(value, (bytes, memoryview, bytearray)):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat() if isinstance(value, datetime.date) else value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.timedelta):
        return (datetime.datetime.min + value).time().isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: text(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [text(item) for item in value]
    return str(value)


def same(a, b, rough):
    """Equal; where they are rough, numbers may differ behind the seventh digit."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(same(a.get(key), b.get(key), rough) for key in a.keys() | b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, rough) for x, y in zip(a, b))
    if a == b or not rough:
        return a == b
    try:
        return abs(float(a) - float(b)) <= 1e-7 * abs(float(a))
    except (TypeError, ValueError):
        return False


def compare(what, ours, theirs, names, rough=False):
    if len(ours) != len(theirs):
        report(what, False, f"{len(ours)} rows against {len(theirs)}")
        return
    for i, (a, b) in enumerate(zip(ours, theirs)):
        for name, x, y in zip(names, a, b):
            if not same(text(x), text(y), rough or isinstance(x, float)):
                report(what, False, f"row {i} column {name}: {text(x)!r} against {text(y)!r}")
                return
    report(f"{what} ({len(ours)} rows of {len(names)})", True)


# ---- ours, read by others ---------------------------------------------------

CASTS = {"nfree": "::text", "big": "::text", "iv": "::text", "rng": "::text", "j": "::text",
         "jb": "::text", "m": "::text", "p": "to_jsonb", "pp": "to_jsonb"}


def expected(cursor, names):
    items = []
    for name in names:
        cast = CASTS.get(name, "")
        quoted = '"' + name + '"'
        items.append(f"to_jsonb({quoted})" if cast == "to_jsonb" else quoted + cast)
    cursor.execute(f"SELECT {', '.join(items)} FROM every_type ORDER BY id")
    return [list(row) for row in cursor.fetchall()]


def javascript_value(name, value):
    """Dates are texts in JSON, decimals are numbers, and bytes are hex."""
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return value.lower().replace("inity", "") if value.endswith("y") else "nan"
    if isinstance(value, str) and len(value) > 10 and value.endswith("Z") and "T" in value:
        if name == "d" or name == "da":
            return value[1:11] if value.startswith("+") else value[:10]
        return value[:10] + " " + value[11:-1]
    if isinstance(value, list):
        return [javascript_value(name, item) for item in value]
    return value


def check_javascript(path, names, ours, modules):
    script = os.path.join(modules, "parquet_read.mjs")
    shutil.copy(os.path.join(HERE, "parquet_read.mjs"), script)
    output = subprocess.run(["node", script, path], check=True, capture_output=True, text=True)
    rows = json.loads(output.stdout)
    theirs = [[javascript_value(name, row.get(name)) for name in names] for row in rows]
    # Milliseconds are all that a Date has, and numbers of it are doubles.
    rounded = []
    for row in ours:
        out = []
        for name, value in zip(names, row):
            if isinstance(value, datetime.datetime):
                value = text(value)[:23]
            elif name == "t" and value is not None:
                value = (datetime.datetime.combine(EPOCH, value) - EPOCH) // datetime.timedelta(microseconds=1)
            elif name in ("j", "jb") and value is not None:
                value = json.loads(value)
            out.append(value)
        rounded.append(out)
    compare(f"hyparquet reads {os.path.basename(path)}", rounded, theirs, names, rough=True)


def check_exports(connection, folder, modules):
    cursor = connection.cursor()
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'every_type'::regclass AND attnum > 0 ORDER BY attnum")
    names = [row[0] for row in cursor.fetchall()]
    ours = expected(cursor, names)
    for compression in ("none", "snappy", "gzip", "zstd", "lz4_raw"):
        for rows in (0, 100):
            path = os.path.join(folder, f"ours_{compression}_{rows}.parquet")
            options = {"compression": compression, "title": "every type", "license": "CC0-1.0"}
            if rows:
                options["row_group_rows"] = rows
            cursor.execute("SELECT synthik_export(%s, %s, options => %s)", ("SELECT * FROM every_type ORDER BY id", path, json.dumps(options)))
            connection.commit()
            table = pyarrow.parquet.read_table(path)
            theirs = list(zip(*(column.to_pylist() for column in table.columns)))
            compare(f"pyarrow reads {compression}, row groups of {rows or 'our size'}", ours, theirs, names)
            theirs = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
            compare(f"DuckDB reads {compression}, row groups of {rows or 'our size'}", ours, theirs, names)
            if modules:
                check_javascript(path, names, ours, modules)
    check_metadata(path)


def check_metadata(path):
    file = pyarrow.parquet.ParquetFile(path)
    keys = file.metadata.metadata
    report("title and license are there", keys == {b"title": b"every type", b"license": b"CC0-1.0"}, str(keys))
    good, why = True, ""
    for group in range(file.metadata.num_row_groups):
        table = file.read_row_group(group)
        for index in range(file.metadata.row_group(group).num_columns):
            column = file.metadata.row_group(group).column(index)
            if "." in column.path_in_schema:
                continue
            values = table.column(column.path_in_schema).to_pylist()
            statistics = column.statistics
            nulls = sum(value is None for value in values)
            if statistics.null_count != nulls:
                good, why = False, f"{column.path_in_schema}: {statistics.null_count} NULLs, not {nulls}"
            there = [value for value in values if value is not None]
            if any(isinstance(value, float) and math.isnan(value) for value in there):
                if statistics.has_min_max:
                    good, why = False, f"{column.path_in_schema}: bounds in spite of NaN"
            elif there and statistics.has_min_max and isinstance(there[0], (int, float, decimal.Decimal, datetime.date, datetime.time)):
                low, high = statistics.min, statistics.max
                if (low, high) != (min(there), max(there)):
                    good, why = False, f"{column.path_in_schema}: {low} to {high}, not {min(there)} to {max(there)}"
            elif there and not statistics.has_min_max and not any(v == b"\xff" * 300 for v in there):
                good, why = False, f"{column.path_in_schema}: no bounds"
    report("statistics are right in every row group", good, why)
    count = duckdb.sql(f"SELECT count(*) FROM read_parquet('{path}') WHERE i4 BETWEEN 1000003 * 100 AND 1000003 * 200").fetchall()[0][0]
    report("DuckDB filters by statistics", count == 101, str(count))


# ---- others', read by us ----------------------------------------------------

def read_by_us(connection, path):
    cursor = connection.cursor()
    cursor.execute("SELECT synthik_file_columns(%s)", (path,))
    columns = cursor.fetchone()[0].replace("%", "%%")
    cursor.execute(f"SELECT * FROM synthik_read_file(%s) AS t ({columns})", (path,))
    rows = cursor.fetchall()
    connection.commit()
    return rows


def plain_table(rows):
    numbers = range(rows)
    some = lambda make: [None if i % 7 == 3 else make(i) for i in numbers]
    day = datetime.date(2020, 1, 1)
    moment = datetime.datetime(2020, 1, 1, 12, 30, 15, 123456)
    utc = pyarrow.timestamp("us", tz="UTC")
    columns = {
        "bool": pyarrow.array(some(lambda i: i % 3 == 0)),
        "i8": pyarrow.array(some(lambda i: i % 250 - 125), pyarrow.int8()),
        "i16": pyarrow.array(some(lambda i: i - 100), pyarrow.int16()),
        "i32": pyarrow.array(some(lambda i: i * 7919 - 10 ** 6), pyarrow.int32()),
        "i64": pyarrow.array(some(lambda i: i * 10 ** 12 - 5), pyarrow.int64()),
        "u8": pyarrow.array(some(lambda i: i % 256), pyarrow.uint8()),
        "u16": pyarrow.array(some(lambda i: 65535 - i), pyarrow.uint16()),
        "u32": pyarrow.array(some(lambda i: 2 ** 32 - 1 - i), pyarrow.uint32()),
        "u64": pyarrow.array(some(lambda i: 2 ** 64 - 1 - i), pyarrow.uint64()),
        "f16": pyarrow.array(some(lambda i: numpy.float16(i / 8)), pyarrow.float16()),
        "f32": pyarrow.array(some(lambda i: i / 3), pyarrow.float32()),
        "f64": pyarrow.array(some(lambda i: -i / 7)),
        "text": pyarrow.array(some(lambda i: f"text ☃ {i % 20}")),
        "unique": pyarrow.array(some(lambda i: f"prefix/{i:06d}/x" + "y" * (i % 50))),
        "bytes": pyarrow.array(some(lambda i: bytes([i % 256] * (i % 9)))),
        "fixed": pyarrow.array(some(lambda i: i.to_bytes(5, "big")), pyarrow.binary(5)),
        "date": pyarrow.array(some(lambda i: day + datetime.timedelta(days=i))),
        "t_ms": pyarrow.array(some(lambda i: datetime.time(1, 2, i % 60, 5000)), pyarrow.time32("ms")),
        "t_us": pyarrow.array(some(lambda i: datetime.time(23, 59, i % 60, i)), pyarrow.time64("us")),
        "ts_ms": pyarrow.array(some(lambda i: moment.replace(microsecond=7000)), pyarrow.timestamp("ms")),
        "ts_us": pyarrow.array(some(lambda i: moment - datetime.timedelta(days=i % 500 * 300)), pyarrow.timestamp("us")),
        "ts_utc": pyarrow.array(some(lambda i: moment.replace(tzinfo=datetime.timezone.utc)), utc),
        "dec5": pyarrow.array(some(lambda i: decimal.Decimal(i * 3 - 500).scaleb(-2)), pyarrow.decimal128(5, 2)),
        "dec15": pyarrow.array(some(lambda i: decimal.Decimal(i * -12345678901).scaleb(-4)), pyarrow.decimal128(15, 4)),
        "dec38": pyarrow.array(some(lambda i: decimal.Decimal(i * -10 ** 33 + i).scaleb(-10)), pyarrow.decimal128(38, 10)),
        "dec76": pyarrow.array(some(lambda i: decimal.Decimal(f"{'-' * (i % 2)}{i + 1}{'123456789' * 7}").scaleb(-9)), pyarrow.decimal256(76, 9)),
        "ints": pyarrow.array([None if i % 5 == 1 else [i, None, -i][:i % 4] for i in numbers], pyarrow.list_(pyarrow.int32())),
        "words": pyarrow.array([[f"w{i}", "", None] for i in numbers], pyarrow.list_(pyarrow.string())),
        "nothing": pyarrow.nulls(rows),
        "lists": pyarrow.array([None if i % 6 == 2 else [[i], [], None, [None, i]][:i % 5] for i in numbers],
                               pyarrow.list_(pyarrow.list_(pyarrow.int64()))),
        "struct": pyarrow.array([None if i % 4 == 1 else {"a": i, "b": None if i % 3 == 0 else f"b{i}", "c": {"d": [i] * (i % 3)}} for i in numbers]),
        "structs": pyarrow.array([[{"x": i, "y": [f"{j}" for j in range(i % 3)]}] * (i % 4) for i in numbers]),
        "map": pyarrow.array([None if i % 9 == 4 else [(f"k{j}", i + j) for j in range(i % 3)] for i in numbers],
                             pyarrow.map_(pyarrow.string(), pyarrow.int32())),
    }
    return pyarrow.table(columns)


def python_rows(table):
    rows = []
    for row in table.to_pylist():
        if row.get("map") is not None:
            row["map"] = dict(row["map"])
        rows.append([row[name] for name in table.column_names])
    return rows


def check_file(connection, what, path, table):
    check_rows(connection, what, path, python_rows(table), table.column_names)


def check_rows(connection, what, path, rows, names):
    try:
        compare(what, read_by_us(connection, path), rows, names)
    except psycopg2.Error as error:
        connection.rollback()
        report(what, False, str(error).strip())


def check_pyarrow(connection, folder):
    table = plain_table(500)
    path = os.path.join(folder, "theirs.parquet")
    for compression in ("none", "snappy", "gzip", "zstd", "lz4"):
        for version in ("1.0", "2.0"):
            for dictionary in (True, False):
                pyarrow.parquet.write_table(table, path, compression=compression, data_page_version=version,
                                            use_dictionary=dictionary, row_group_size=150, data_page_size=400,
                                            write_page_checksum=dictionary)
                check_file(connection, f"pyarrow's {compression}, pages {version}{', dictionaries' if dictionary else ''}",
                           path, table)
    encodings = {
        "DELTA_BINARY_PACKED": ["i8", "i16", "i32", "i64", "u8", "u32", "u64", "date", "t_us", "ts_us", "ints"],
        "DELTA_LENGTH_BYTE_ARRAY": ["text", "unique", "bytes", "words"],
        "DELTA_BYTE_ARRAY": ["text", "unique", "bytes", "fixed", "dec38", "words"],
        "BYTE_STREAM_SPLIT": ["f16", "f32", "f64", "i32", "i64", "fixed", "dec38"],
        "RLE": ["bool"],
    }
    for encoding, names in encodings.items():
        part = table.select(names)
        leaves = {name + (".list.element" if name in ("ints", "words") else ""): encoding for name in names}
        for version in ("1.0", "2.0"):
            pyarrow.parquet.write_table(part, path, use_dictionary=False, column_encoding=leaves, data_page_version=version,
                                        data_page_size=2000)
            check_file(connection, f"pyarrow's {encoding}, pages {version}", path, part)
    part = table.select(["ts_us", "i32"])
    pyarrow.parquet.write_table(part, path, use_deprecated_int96_timestamps=True)
    check_file(connection, "pyarrow's INT96 timestamps", path, part)
    small = table.select(["ts_us", "ts_utc", "t_us"]).slice(0, 300)
    part = small.cast(pyarrow.schema([
        ("ts_us", pyarrow.timestamp("ns")), ("ts_utc", pyarrow.timestamp("ns", tz="UTC")), ("t_us", pyarrow.time64("ns"))]))
    pyarrow.parquet.write_table(part, path)
    check_file(connection, "pyarrow's nanoseconds", path, small)
    part = table.select(["ints", "lists", "structs"])
    pyarrow.parquet.write_table(part, path, use_compliant_nested_type=False)
    check_file(connection, "pyarrow's lists of another name", path, part)
    pyarrow.parquet.write_table(table.slice(0, 0), path)
    check_file(connection, "pyarrow's file without rows", path, table.slice(0, 0))


def check_duckdb(connection, folder):
    table = plain_table(3000).drop_columns(["f16", "nothing", "dec76", "map"])
    duckdb.register("theirs", table)
    for compression in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
        for version in ("V1", "V2"):
            path = os.path.join(folder, "duckdb.parquet")
            duckdb.sql(f"COPY theirs TO '{path}' (FORMAT parquet, COMPRESSION {compression}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
            back = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
            check_rows(connection, f"DuckDB's {compression}, {version}", path, back, table.column_names)


def check_pandas(connection, folder):
    path = os.path.join(folder, "pandas.parquet")
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"], "c": pandas.to_datetime(["2024-01-01", None, "2024-03-01"]),
                              "d": pandas.Categorical(["u", "v", "u"]), "e": [1.5, float("nan"), float("inf")]}, index=["r", "s", "t"])
    frame.to_parquet(path)
    table = pyarrow.parquet.read_table(path)
    check_file(connection, "pandas' frame", path, table)


def main():
    folder = sys.argv[1]
    modules = sys.argv[2] if len(sys.argv) > 2 else None
    connection = psycopg2.connect("")
    cursor = connection.cursor()
    cursor.execute("SET timezone = 'UTC'")
    duckdb.sql("SET timezone = 'UTC'")
    cursor.execute("DROP TABLE IF EXISTS every_type; DROP TYPE IF EXISTS pair, mood; DROP DOMAIN IF EXISTS positive")
    with open(os.path.join(HERE, "parquet_types.sql"), encoding="utf-8") as file:
        cursor.execute(file.read())
    connection.commit()
    check_exports(connection, folder, modules)
    check_pyarrow(connection, folder)
    check_duckdb(connection, folder)
    check_pandas(connection, folder)
    failed = sum(not good for _, good in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
