#!/usr/bin/env python3
"""Counts the contradictions inside rows of people of the United States.

    python3 facts.py FOLDER <rows.tsv

The rows have a header; see people.mjs.  FOLDER is locale/en_US, with tables of
cities and their states, given names and their genders, products with category
and prices, and occupations with what they pay.  A city that is not there may
be anywhere, and so on; of products and occupations, the last word says
something too.
What is known besides: which three digits begin the postcodes of a state
(United States Postal Service), and which area codes it has (NANPA).
"""
import csv
import datetime
import re
import sys
import unicodedata

POSTCODES = """AL 350-369 AK 995-999 AZ 850-865 AR 716-729 CA 900-961 CO 800-816 CT 060-069 DE 197-199 DC 200-205 FL 320-349
GA 300-319 GA 398-399 HI 967-968 ID 832-838 IL 600-629 IN 460-479 IA 500-528 KS 660-679 KY 400-427 LA 700-714 ME 039-049
MD 206-219 MA 010-027 MA 055-055 MI 480-499 MN 550-567 MS 386-397 MO 630-658 MT 590-599 NE 680-693 NV 889-898 NH 030-038
NJ 070-089 NM 870-884 NY 005-005 NY 063-063 NY 100-149 NC 270-289 ND 580-588 OH 430-459 OK 730-749 OR 970-979 PA 150-196
RI 028-029 SC 290-299 SD 570-577 TN 370-385 TX 750-799 TX 885-885 UT 840-847 VT 050-059 VA 201-201 VA 220-246 WA 980-994
WV 247-268 WI 530-549 WY 820-831"""

AREA_CODES = """AL 205 251 256 334 659 938 AK 907 AZ 480 520 602 623 928 AR 327 479 501 870 CA 209 213 279 310 323 341 350 369 408
415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951
CO 303 719 720 748 970 983 CT 203 475 860 959 DE 302 DC 202 771 FL 239 305 321 324 352 386 407 448 561 645 656 689 727 728
754 772 786 813 850 863 904 941 954 GA 229 404 470 478 678 706 762 770 912 943 HI 808 ID 208 986 IL 217 224 309 312 331 447
464 618 630 708 730 773 779 815 847 861 872 IN 219 260 317 463 574 765 812 930 IA 319 515 563 641 712 KS 316 620 785 913
KY 270 364 502 606 859 LA 225 318 337 457 504 985 ME 207 MD 227 240 301 410 443 667 MA 339 351 413 508 617 774 781 857 978
MI 231 248 269 313 517 586 616 679 734 810 906 947 989 MN 218 320 507 612 651 763 924 952 MS 228 471 601 662 769 MO 235 314
417 557 573 636 660 816 975 MT 406 NE 308 402 531 NV 702 725 775 NH 603 NJ 201 551 609 640 732 848 856 862 908 973
NM 505 575 NY 212 315 329 332 347 363 465 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934 NC 252 336 472
704 743 828 910 919 980 984 ND 701 OH 216 220 234 283 326 330 380 419 436 440 513 567 614 740 937 OK 405 539 572 580 918
OR 458 503 541 971 PA 215 223 267 272 412 445 484 570 582 610 717 724 814 835 878 RI 401 SC 803 821 839 843 854 864 SD 605
TN 423 615 629 729 731 865 901 931 TX 210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832
903 915 936 940 945 956 972 979 UT 385 435 801 VT 802 VA 276 434 540 571 686 703 757 804 826 948 WA 206 253 360 425 509 564
WV 304 681 WI 262 274 353 414 534 608 715 920 WY 307"""

# Which categories a thing may be in, and what one of it may cost in dollars.
THINGS = {word: (kinds.split(), low, high) for words, kinds, low, high in (
    ("Bacon Cheese Chicken Chips Fish Pizza Salad Sausages Tuna", "Grocery Food Groceries", 0.5, 80),
    ("Gloves Hat Pants Shirt Shoes", "Clothing Shoes Sports Outdoors Kids Baby Apparel Fashion", 3, 600),
    ("Computer Keyboard Mouse", "Computers Electronics Games Office", 5, 8000),
    ("Bike", "Sports Outdoors Kids Toys", 40, 15000), ("Ball", "Sports Outdoors Kids Toys Games Baby", 1, 300),
    ("Car", "Automotive", 1000, 300000), ("Chair Table", "Home Garden Furniture Office Outdoors", 10, 6000),
    ("Soap", "Beauty Health Home", 0.5, 60), ("Towels", "Home Sports Beauty Baby", 2, 200)) for word in words.split()}
# What a year in an occupation may pay, by a word of its name.
PAY = {"Chief": (90000, 2000000), "Director": (60000, 800000), "Architect": (50000, 500000), "Engineer": (45000, 500000),
       "Assistant": (18000, 120000), "Administrator": (25000, 180000), "Representative": (22000, 180000)}
GOOD = set("love loved great excellent perfect perfectly delighted happy recommend pleased wonderful fantastic".split())
BAD = set("broke broken disappointed disappointing useless waste refund terrible awful worst faulty poor".split())

