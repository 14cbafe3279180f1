#!/usr/bin/env python3
"""Checks the data files below locale/.

check.py                  prints one line per fault and exits with 1 if there
                          is any; else prints one line with the counts.
check.py --expand N       prints N lines "locale<TAB>type<TAB>text" for each
                          recipe of types.tsv, for people to read.
check.py --casts          prints SQL that casts what the recipes of pgtypes.tsv
                          give, many times, for psql to run.

Needs Python 3.9 or later and nothing else.
"""

import datetime
import json
import pathlib
import random
import re
import sys
import unicodedata
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2] / "locale"

WEIGHT_MAX = 4_000_000_000
DEPTH_MAX = 8
CHECKS = {"luhn", "npi", "ean", "isbn10", "routing", "pesel", "dni", "nir", "bsn",
          "rib", "resident", "iban", "vin"}
FILTERS = {"slug", "lower", "upper", "capital", "initial", "digits"}
GROUPS = {"person", "address", "internet", "company", "text", "commerce",
          "time", "identifier", "finance", "health", "vehicle", "travel",
          "file", "color", "culture", "nature", "food", "science",
          "computing", "value", "kind", "measure"}

TYPES_HEADER = ["name", "group", "type", "aliases", "recipe", "unique_recipe",
                "keywords", "description", "personal", "follows", "filled"]

# How the numbers of a type go with others of the row; see README.md there.
DICTIONARY_NUMBER = r"[a-z_]+\.[a-z_]+(\*[0-9.]+)?"
MEASURE = "(value|years|year|quarter|month|week|day|yearday|weekday|monthday|hour)"
FOLLOWS = {
    "years": re.compile(r"years [a-z_]+"),
    "share": re.compile(r"share [a-z_]+ [0-9.]+ [0-9.]+"),
    "sum": re.compile(r"sum [a-z_]+( -?[a-z_]+)*"),
    "times": re.compile(r"times [a-z_]+ [a-z_]+"),
    "part": re.compile(rf"part {MEASURE}( [a-z_]+)?"),
    "among": re.compile(rf"among {MEASURE}( [a-z_]+)?"),
    "lasts": re.compile(r"lasts (day|hour|minute|second|millisecond)"),
    "between": re.compile(rf"between {DICTIONARY_NUMBER} {DICTIONARY_NUMBER}( [a-z_]+)?"),
}
KEYWORDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
            "enum", "weights", "distribution", "multipleOf", "pattern",
            "null_fraction", "minLength", "maxLength", "examples"}
DISTRIBUTIONS = {
    "uniform": set(),
    "normal": {"mean", "stddev"},
    "lognormal": {"mean", "stddev"},
    "exponential": {"mean"},
    "gamma": {"mean", "stddev"},
    "beta": {"mean", "stddev"},
    "pareto": {"exponent"},
    "triangular": {"mode"},
    "poisson": {"mean"},
    "zipf": {"exponent"},
}
SQL_TYPE = re.compile(
    r"text|integer|bigint|smallint|boolean|uuid|date|timestamptz|timestamp|"
    r"time|double precision|real|numeric(\(\d+,\d+\))?|inet|macaddr|jsonb|point")

# Dictionaries that types build on, and what they have to have.
NEEDED = {
    "product": ["value", "category", "unit", "price_low", "price_high", "weight"],
    "job_title": ["value", "salary_low", "salary_high"],
    "given_name": ["value", "gender", "prefix", "weight"],
    "family_name": ["value", "weight"],
    "place": ["city", "region", "region_code", "postcode", "country",
              "country_code", "latitude", "longitude", "timezone", "weight"],
}

# What a country's places have to keep to: latitude from, to, longitude from,
# to, and the form of its postcodes, in which # is a random digit.
COUNTRIES = {
    "US": (18.9, 71.5, -179.2, -66.9, re.compile(r"[0-9]{3}##")),
    "DE": (47.2, 55.1, 5.8, 15.1, re.compile(r"[0-9]{2,3}##+")),
    "IT": (35.4, 47.1, 6.6, 18.6, re.compile(r"[0-9]{4}[0-9#]")),
    "GB": (49.8, 60.9, -8.7, 1.8, re.compile(r"[A-Z]{1,2}[0-9#]{1,2} #")),
    "PL": (49.0, 54.9, 14.1, 24.2, re.compile(r"[0-9]{2}-[0-9#]{3}")),
    "IN": (6.7, 35.6, 68.1, 97.5, re.compile(r"[1-9][0-9]{2}[0-9#]{3}")),
    # Mainland and Corsica; the mainland, the Balearic and the Canary Islands.
    "FR": (41.3, 51.2, -5.2, 9.6, re.compile(r"(0[1-9]|[1-8][0-9]|9[0-5])[0-9]{3}")),
    "ES": (27.6, 43.9, -18.2, 4.4, re.compile(r"(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{2}[0-9#]")),
    "JP": (24.0, 45.6, 122.9, 145.9, re.compile(r"[0-9]{3}-[0-9]{2}##")),
    "CN": (18.1, 53.6, 73.5, 135.1, re.compile(r"[0-8][0-9]{3}##")),
    "BR": (-33.8, 5.3, -74.0, -34.7, re.compile(r"[0-9]{2,5}#{0,3}-###")),
    "NL": (50.7, 53.6, 3.3, 7.3, re.compile(r"[1-9][0-9]{2}[0-9#]")),
}
POSTCODE_LENGTH = {"US": 5, "DE": 5, "IT": 5, "PL": 6, "IN": 6, "FR": 5, "ES": 5, "JP": 8, "CN": 6, "BR": 9, "NL": 4}

