#!/usr/bin/env python3
"""Makes the workbooks of test/fixtures/xlsx with programs of others.

Needs openpyxl, pandas, xlsxwriter and LibreOffice; run once, by hand:

    python3 test/bench/files/xlsx_fixtures.py test/fixtures/xlsx [--by-hand]
"""
import datetime as dt
import gzip
import io
import os
import subprocess
import sys
import tempfile
import zipfile

import openpyxl
import pandas
from openpyxl.utils.datetime import CALENDAR_MAC_1904

FOLDER = sys.argv[1]

HEADER = ["id", "name", "price", "paid", "day", "moment", "hour", "length", "code", "total"]
ROWS = [
    [1, "Ada", 12.5, True, dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 13, 45, 30),
     dt.time(8, 15), dt.timedelta(hours=26, minutes=30), "00123", "=A2*C2"],
    [2, "Grüße, 東京 😀", 0.1, False, dt.date(1900, 3, 1), dt.datetime(1999, 12, 31, 23, 59, 59, 500000),
     dt.time(23, 59, 59), dt.timedelta(minutes=-90), "00007", "=A3*C3"],
    [3, "two\nlines", -1e-7, None, dt.date(9999, 12, 31), dt.datetime(1904, 1, 1, 0, 0),
     dt.time(0, 0, 1), dt.timedelta(days=3), "x", '=1/0'],
    [123456789012345, "  blanks  ", 1e300, True, None, None, None, None, None, '="a"&"b"'],
]


def path(name):
    return os.path.join(FOLDER, name)


def others():
    for name, epoch in (("openpyxl.xlsx", None), ("mac1904.xlsx", CALENDAR_MAC_1904)):
        book = openpyxl.Workbook()
        if epoch:
            book.epoch = epoch
        sheet = book.active
        sheet.title = "Data"
        sheet.append(HEADER)
        for row in ROWS:
            sheet.append([None if epoch and isinstance(v, dt.date) and not isinstance(v, dt.datetime)
                          and v.year == 1900 else v for v in row])
        for cell in sheet["H"][1:]:
            cell.number_format = "[h]:mm:ss"
        sheet.row_dimensions[3].hidden = True
        book.create_sheet("Secret").append(["hidden"])
        book["Secret"].sheet_state = "hidden"
        sparse = book.create_sheet("Sparse & more")
        sparse["C4"], sparse["D4"], sparse["F4"] = "city", "year", "sales"
        sparse["C5"], sparse["D5"], sparse["F5"] = "Rome", 2023, 5
        sparse["D6"], sparse["F6"] = 2024, 7
        sparse["C9"], sparse["D9"], sparse["F9"] = "Oslo", 2023, "#N/A"
        sparse.merge_cells("C5:C6")
        sparse["C2"] = "Sales by city"
        book.save(path(name))
    frame = pandas.DataFrame({
        "when": pandas.to_datetime(format="ISO8601", arg=["2024-01-01", None, "2024-03-05 06:07:08.9"]),
        "n": [1, 2, None], "s": ["a", None, "=1+1"], "b": [True, False, None]})
    with pandas.ExcelWriter(path("pandas.xlsx"), engine="xlsxwriter") as writer:
        frame.to_excel(writer, sheet_name="frame", index=False)
        frame.to_excel(writer, sheet_name="indexed")
    with tempfile.TemporaryDirectory() as folder:
        for kind, target in (("xlsx", "libreoffice.xlsx"), ("ods", "sheet.ods"), ("xls", "old.xls")):
            subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/p",
                            "--convert-to", kind, "--outdir", folder, path("openpyxl.xlsx")],
                           check=True, capture_output=True)
            os.replace(os.path.join(folder, "openpyxl." + kind), path(target))


# ---- by hand -----------------------------------------------------------------

RELS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>')
BOOK = ('<workbook xmlns:r="r"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>')
BOOK_RELS = ('<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>'
             '<Relationship Id="rId2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/>'
             '<Relationship Id="rId3" Type="http://x/styles" Target="/xl/styles.xml"/></Relationships>')
STYLES = ('<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/>'
          '<numFmt numFmtId="165" formatCode="[$-409]&quot;day &quot;0.00;[Red]General"/>'
          '<numFmt numFmtId="166" formatCode="h:mm AM/PM"/></numFmts>'
          '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
          '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/>'
          '<xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="46"/></cellXfs></styleSheet>')
STRINGS = ('<sst><si><t>plain</t></si><si><r><t xml:space="preserve">rich </t></r><r><rPr/><t>text</t></r>'
           '<rPh sb="0" eb="1"><t>phonetic</t></rPh></si><si><t>a_x000D_b_x005F_x0041__x41_</t></si><si/></sst>')


def sheet(rows, behind=""):
    return '<?xml version="1.0" encoding="UTF-8"?><worksheet><sheetData>' + rows + "</sheetData>" + behind + "</worksheet>"