UNITED_STATES = {"United States", "United States of America", "USA", "US"}


def postcode_states():
    found = {}
    words = POSTCODES.split()
    for state, span in zip(words[::2], words[1::2]):
        first, last = span.split("-")
        for prefix in range(int(first), int(last) + 1):
            found.setdefault("%03d" % prefix, set()).add(state)
    return found


def area_code_states():
    found, state = {}, None
    for word in AREA_CODES.split():
        if word.isdigit():
            found[word] = state
        else:
            state = word
    return found


def table(folder, name):
    with open(f"{folder}/{name}.tsv", encoding="utf-8") as lines:
        return list(csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


def gazetteer(folder):
    """The states of each city, and the sign of each state's name."""
    cities, signs = {}, {}
    for row in table(folder, "place"):
        cities.setdefault(row["city"], set()).add(row["region_code"])
        signs[row["region"]] = row["region_code"]
    return cities, signs


def letters(text):
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.lower() if c.isascii() and c.isalpha())


def named(name, address):
    """Has the address a name of the person?"""
    local = letters(address.split("@")[0])
    return any(len(letters(part)) > 1 and letters(part) in local for part in name.split())


def day(text):
    return datetime.date.fromisoformat(text[:10])


def age_on(birth, when):
    return when.year - birth.year - ((when.month, when.day) < (birth.month, birth.day))


class Judge:
    def __init__(self, folder):
        self.postcodes, self.area_codes = postcode_states(), area_code_states()
        self.cities, self.signs = gazetteer(folder)
        self.genders, self.products, self.jobs = {}, {}, {}
        for row in table(folder, "given_name"):
            self.genders.setdefault(row["value"], set()).add(row["gender"].lower())
        for row in table(folder, "product"):
            self.products[row["value"]] = ([row["category"]], float(row["price_low"]), float(row["price_high"]))
        for row in table(folder, "job_title"):
            self.jobs[row["value"]] = (float(row["salary_low"]), float(row["salary_high"]))

    def product(self, name):
        return self.products.get(name) or THINGS.get(name.split()[-1])

    def wrong_category(self, row):
        known = self.product(row["product"])
        return known is not None and not any(kind in row["category"] for kind in known[0])

    def wrong_price(self, row):
        known = self.product(row["product"])
        return known is not None and not known[1] <= float(row["price"]) <= known[2]

    def wrong_salary(self, row):
        known = self.jobs.get(row["job_title"])
        for word in row["job_title"].split():
            known = known or PAY.get(word)
        return known is not None and not known[0] <= float(row["salary"]) <= known[1]

    @staticmethod
    def wrong_rating(row):
        words, rating = set(re.findall(r"[a-z]+", row["review"].lower())), int(row["rating"])
        good, bad = words & GOOD, words & BAD
        return bool(good and not bad and rating <= 1) or bool(bad and not good and rating >= 5)

    def contradictions(self, row):
        state = self.signs.get(row["state"], row["state"])
        area = re.search(r"\d{3}", row["phone"].replace("+1", "")).group()
        birth, created = day(row["birth_date"]), day(row["created_at"])
        today = datetime.date.today()
        # a generator may mean any day of the last two years by "now"
        ages = range(age_on(birth, today.replace(year=today.year - 2, day=1)), age_on(birth, today) + 1)
        yield "name / e-mail", not named(row["name"], row["email"])
        yield "name / gender", row["gender"].lower() not in self.genders.get(row["name"].split()[0], {row["gender"].lower()})
        yield "review / rating", self.wrong_rating(row)
        yield "product / category", self.wrong_category(row)
        yield "product / price", self.wrong_price(row)
        yield "job title / salary", self.wrong_salary(row)
        yield "name / user name", not named(row["name"], row["username"])
        yield "city / state", row["city"] in self.cities and state not in self.cities[row["city"]]
        yield "postcode / state", state not in self.postcodes.get(row["postcode"][:3], ())
        yield "area code / state", self.area_codes.get(area) != state
        yield "country / state, postcode", row["country"] not in UNITED_STATES
        yield "birth date / age", int(row["age"]) not in ages
        yield "birth date / created", birth >= created
        yield "created / updated", row["created_at"].replace("T", " ") > row["updated_at"].replace("T", " ")


def main():
    judge = Judge(sys.argv[1])
    rows = wrong = unknown = 0
    counts = {}
    for row in csv.DictReader(sys.stdin, delimiter="\t", quoting=csv.QUOTE_NONE):
        found = list(judge.contradictions(row))
        rows += 1
        wrong += any(bad for _, bad in found)
        unknown += row["city"] not in judge.cities
        for what, bad in found:
            counts[what] = counts.get(what, 0) + bad
    for what, count in counts.items():
        print("%-28s %6d" % (what, count))
    print("%-28s %6d of %d" % ("rows that contradict", wrong, rows))
    print("%-28s %6d" % ("(cities not judged)", unknown))


if __name__ == "__main__":
    main()