# Names that nobody can register: RFC 2606 and RFC 6761.
RESERVED_DOMAIN = re.compile(r"([a-z0-9-]+\.)*example(\.com|\.org|\.net)?")

faults = []


def fault(where, problem):
    faults.append(f"{where}: {problem}")


# ---- reading ----

class Table:
    """A file as the extension reads it."""

    def __init__(self, path):
        self.name = str(path.relative_to(ROOT))
        self.header = []
        self.rows = []
        self.may_be_empty = set()
        data = path.read_bytes()
        if data.startswith(b"\xef\xbb\xbf"):
            fault(self.name, "begins with a byte order mark")
            data = data[3:]
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            fault(self.name, f"not UTF-8: {error}")
            return
        if "\r" in text:
            fault(self.name, "has carriage returns")
        if text and not text.endswith("\n"):
            fault(self.name, "does not end with a line feed")
        if text != unicodedata.normalize("NFC", text):
            fault(self.name, "is not in Unicode normal form C")
        for number, line in enumerate(text.split("\n"), 1):
            self.take(number, line)
        if not self.header:
            fault(self.name, "has no header line")

    def take(self, number, line):
        where = f"{self.name}:{number}"
        if line.startswith("# empty:"):
            self.may_be_empty.update(line[len("# empty:"):].split())
        if line == "" or line.startswith("#"):
            return
        cells = line.split("\t")
        if not self.header:
            self.header = cells
            if len(set(cells)) != len(cells) or "" in cells:
                fault(where, "header with an empty or repeated name")
            return
        if len(cells) > len(self.header):
            fault(where, f"{len(cells)} columns, the header has {len(self.header)}")
            return
        for cell in cells:
            if cell != cell.strip():
                fault(where, f"blanks around {cell!r}")
            if any(unicodedata.category(c) in ("Cc", "Cf") for c in cell):
                fault(where, f"control character in {cell!r}")
        cells += [""] * (len(self.header) - len(cells))
        self.rows.append((where, dict(zip(self.header, cells))))

    def column(self, name):
        return [row[name] for _, row in self.rows]


def read_folder(folder):
    return {path.stem: Table(path) for path in sorted(folder.glob("*.tsv"))}


# ---- dictionaries ----

def named_columns(tables):
    """The columns by which entries of a dictionary go with those of others."""
    named = {}
    for stem, table in tables.items():
        suits = suited(table.header)
        if suits:
            named.setdefault(stem, set()).add(suits[0])
            named.setdefault(suits[1], set()).add(suits[2])
    return named


def check_dictionary(table, stem, named=()):
    key = ["city", "region", "postcode"] if stem == "place" else ["value"]
    if stem == "slug":
        key = ["letter"]
    if stem == "price_ending":
        key = ["from", "step", "less"]
    if named and key == ["value"]:
        key += sorted(named) + (["gender"] if "gender" in table.header else [])
    if not set(key) <= set(table.header):
        if key == ["value"]:
            fault(table.name, "has no column \"value\"")
        return
    if not table.rows:
        fault(table.name, "has no entries")
    if not table.may_be_empty <= set(table.header) - set(key):
        fault(table.name, "a column that may be empty is not there, or tells entries apart")
    seen = {}
    for where, row in table.rows:
        entry = tuple(row[k] for k in key)
        if entry in seen:
            fault(where, f"{entry} is there already, in {seen[entry]}")
        seen[entry] = where
        for name, cell in row.items():
            if cell == "" and name not in table.may_be_empty:
                fault(where, f"column \"{name}\" is empty")
        if "weight" in row:
            check_weight(where, row["weight"])


def check_weight(where, weight):
    if not re.fullmatch(r"[1-9][0-9]*", weight) or int(weight) > WEIGHT_MAX:
        fault(where, f"weight {weight!r} is not a whole number from 1 to {WEIGHT_MAX}")


HOLIDAY_RULE = re.compile(
    r"easter([+-][0-9]{1,2})?"
    r"|(?P<month>[0-9]{2})-((?P<day>[0-9]{2})|(mon|tue|wed|thu|fri|sat|sun)-([1-5]|last))"
    r"|(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})")


