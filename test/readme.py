#!/usr/bin/env python3
"""Runs the examples of README.md, in order, in one session on the server that
the environment names (PGHOST, PGUSER, ...), in a database of their own.

A ```sql block must run without an error.  Where a ```text block follows it,
that is its output, and must be what psql prints, errors included.  README.md
must also name every function, view, type and setting that there is.

    test/readme.py            exits with 1 if anything differs
    test/readme.py --update   writes the outputs into README.md
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
DATABASE = "synthik_readme"
MARK = "---- end of block %d ----"
BLOCK = re.compile(r"^```sql\n(.*?)^```\n(?:\n*^```text\n(.*?)^```$)?", re.M | re.S)
OBJECTS = """
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
	JOIN pg_extension e ON e.oid = d.refobjid AND d.deptype = 'e' AND e.extname = 'synthik'
	WHERE p.prorettype <> 'internal'::regtype
UNION SELECT c.relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
	JOIN pg_extension e ON e.oid = d.refobjid AND d.deptype = 'e' AND e.extname = 'synthik' WHERE c.relkind = 'v'
UNION SELECT name FROM synthik_types
UNION SELECT name FROM pg_settings WHERE name LIKE 'synthik.%'
"""


def psql(script, database):
    """What psql prints for a script, errors and notices in their places."""
    environment = dict(os.environ, PGTZ="UTC", PGDATESTYLE="ISO", PGCLIENTENCODING="UTF8",
                       PGOPTIONS="-c intervalstyle=postgres", PAGER="")
    run = subprocess.run(["psql", "-X", "-q", "-d", database], input=script, text=True, encoding="utf-8",
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
    return run.stdout


def tidy(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def run_blocks(blocks):
    script = "".join(f"{code}\n\\echo '{MARK % i}'\n" for i, code in enumerate(blocks))
    rest = psql(script, DATABASE)
    outputs = []
    for i in range(len(blocks)):
        output, mark, rest = rest.partition(MARK % i + "\n")
        if not mark:
            sys.exit(f"the session ended early:\n{output}")
        outputs.append(tidy(output))
    return outputs


def faults(text, found, outputs):
    for block, output in zip(found, outputs):
        line = text.count("\n", 0, block.start()) + 1
        if block[2] is None:
            if re.search(r"^(ERROR|FATAL):", output, re.M):
                yield f"README.md:{line}: the example fails:\n{output}"
        elif tidy(block[2]) != output:
            difference = difflib.unified_diff(tidy(block[2]).split("\n"), output.split("\n"),
                                              "README.md", "psql", lineterm="")
            yield f"README.md:{line}: the output differs:\n" + "\n".join(difference)
    for name in psql("\\pset tuples_only on\n\\pset format unaligned\n" + OBJECTS + ";", DATABASE).split():
        if f"`{name}" not in text:
            yield f"README.md does not name {name}"


def updated(text, found, outputs):
    parts, end = [], 0
    for block, output in zip(found, outputs):
        if block[2] is not None:
            parts += [text[end:block.start(2)], output, "\n" if output else ""]
            end = block.end(2)
    return "".join(parts) + text[end:]


def main():
    text = README.read_text(encoding="utf-8")
    found = list(BLOCK.finditer(text))
    psql(f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE};", "postgres")
    outputs = run_blocks([block[1] for block in found])
    if sys.argv[1:] == ["--update"]:
        README.write_text(updated(text, found, outputs), encoding="utf-8")
        text = README.read_text(encoding="utf-8")
        found = list(BLOCK.finditer(text))
    problems = list(faults(text, found, outputs))
    psql(f"DROP DATABASE {DATABASE};", "postgres")
    print("\n\n".join(problems) or f"{len(found)} examples")
    sys.exit(1 if problems or not found else 0)


main()