def parts(**changes):
    result = {"_rels/.rels": RELS, "xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": BOOK_RELS,
              "xl/styles.xml": STYLES, "xl/sharedStrings.xml": STRINGS,
              "xl/worksheets/sheet1.xml": sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')}
    for key, value in changes.items():
        name = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml"}.get(key, key)
        if value is None:
            del result[name]
        else:
            result[name] = value
    return result


def zipped(contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return out.getvalue()


def put(name, data):
    with open(path(name), "wb") as out:
        out.write(data)


def row(number, *cells):
    return f'<row r="{number}">' + "".join(cells) + "</row>"


def cell(value, kind=None, style=None, ref=None):
    attributes = "".join(f' {k}="{v}"' for k, v in (("r", ref), ("s", style), ("t", kind)) if v is not None)
    return f"<c{attributes}><v>{value}</v></c>"


def by_hand():
    names = row(1, *(cell(n, "str") for n in ("kind", "value")))
    tests = [("plain", cell(0, "s")), ("rich", cell(1, "s")), ("escapes", cell(2, "s")),
             ("empty", cell(3, "s")), ("inline", '<c t="inlineStr"><is><t>in</t><r><t>line</t></r></is></c>'),
             ("formula", '<c t="str"><f>A1&amp;"x"</f><v>kindx</v></c>'), ("true", cell(1, "b")),
             ("error", cell("#DIV/0!", "e")), ("iso", cell("2024-05-06T07:08:09", "d")),
             ("day 1", cell(1, style=1)), ("day 59", cell(59, style=1)), ("day 60", cell(60, style=1)),
             ("day 61", cell(61, style=1)), ("last day", cell(2958465, style=3)),
             ("no day", cell(2958466, style=1)), ("negative day", cell(-1, style=1)),
             ("day with a time", cell("45000.75", style=1)), ("midnight", cell(45000, style=2)),
             ("not quite 12:34:56", cell("45000.5242592593", style=2)), ("no date format", cell("45000.5", style=4)),
             ("time", cell("0.5", style=5)), ("elapsed", cell("1.5", style=6)),
             ("0.1", cell("0.10000000000000001")), ("5", cell("5.0")), ("1000", cell("1E3")),
             ("big", cell("9007199254740993")), ("tiny", cell("4.9406564584124654E-324")), ("-0", cell("-0")),
             ("huge", cell("1.7976931348623157E308")), ("blank", "<c/>"), ("no style", cell(1, style=99))]
    rows = "".join(row(i + 2, cell(n, "str"), c) for i, (n, c) in enumerate(tests))
    put("cells.xlsx", zipped(parts(sheet=sheet(names + rows))))
    prefixed = parts(sheet=sheet(names + row(2, cell("a", "str"), cell(1))))
    for name in ("xl/worksheets/sheet1.xml",):
        text = prefixed[name]
        for tag in ("worksheet", "sheetData", "row", "c", "v"):
            text = text.replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>").replace(f"<{tag} ", f"<x:{tag} ")
        prefixed[name] = text.replace("<x:worksheet>", '<x:worksheet xmlns:x="x">')
    put("prefixed.xlsx", zipped(prefixed))
    wide = "".join(cell(7) for i in range(16384))
    many = "".join(f"<si><t>{i:05} {'shared ' * 12}</t></si>" for i in range(1500))
    put("shared.xlsx", zipped(parts(strings=f"<sst>{many}</sst>", sheet=sheet("".join(
        row(i + 1, cell(i * 7 % 1500, "s"), cell(i * 7 % 1500)) for i in range(1500))))))
    put("wide.xlsx", zipped(parts(sheet=sheet(row(1, wide) + row(2, wide)))))


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def bad():
    good = zipped(parts())
    put("bad_dotdot.xlsx", zipped(parts(**{"xl/../../etc/passwd": "x"})))
    put("bad_cut.xlsx", good[:len(good) // 2])
    broken = bytearray(zipped({**parts(), "xl/sharedStrings.xml": STRINGS}))
    at = broken.index(b"xl/sharedStrings.xml")
    broken[at - 30 + 14] ^= 1
    directory = broken.rindex(b"xl/sharedStrings.xml")
    broken[directory - 46 + 16] ^= 1
    put("bad_crc.xlsx", bytes(broken))
    put("bad_entities.xlsx", zipped(parts(strings=BOMB + STRINGS.replace("plain", "&b;"))))
    put("bad_undefined.xlsx", zipped(parts(strings=STRINGS.replace("plain", "&b;"))))
    put("bad_missing.xlsx", zipped(parts(sheet=None)))
    put("bad_index.xlsx", zipped(parts(sheet=sheet(row(1, cell(0, "s")) + row(2, cell(7, "s", ref="A2"))))))
    put("bad_number.xlsx", zipped(parts(sheet=sheet(row(1, cell("1e", ref="C1"))))))
    put("bad_column.xlsx", zipped(parts(sheet=sheet(row(1, cell(1, ref="XFE1"))))))
    put("bad_row.xlsx", zipped(parts(sheet=sheet(row(1048577, cell(1))))))
    put("bad_xml.xlsx", zipped(parts(sheet=sheet("<row><c></row>"))))
    put("bad_deep.xlsx", zipped(parts(sheet=sheet("<a>" * 300 + "</a>" * 300))))
    put("bad_outside.xlsx", zipped(parts(sheet=sheet("".join(
        row(i, cell(i, ref=f"B{i}"), cell(i, ref=f"C{i}")) for i in range(1, 300)) +
        row(300, cell(1, ref="B300"), cell(2, ref="D300"))))))
    put("bad_nothing.xlsx", zipped(parts(**{"xl/workbook.xml": "<workbook/>"})))
    put("bad_word.xlsx", zipped({"_rels/.rels": RELS.replace("xl/workbook", "word/document"), "word/document.xml": "<x/>"}))
    put("bad_zip.xlsx", zipped({"a.csv": "a,b"}))
    # Packed once more, so that it stays small here.
    bomb = zipped(parts(sheet=sheet(row(1, '<c t="str"><v>' + "a" * (80 << 20) + "</v></c>"))))
    put("bad_bomb.xlsx.gz", gzip.compress(bomb, mtime=0))
    put("empty.xlsx", zipped(parts(sheet=sheet(""))))


if "--by-hand" not in sys.argv:
    others()
by_hand()
bad()
for name in sorted(os.listdir(FOLDER)):
    print(os.path.getsize(path(name)), name)