def check_holiday(table):
    """Rules that the extension reads, in years that are some."""
    if not {"value", "name", "from", "to"} <= set(table.header):
        fault(table.name, "has not the columns value, name, from and to")
        return
    for where, row in table.rows:
        rule = HOLIDAY_RULE.fullmatch(row["value"])
        if rule is None:
            fault(where, f"{row['value']!r} is not a rule")
            continue
        try:
            if rule["date"]:
                datetime.date.fromisoformat(rule["date"])
            elif rule["month"]:
                datetime.date(2000, int(rule["month"]), int(rule["day"] or 1))
        except ValueError:
            fault(where, f"{row['value']!r} is not a day")
        for name in ("from", "to"):
            if not re.fullmatch(r"([12][0-9]{3})?", row[name]):
                fault(where, f"{name} {row[name]!r} is not a year")
        if rule["date"] and (row["from"] or row["to"]):
            fault(where, "a date of its own has years")
        if row["from"] and row["to"] and row["from"] > row["to"]:
            fault(where, f"{row['from']} is after {row['to']}")


def check_place(table, zones):
    regions = {}
    for where, row in table.rows:
        code = row.get("country_code", "")
        if code not in COUNTRIES:
            fault(where, f"nothing is known of country {code!r}; add it to check.py")
            continue
        south, north, west, east, postcode = COUNTRIES[code]
        for name, low, high in (("latitude", south, north),
                                ("longitude", west, east)):
            if not re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{4}", row[name]):
                fault(where, f"{name} {row[name]!r} has not four decimals")
            elif not low <= float(row[name]) <= high:
                fault(where, f"{name} {row[name]} lies outside {code}")
        if not postcode.fullmatch(row["postcode"]) or \
                len(row["postcode"]) != POSTCODE_LENGTH.get(code, len(row["postcode"])):
            fault(where, f"postcode {row['postcode']!r} has not the form of {code}")
        if row["timezone"] not in zones:
            fault(where, f"time zone {row['timezone']!r} does not exist")
        known = regions.setdefault(row["region_code"], row["region"])
        if known != row["region"]:
            fault(where, f"region code {row['region_code']} stands for {known} already")


def check_numbers(table, low, high):
    """Two columns of numbers, of which the second is the greater one."""
    for where, row in table.rows:
        try:
            if not 0 < float(row[low]) < float(row[high]):
                fault(where, f"{low} {row[low]} and {high} {row[high]} are not in order")
        except (KeyError, ValueError):
            fault(where, f"{low} or {high} is not a number")


def check_endings(table):
    for where, row in table.rows:
        try:
            if float(row["from"]) < 0 or float(row["step"]) <= 0 or not 0 <= float(row["less"]) < float(row["step"]):
                fault(where, "less has to be less than step, and both positive")
        except (KeyError, ValueError):
            fault(where, "from, step and less have to be numbers")


def check_slug(table):
    if table.header != ["letter", "slug"]:
        fault(table.name, "the columns have to be letter, slug")
        return
    for where, row in table.rows:
        if len(row["letter"]) != 1 or not re.fullmatch(r"[a-z0-9]+", row["slug"]):
            fault(where, f"{row['letter']!r} is not one letter, or {row['slug']!r}"
                         " not lower-case ASCII letters and digits")


# How many given names, family names and cities a locale has at least.
LEAST = (150, 200, 80)
LEAST_OF_LARGE = (300, 500, 150)
LARGE = {"en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "ja_JP", "zh_CN"}


def check_counts(locale, tables):
    least = LEAST_OF_LARGE if locale in LARGE else LEAST
    for (stem, column), number in zip((("given_name", "value"), ("family_name", "value"),
                                       ("place", "city")), least):
        have = len(set(tables[stem].column(column))) if stem in tables else 0
        if have < number:
            fault(locale, f"{have} of at least {number} different entries in {stem}.tsv")


# How many names a community has at least: given names of each gender, others.
LEAST_OF_COMMUNITY = (20, 25)


def check_suited(stem, tables):
    """Every word of one dictionary has entries of the other, and no other words are there."""
    table, suits = tables[stem], suited(tables[stem].header)
    by = tables.get(suits[1])
    if by is None or suits[2] not in by.header:
        fault(table.name, f"column \"{suits[0]}\" names nothing")
        return
    words = set(",".join(by.column(suits[2])).split(","))
    for where, row in table.rows:
        for word in set(row[suits[0]].split(",")) - words:
            fault(where, f"{word!r} is none of {by.name}")
    for word in sorted(words):
        have = {row["value"] for _, row in table.rows if share_word(row[suits[0]], word)}
        if not have:
            fault(table.name, f"nothing goes with {word!r} of {by.name}")
        elif suits[1] == "given_name" and stem == "family_name":
            check_community(by, suits[2], word, table, len(have))


def check_community(given, column, word, family, nfamily):
    for gender in sorted(set(given.column("gender"))):
        have = sum(share_word(row[column], word) and row["gender"] == gender for _, row in given.rows)
        if have < LEAST_OF_COMMUNITY[0]:
            fault(given.name, f"{have} given names of {word!r}, {gender!r}")
    if nfamily < LEAST_OF_COMMUNITY[1]:
        fault(family.name, f"{nfamily} family names of {word!r}")


def check_names(locale, tables):
    check_counts(locale, tables)
    for stem, columns in NEEDED.items():
        table = tables.get(stem)
        if table is None:
            fault(locale, f"has no {stem}.tsv")
        elif not set(columns) <= set(table.header):
            fault(table.name, f"needs the columns {', '.join(columns)}")
    given = tables.get("given_name")
    if given is not None and len(set(given.column("gender"))) not in (2, 3):
        fault(given.name, "has not two or three genders")


# ---- recipes ----

PIECE = re.compile(r"""
    :(?P<check>[a-z0-9]+) |
    \#(?P<low>[0-9]+)-(?P<high>[0-9]+) |
    (?P<name>[a-z][a-z0-9_]*)(\.(?P<column>(?P<own>[a-z0-9_]*)@(?P<by>[a-z0-9_]+)\.(?P<choice>[a-z0-9_]+)|[a-z0-9_]+))?
    (?P<fresh>!)?(:(?P<filter>[a-z]+))?
    """, re.VERBOSE)


def split_recipe(recipe):
    """Literals as strings, pieces as match objects, faulty pieces as None."""
    parts = []
    for match in re.finditer(r"\\([{\\])|\{([^}]*)(\}?)|([^\\{]+|\\)", recipe):
        if match.group(1) is not None:
            parts.append(match.group(1))
        elif match.group(4) is not None:
            parts.append(match.group(4))
        else:
            piece = PIECE.fullmatch(match.group(2))
            parts.append(piece if match.group(3) else None)
    return parts


class Recipes:
    """The recipes of one locale and the dictionaries they draw on."""

    def __init__(self, locale, own, common, types):
        self.locale = locale
        self.own = own
        self.common = common
        self.types = {row["name"]: row for _, row in types.rows}
        self.names = {normal(row["name"]): row["name"] for _, row in types.rows}
        for _, row in types.rows:
            for alias in filter(None, row["aliases"].split(",")):
                self.names.setdefault(normal(alias), row["name"])
        table = own.get("recipes")
        self.replaced = {row["name"]: row for _, row in table.rows} if table else {}

    def dictionary(self, name):
        if name in ("recipes", "slug"):
            return None
        return self.own.get(name) or self.common.get(name)

    def recipe(self, name, unique=False):
        """As the extension looks it up."""
        sources = (self.replaced.get(name, {}), self.types.get(name, {}))
        if unique:
            for source in sources:
                if source.get("unique_recipe"):
                    return source["unique_recipe"]
        for source in sources:
            if source.get("recipe"):
                return source["recipe"]
        return ""

    def check(self, where, recipe, unique, inside=()):
        for piece in split_recipe(recipe):
            if piece is None:
                fault(where, f"a piece of {recipe!r} cannot be read")
            elif not isinstance(piece, str):
                self.check_piece(where, recipe, piece, unique, inside)

    def check_piece(self, where, recipe, piece, unique, inside):
        text = "{" + piece.group(0) + "}"
        if piece.group("check") is not None:
            if piece.group("check") not in CHECKS:
                fault(where, f"{text} is an unknown check")
            return
        if piece.group("low") is not None:
            if int(piece.group("low")) > int(piece.group("high")):
                fault(where, f"{text} has no number")
            return
        name, used = piece.group("name"), piece.group("filter")
        if used is not None and used not in FILTERS:
            fault(where, f"{text} has an unknown filter")
        if name == "unique":
            if not unique or piece.group(0) != "unique":
                fault(where, f"{text} belongs alone into a unique_recipe")
            return
        table = self.dictionary(name)
        if table is not None:
            self.check_columns(where, text, piece, table)
            return
        known = self.names.get(normal(name))
        inner = self.recipe(known) if known else ""
        if inner == "":
            fault(where, f"nothing makes {text} in {self.locale}")
        elif piece.group("column") or used:
            fault(where, f"{text}: a recipe takes no column and no filter")
        elif known in inside or len(inside) >= DEPTH_MAX:
            fault(where, f"{text} leads back to itself")
        else:
            self.check(where, inner, False, inside + (known,))

    def check_columns(self, where, text, piece, table):
        for column in self.columns(where, text, piece, table):
            if column not in table.header:
                fault(where, f"{text}: {table.name} has no column \"{column}\"")
            elif piece.group("filter") != "digits" and \
                    any("#" in c for c in table.column(column)):
                fault(where, f"{text}: {table.name} has # in it and needs :digits")

    def columns(self, where, text, piece, table):
        """Those that a piece can take its text from."""
        if piece.group("by") is None:
            return {piece.group("column") or "value"}
        by = self.dictionary(piece.group("by"))
        if by is None or piece.group("choice") not in by.header:
            fault(where, f"{text}: nothing chooses the column in {self.locale}")
            return set()
        own = piece.group("own")
        columns = {chosen_column(table.header, own, c) for c in by.column(piece.group("choice"))}
        if columns == {own or "value"}:
            fault(where, f"{text}: {table.name} has none of the columns that are chosen")
        return columns

    # A row: the entry that it takes from each dictionary.
    def expand(self, recipe, row, unique=0):
        out = []
        for piece in split_recipe(recipe):
            if isinstance(piece, str):
                out.append(piece)
            elif piece.group("check") is not None:
                out = [checked(piece.group("check"), "".join(out))]
            elif piece.group("low") is not None:
                out.append(self.number(piece))
            elif piece.group("name") == "unique":
                out.append(str(unique))
            else:
                out.append(self.entry(piece, row))
        return "".join(out)

    @staticmethod
    def number(piece):
        low = piece.group("low")
        number = str(random.randint(int(low), int(piece.group("high"))))
        return number.zfill(len(low)) if low[0] == "0" and len(low) > 1 else number

    def entry(self, piece, row):
        name = piece.group("name")
        table = self.dictionary(name)
        if table is None:
            return self.expand(self.recipe(self.names[normal(name)]), row)
        entry = draw(table) if piece.group("fresh") else self.shared(name, row)
        column = piece.group("column") or "value"
        if piece.group("by") is not None:
            chooser = self.shared(piece.group("by"), row)
            column = chosen_column(entry, piece.group("own"), chooser[piece.group("choice")])
        return self.filtered(entry[column], piece.group("filter"))

    def shared(self, name, row):
        """The row's entry of a dictionary, which goes with those that it names."""
        if name not in row:
            table = self.dictionary(name)
            suits = suited(table.header)
            words = self.shared(suits[1], row).get(suits[2]) if suits and self.dictionary(suits[1]) else None
            row[name] = draw(table, lambda entry: words is None or share_word(entry[suits[0]], words))
        return row[name]

    def filtered(self, text, used):
        if used == "slug":
            return self.slug(text)
        if used == "lower":
            return text.lower()
        if used == "upper":
            return text.upper()
        if used == "capital":
            return text[:1].upper() + text[1:]
        if used == "initial":
            return text[:1]
        if used == "digits":
            return re.sub("#", lambda _: random.choice("0123456789"), text)
        return text

    def slug(self, text):
        letters = {}
        for tables in (self.common, self.own):
            if "slug" in tables:
                letters.update((r["letter"], r["slug"]) for _, r in tables["slug"].rows)
        out = "".join(letters.get(c, letters.get(c.lower(), c)) for c in text)
        out = unicodedata.normalize("NFKD", out).lower()
        return re.sub(r"[^a-z0-9]", "", out)


def digits_of(text):
    return [int(c) for c in text if c.isdigit()]


def weighted(text, weights):
    return sum(d * weights[i % len(weights)] for i, d in enumerate(digits_of(text)))


def mod97(text):
    return int("".join(str(int(c, 36)) for c in text)) % 97


def checked(check, text):
    """The text with its check digits, by the words of the standards."""
    number = "".join(map(str, digits_of(text)))
    if check in ("luhn", "npi"):
        prefix = "80840" if check == "npi" else ""
        doubled = digits_of(prefix + number)[::-1]
        total = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(doubled))
        return text + str(-total % 10)
    if check == "ean":
        return text + str(-weighted(number[::-1], (3, 1)) % 10)
    if check == "isbn10":
        return text + "0123456789X"[-weighted(number, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11]
    if check == "routing":
        return text + str(-weighted(number, (3, 7, 1)) % 10)
    if check == "pesel":
        return text + str(-weighted(number, (1, 3, 7, 9)) % 10)
    if check == "dni":
        return text + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]
    if check == "nir":
        return f"{text}{97 - int(number) % 97:02}"
    if check == "rib":
        return f"{text}{97 - int(number) * 100 % 97:02}"
    if check == "bsn":
        rest = weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
        return text + str(rest) if rest < 10 else \
            checked(check, text[:-1] + str((int(text[-1]) + 1) % 10))
    if check == "resident":
        return text + "10X98765432"[sum(d * pow(2, 17 - i, 11) for i, d in enumerate(digits_of(text))) % 11]
    if check == "iban":
        return f"{text[:2]}{98 - mod97(text[4:] + text[:2] + '00'):02}{text[4:]}"
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9,
                                                  2, 3, 4, 5, 6, 7, 8, 9)))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(w * values.get(c, int(c) if c.isdigit() else 0) for w, c in zip(weights, text))
    return text[:8] + "0123456789X"[total % 11] + text[9:]


def chosen_column(header, own, named):
    """The column that a cell names: of women, and of women's Latin spelling."""
    column = f"{own}_{named}" if own else named
    return column if column in header else own or "value"


def suited(header):
    """Of a header "@given_name.community": itself, given_name and community."""
    for name in header:
        if name.startswith("@") and "." in name:
            return (name, *name[1:].split(".", 1))
    return None


def share_word(a, b):
    return not set(a.split(",")).isdisjoint(b.split(","))


def draw(table, suits=lambda entry: True):
    rows = [row for _, row in table.rows]
    rows = [row for row in rows if suits(row)] or rows
    weights = [int(r["weight"]) for r in rows] if "weight" in table.header else None
    return random.choices(rows, weights)[0]


# ---- types ----

def normal(name):
    return re.sub(r"[_\- .]", "", name).lower()


def check_types(table):
    if table.header != TYPES_HEADER:
        fault(table.name, f"the columns have to be {', '.join(TYPES_HEADER)}")
        return
    names = {}
    for where, row in table.rows:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", row["name"]):
            fault(where, f"name {row['name']!r} is not lower-case")
        for name in [row["name"]] + list(filter(None, row["aliases"].split(","))):
            if normal(name) in names:
                fault(where, f"{name!r} is a name already, in {names[normal(name)]}")
            names[normal(name)] = where
            if name != name.strip():
                fault(where, f"blanks around alias {name!r}")
        if row["group"] not in GROUPS:
            fault(where, f"group {row['group']!r} is unknown")
        if not SQL_TYPE.fullmatch(row["type"]):
            fault(where, f"type {row['type']!r} is unknown")
        if row["description"] == "":
            fault(where, "has no description")
        if row["personal"] not in ("", "yes"):
            fault(where, f"personal is {row['personal']!r}")
        if row["recipe"] and row["keywords"] and row["type"] == "text":
            fault(where, "has both a recipe and keywords")
        if row["unique_recipe"] and not row["recipe"]:
            fault(where, "has a unique_recipe without a recipe")
        if row["recipe"] and row["type"] not in ("text", "point", "jsonb", "uuid") and \
                not single_piece(row["recipe"]):
            fault(where, "a recipe for a type of numbers is one dictionary piece")
        if row["keywords"]:
            check_keywords(where, row["keywords"])
        for way in filter(None, row["follows"].split(";")):
            check_follows(where, way.strip(), {each["name"] for _, each in table.rows})


def check_follows(where, way, types):
    word = way.split(" ")[0]
    if word not in FOLLOWS or not FOLLOWS[word].fullmatch(way):
        fault(where, f"follows {way!r} is no way to follow")
    elif word not in ("between", "lasts"):
        named = way.split(" ", 2)[2:] if word in ("part", "among") else [way.split(" ", 1)[1]]
        for other in re.findall(r"\b([a-z_]+)", " ".join(named)):
            if other not in types:
                fault(where, f"follows {other!r}, which is no type")


# ---- what a learned column is recognised by ----

def check_phones(table):
    seen = set()
    for where, row in table.rows:
        if not re.fullmatch(r"[1-9][0-9]{0,2}", row["code"]):
            fault(where, f"code {row['code']!r} is none of a country")
        if not re.fullmatch(r"[1-9][0-9]{3,}#{2,4}", row["number"]):
            fault(where, f"number {row['number']!r} is no range")
        if (row["code"], row["number"]) in seen:
            fault(where, "is there twice")
        seen.add((row["code"], row["number"]))


def check_content(table, types):
    names = {row["name"] for _, row in types.rows}
    for where, row in table.rows:
        if row["type"] and row["type"] not in names:
            fault(where, f"type {row['type']!r} is not in types.tsv")
        if row["test"] not in ("", "luhn", "iban", "phone", "json"):
            fault(where, f"test {row['test']!r} is unknown")
        if not 0 < float(row["share"]) <= 1:
            fault(where, f"share is {row['share']!r}")
        if row["tail"] and not row["head"].isdigit():
            fault(where, "a tail without a head")
        for pattern in filter(None, (row["tail"], row["unique_tail"])):
            try:
                re.compile(pattern)
            except re.error as error:
                fault(where, f"pattern {pattern!r}: {error}")


def single_piece(recipe):
    parts = split_recipe(recipe)
    return len(parts) == 1 and not isinstance(parts[0], str) and \
        parts[0] is not None and parts[0].group("name") is not None


def check_keywords(where, text):
    try:
        keywords = json.loads(text)
    except ValueError as error:
        fault(where, f"keywords are not JSON: {error}")
        return
    if not isinstance(keywords, dict):
        fault(where, "keywords are not an object")
        return
    for name in keywords.keys() - KEYWORDS:
        fault(where, f"keyword {name!r} is unknown")
    low, high = keywords.get("minimum"), keywords.get("maximum")
    if low is not None and high is not None and \
            (type(low) is str) == (type(high) is str) and low > high:
        fault(where, f"minimum {low} is above maximum {high}")
    if "weights" in keywords and \
            len(keywords["weights"]) != len(keywords.get("enum", [])):
        fault(where, "enum and weights differ in length")
    if "pattern" in keywords:
        try:
            re.compile(keywords["pattern"])
        except re.error as error:
            fault(where, f"pattern: {error}")
    check_distribution(where, keywords.get("distribution"))


def check_distribution(where, distribution):
    if distribution is None:
        return
    kind = distribution.get("kind")
    if kind not in DISTRIBUTIONS:
        fault(where, f"distribution {kind!r} is unknown")
    elif distribution.keys() - {"kind"} != DISTRIBUTIONS[kind]:
        fault(where, f"distribution {kind!r} takes"
                     f" {', '.join(sorted(DISTRIBUTIONS[kind])) or 'nothing'}")
    elif distribution.get("stddev", 1) <= 0 or distribution.get("exponent", 1) <= 0:
        fault(where, "stddev and exponent have to be above 0")


# ---- safety ----

def check_samples(recipes, where, name, text):
    """What looks like an address on the Internet has to be a reserved one."""
    for domain in re.findall(r"@([A-Za-z0-9.-]+)|https?://([A-Za-z0-9.-]+)", text):
        host = domain[0] or domain[1]
        if not RESERVED_DOMAIN.fullmatch(host):
            fault(where, f"{name} of {recipes.locale} gives {text!r}: {host} is not reserved")
    if any("@" in word and not word.isascii() for word in text.split()):
        fault(where, f"{name} of {recipes.locale} gives {text!r}: not ASCII")
    if name in ("domain_name", "hostname") and not RESERVED_DOMAIN.fullmatch(text):
        fault(where, f"{name} of {recipes.locale} gives {text!r}: not reserved")
    if name in ("phone", "mobile") and not fictional(recipes.locale, text):
        fault(where, f"{name} of {recipes.locale} gives {text!r}: not set aside for fiction")
    if name == "ipv4" and not re.fullmatch(
            r"(192\.0\.2|198\.51\.100|203\.0\.113|10\.[0-9]+\.[0-9]+)\.[0-9]+", text):
        fault(where, f"{name} gives {text!r}: neither for documentation nor private")
    if name == "ipv6" and not text.startswith("2001:db8:"):
        fault(where, f"{name} gives {text!r}: not for documentation")
    if name == "mac_address" and not text.startswith(("00:00:5e:00:53:", "02:")):
        fault(where, f"{name} gives {text!r}: neither for documentation nor local")


# North America: 555-0100 to 555-0199 of every area.  Germany: the ranges that
# the Bundesnetzagentur sets aside for media (notice 148/2021).  What follows a
# whole number is an extension of it.
# Italy: the decade 30 of the mobile numbers, which no service has.
# United Kingdom: the numbers that Ofcom sets aside for drama use.  Poland and
# India set none aside: first digits that no area and no network has.
# Brazil: nine digits that begin with 8, where mobile numbers begin with 9.
# Netherlands: 060, which is no mobile range.
FICTION = {
    "en_US": re.compile(r"1?[2-9][0-9]{2}55501[0-9]{2}([0-9]*)"),
    "de_DE": re.compile(r"(0(30)23125|0(69)90009|0(40)66969|0(221)4710|0(89)99998)"
                        r"[0-9]{3}([0-9]*)|0176040690[0-9]{2}([0-9]*)|017139200[0-9]{2}"),
    "it_IT": re.compile(r"30[0-9]{8}"),
    "en_GB": re.compile(r"(02079460|011[3-8]4960|01(2|3|4|5|6)14960|01914980|02896496|"
                        r"02920180|01632960)[0-9]{3}([0-9]*)|07700900[0-9]{3}([0-9]*)"),
    "pl_PL": re.compile(r"(36|37|38|49)[0-9]{7}"),
    "hi_IN": re.compile(r"50[0-9]{8}"),
    # The blocks of ARCEP decision 2018-0881; then numbers of the Spanish plan
    # between those of mobile services that it keeps in reserve.
    "fr_FR": re.compile(r"(019900|026191|035301|046571|053649|063998)[0-9]{4}([0-9]*)"),
    "es_ES": re.compile(r"7[567][0-9]{7}([0-9]*)"),
    # An area and a local number that begins with 0, the trunk prefix, as no
    # local number of Japan or China does.  Mobile numbers: Japanese ones have
    # no 0 behind 090, 080 and 070, Chinese ones begin with 13 to 19.
    "ja_JP": re.compile(r"(?=[0-9]{10}$)0("
                        r"[346]|1[1789]|2[23456789]|4[23456789]|5[234589]|7[2356789]|"
                        r"8[2346789]|9[2356789]|13[48]|14[4]|15[45]|16[6]|17[28]|"
                        r"18[2]|19[1]|22[5]|23[5]|24[26]|25[8]|26[38]|27[6]|28[45]|"
                        r"29[4]|42[2]|46[3567]|47[6]|53[2]|54[5]|56[458]|57[7]|"
                        r"58[46]|59[6]|74[249]|76[16]|77[46]|79[8]|82[3]|83[6]|"
                        r"85[2379]|87[7]|89[8]|94[2]|95[256]|96[5]|97[7]|98[056]|"
                        r"99[5]"
                        r")0[0-9]*|0[789]00[0-9]{7}"),
    "zh_CN": re.compile(r"0(10|2[0-9])0[0-9]{7}|0[3-9][0-9]{2}0[0-9]{6,7}|12[0-9]{9}"),
    "pt_BR": re.compile(r"[1-9][1-9]8[0-9]{8}"),
    "nl_NL": re.compile(r"060[0-9]{7}"),
}


def fictional(locale, text):
    digits = re.sub(r"[^0-9]", "", text)
    return locale in FICTION and FICTION[locale].fullmatch(digits) is not None


# ---- all of it ----

def load():
    top = read_folder(ROOT)
    common = read_folder(ROOT / "common")
    locales = {folder.name: read_folder(folder) for folder in sorted(ROOT.iterdir())
               if folder.is_dir() and folder.name != "common"}
    return top, common, locales


def check_folder(folder, tables, zones):
    named = named_columns(tables)
    for stem, table in tables.items():
        if stem == "recipes":
            continue
        check_dictionary(table, stem, named.get(stem, ()))
        if suited(table.header):
            check_suited(stem, tables)
        if stem == "place":
            check_place(table, zones)
        if stem == "holiday":
            check_holiday(table)
        if stem == "slug":
            check_slug(table)
        if stem == "price_ending":
            check_endings(table)
        if stem == "product":
            check_numbers(table, "price_low", "price_high")
        if stem == "job_title":
            check_numbers(table, "salary_low", "salary_high")


def check_recipes(recipes, types):
    replaced = recipes.own.get("recipes")
    if replaced is not None:
        if ["name", "recipe", "unique_recipe", "keywords", "follows"][:max(len(replaced.header), 3)] != \
                replaced.header:
            fault(replaced.name, "the columns have to be name, recipe, unique_recipe, keywords, "
                  "follows")
        for where, row in replaced.rows:
            if row["name"] not in recipes.types:
                fault(where, f"type {row['name']!r} is not in types.tsv")
            if row.get("keywords"):
                check_keywords(where, row["keywords"])
            for way in filter(None, row.get("follows", "").split(";")):
                check_follows(where, way.strip(), set(recipes.types))
    for where, row in types.rows:
        name = row["name"]
        for unique in (False, True):
            recipe = recipes.recipe(name, unique)
            if recipe == "":
                continue
            before = len(faults)
            recipes.check(where, recipe, unique, (name,))
            if len(faults) > before:
                continue
            for i in range(200):
                check_samples(recipes, where, name, recipes.expand(recipe, {}, i))


def check_pgtypes(table, recipes):
    if table.header != ["type", "recipe"]:
        fault(table.name, "the columns have to be type, recipe")
        return
    seen = set()
    for where, row in table.rows:
        if row["type"] in seen:
            fault(where, f"type {row['type']} is there already")
        seen.add(row["type"])
        for each in recipes:
            each.check(where, row["recipe"], False)


def print_samples(recipes, count):
    for each in recipes:
        rows = [{} for _ in range(count)]
        for name in each.types:
            for unique in (False, True):
                recipe = each.recipe(name, unique)
                if recipe == "" or (unique and recipe == each.recipe(name)):
                    continue
                label = name + (" unique" if unique else "")
                for i, row in enumerate(rows):
                    print(each.locale, label, each.expand(recipe, row, i + 1), sep="\t")


def print_casts(table, recipes):
    for where, row in table.rows:
        values = {each.expand(row["recipe"], {}) for each in recipes for _ in range(200)}
        for value in sorted(values):
            quoted = value.replace("'", "''")
            print(f"SELECT '{quoted}'::pg_catalog.{row['type']} IS NULL;")


def main(arguments):
    random.seed(1)
    top, common, locales = load()
    zones = zoneinfo.available_timezones()
    for needed in ("types", "pgtypes", "columns", "content", "fictional_phones"):
        if needed not in top:
            fault("locale", f"has no {needed}.tsv")
    if "types" not in top or "pgtypes" not in top:
        return report(top, common, locales)
    types = top["types"]
    recipes = [Recipes(name, own, common, types) for name, own in locales.items()]
    if arguments[:1] == ["--expand"]:
        print_samples(recipes, int(arguments[1]) if len(arguments) > 1 else 3)
        return 0
    if arguments[:1] == ["--casts"]:
        print_casts(top["pgtypes"], recipes)
        return 0
    check_folder("common", common, zones)
    for name, tables in locales.items():
        check_folder(name, tables, zones)
        check_names(name, tables)
    check_types(types)
    if "content" in top:
        check_content(top["content"], types)
    if "fictional_phones" in top:
        check_phones(top["fictional_phones"])
    for each in recipes:
        check_recipes(each, types)
    check_pgtypes(top["pgtypes"], recipes)
    return report(top, common, locales)


def report(top, common, locales):
    shown = list(dict.fromkeys(faults))
    for line in shown:
        print(line)
    if shown:
        return 1
    entries = sum(len(t.rows) for tables in [common, *locales.values()]
                  for t in tables.values())
    print(f"{len(top['types'].rows)} types, {len(top['pgtypes'].rows)} server types,"
          f" {len(locales)} locales, {entries} entries: no faults")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
