# Databases and clients of other encodings: what a row holds is valid there,
# and a locale that an encoding cannot write is refused by name.

use strict;
use warnings;

use Encode qw(decode encode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('encodings');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

my %databases = (
	UTF8 => 'de_DE', LATIN1 => 'de_DE', LATIN2 => 'de_DE', LATIN9 => 'de_DE', WIN1252 => 'de_DE',
	SQL_ASCII => undef, EUC_JP => 'de_DE', EUC_KR => undef, KOI8R => undef);

sub psql
{
	my ($database, $sql) = @_;
	my ($ret, $out, $err) = $node->psql($database, $sql);
	return ($out, $err);
}

my $types = q{SELECT jsonb_build_object('fields', jsonb_agg(jsonb_build_object('name', name, 'type', name) ORDER BY name)) FROM synthik_types};

foreach my $encoding (sort keys %databases)
{
	my $database = lc $encoding;
	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION synthik');

	# Every semantic type in English is ASCII or nearly so.
	my ($out, $err) = psql($database, q{
		SET client_encoding = 'SQL_ASCII';
		SELECT count(*) FROM synthik_generate_json(} . "($types)::jsonb" . q{, 2000, seed => 1, locale => 'en_US')});
	is($err, '', "$encoding: en_US, no error");
	is($out, '2000', "$encoding: en_US, all types");

	# What is stored is valid in the encoding: the server itself checks it.
	if ($encoding ne 'SQL_ASCII')
	{
		my $locale = $databases{$encoding} // 'en_US';
		my $bad = $node->safe_psql($database, q{
			CREATE TABLE people (id integer PRIMARY KEY, first_name text, last_name text, city text, street text, email text, company text, notes text, code text);
			SELECT synthik_augment('people', 3000, seed => 1, locale => '} . $locale . q{', schema => '{"fields": [{"name": "code", "pattern": "^.{8}$"}]}');
			SELECT count(*) FROM people WHERE people::text <> convert_from(convert_to(people::text, getdatabaseencoding()), getdatabaseencoding())});
		is($bad, "3000\n0", "$encoding: $locale rows are valid");
	}
	next if !defined $databases{$encoding};

	# A German letter has the byte that it has in the encoding.
	my %umlaut = (UTF8 => 'c3bc', LATIN1 => 'fc', LATIN2 => 'fc', LATIN9 => 'fc', WIN1252 => 'fc', EUC_JP => '8fabe4');
	like($node->safe_psql($database, q{
			SELECT string_agg(DISTINCT encode(v::bytea, 'hex'), ' ') FROM (
				SELECT convert_to(last_name, getdatabaseencoding()) AS v FROM people WHERE last_name ~ '^M[^oe]+ller$') m}),
		qr/(^| )4d$umlaut{$encoding}6c6c6572$/, "$encoding: an umlaut has its byte");
}

# The same rows, whatever they are written in, but for names that have letters
# which the encoding has not.
my $german = q{SET client_encoding = 'UTF8'; SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "full_name"}, {"name": "c", "type": "city"}, {"name": "e", "type": "email"}, {"name": "s", "type": "street_address"}]}', 1000, seed => 3, locale => 'de_DE') AS t(n text, c text, e text, s text)};
my @expected = map { decode('UTF-8', $_) } split /\n/, $node->safe_psql('utf8', $german);
my @writable = grep { $expected[$_] !~ /[^\x00-\xff]/ } 0 .. $#expected;
cmp_ok(scalar(@writable), '<', 1000, 'some names have letters beyond Latin-1');
foreach my $database (qw(latin1 latin9 win1252))
{
	my @rows = map { decode('UTF-8', $_) } split /\n/, $node->safe_psql($database, $german);
	is(join("\n", map { encode('UTF-8', $_) } @rows[@writable]), join("\n", map { encode('UTF-8', $_) } @expected[@writable]), "$database: the same people as in UTF8");
	is(scalar(@rows), 1000, "$database: and as many");
}

# What cannot be written at all.
foreach my $encoding (qw(EUC_KR KOI8R))
{
	my ($out, $err) = psql(lc $encoding, q{SELECT count(n) FROM synthik_generate('{"fields": [{"name": "n", "type": "full_name"}]}', 100, locale => 'de_DE') AS t(n text)});
	like("$out$err", qr/^(ERROR|psql).*de_DE.*$encoding/s, "$encoding: de_DE is refused by name");
	($out, $err) = psql(lc $encoding, q{SELECT synthik_value('full_name', locale => 'de_DE')});
	like("$out$err", qr/^(ERROR|psql).*de_DE.*$encoding/s, "$encoding: so it is for single values");
	is($node->safe_psql(lc $encoding, q{SELECT count(n) FROM synthik_generate('{"fields": [{"name": "n", "type": "integer"}]}', 100, locale => 'en_US') AS t(n integer)}), '100', "$encoding: numbers need no letters");
}

# Every locale there is, in the encodings of one byte a letter, in one that
# knows no letters, and in Japanese ones: rows, or an error that names both.
my @locales = map { m{locale/(\w+)/place.tsv$} } glob 'locale/*_*/place.tsv';
cmp_ok(scalar @locales, '>=', 11, 'there are the locales');
my %writes = (
	utf8 => qr/./, sql_ascii => qr/./, latin1 => qr/^(de|en|es|fr|it|nl|pt)_/, latin9 => qr/^(de|en|es|fr|it|nl|pt)_/,
	win1252 => qr/^(de|en|es|fr|it|nl|pt)_/, latin2 => qr/^(de|en|pl)_/, euc_jp => qr/^(?!hi_|zh_)/);
my $people = q{'{"fields": [{"name": "n", "type": "full_name"}, {"name": "e", "type": "email"}, {"name": "c", "type": "city"}, {"name": "s", "type": "street_address"}, {"name": "p", "type": "paragraph"}]}'};
foreach my $database (sort keys %writes)
{
	foreach my $locale (@locales)
	{
		next if $database eq 'latin2' && $locale !~ /^(de|en|pl|ja|zh|hi)_/;
		my ($out, $err) = psql($database, qq{
			SELECT count(*), count(*) FILTER (WHERE j::text <> convert_from(convert_to(j::text, getdatabaseencoding()), getdatabaseencoding())),
				count(DISTINCT j ->> 'n') > 100, bool_and(j ->> 'e' ~ '^[!-~]+\$')
			FROM synthik_generate_json($people, 300, seed => 1, locale => '$locale') AS j});
		if ($locale =~ $writes{$database})
		{
			is("$out$err", '300|0|t|t', "$database: $locale");
		}
		else
		{
			like($err, qr/^(psql:.*)?ERROR:  locale "$locale" cannot be represented in encoding "\U$database\E"\nDETAIL:  \d+ of \d+ entries of "$locale\//, "$database: $locale is refused by name");
			($out, $err) = psql($database, qq{SELECT problem FROM synthik_validate(jsonb_set($people, '{locale}', '"$locale"'))});
			like($out, qr/locale "$locale" cannot be represented/, "$database: synthik_validate refuses $locale");
		}
	}
}
# French letters have their bytes, and what is no letter of the encoding is nowhere.
is($node->safe_psql('latin1', q{SELECT bool_or(strpos(v, chr(233)) > 0), bool_and(octet_length(v) = length(v))
	FROM (SELECT j ->> 'n' || (j ->> 'p') AS v FROM synthik_generate_json('{"fields": [{"name": "n", "type": "full_name"}, {"name": "p", "type": "paragraph"}]}'::jsonb, 300, seed => 1, locale => 'fr_FR') AS j) AS v}), 't|t', 'latin1: accents are one byte');
# A database that knows no encoding holds the bytes of UTF-8.
is($node->safe_psql('sql_ascii', q{SELECT count(*) FROM (SELECT convert_from(convert_to(j ->> 'n', 'SQL_ASCII'), 'SQL_ASCII') AS v
	FROM synthik_generate_json('{"fields": [{"name": "n", "type": "full_name"}]}'::jsonb, 300, seed => 1, locale => 'fr_FR') AS j) AS v WHERE v LIKE '%' || E'\\xc3\\xa9' || '%'}) > 0, 1, 'sql_ascii: accents are those of UTF-8');

# A locale that there is not.
my ($out, $err) = psql('utf8', q{SELECT synthik_value('full_name', locale => 'xx_YY')});
like($err, qr/locale "xx_YY"/, 'an unknown locale is named');
($out, $err) = psql('utf8', q{SELECT synthik_value('full_name', locale => '../en_US')});
like($err, qr/ERROR.*locale/, 'a locale is not a path');

# Documents with letters beyond ASCII, and clients with another encoding.
is($node->safe_psql('latin1', q{
		SET client_encoding = 'UTF8';
		SELECT t."größe" FROM synthik_generate('{"fields": [{"name": "größe", "enum": ["süß"]}]}', 1) AS t("größe" text)}), 'süß', 'a document with umlauts in a LATIN1 database');
is($node->safe_psql('utf8', qq{
		SET client_encoding = 'WIN1252';
		SELECT t."gr\xf6\xdfe", length(t."gr\xf6\xdfe") FROM synthik_generate('{"fields": [{"name": "gr\xf6\xdfe", "enum": ["s\xfc\xdf\x80"]}]}', 1) AS t("gr\xf6\xdfe" text)}), "s\xfc\xdf\x80|4", 'a WIN1252 client');
is($node->safe_psql('utf8', q{
		SET client_encoding = 'WIN1252';
		SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "full_name"}, {"name": "a", "type": "address"}]}', 500, locale => 'de_DE') AS t(n text, a text)}), '500', 'German rows for a WIN1252 client');
($out, $err) = psql('latin1', q{SELECT * FROM synthik_generate('{"fields": [{"name": "n", "pattern": "^\u20ac$"}]}'::jsonb, 1) AS t(n text)});
like($err, qr/ERROR/, 'a letter that LATIN1 has not is an error');
($out, $err) = psql('latin1', q{SELECT * FROM synthik_generate('{"fields": [{"name": "n", "pattern": "^\\\\u20ac$"}]}'::jsonb, 1) AS t(n text)});
like($err, qr/ERROR/, 'also where the pattern spells it');

# What was learned moves between encodings; what the new one has not is left out.
$node->safe_psql('utf8', q{
	SET client_encoding = 'UTF8';
	CREATE TABLE learned (city text, note text);
	INSERT INTO learned SELECT (ARRAY['Zürich', '東京', 'Rom'])[1 + i % 3],
		format('%s %s %s mit %s', (ARRAY['Der', '東', 'Die'])[1 + i % 3], (ARRAY['große', 'rote', '京'])[1 + i % 3], i % 50, i % 97)
	FROM generate_series(1, 1000) AS i;
	ANALYZE learned});
my $document = $node->safe_psql('utf8', q{
	SET client_encoding = 'UTF8';
	SELECT d #- '{fields,0,enum}' #- '{fields,0,weights}' FROM synthik_infer('learned') AS d});
foreach my $database (qw(utf8 latin1 latin9 win1252 euc_jp sql_ascii))
{
	# A database that does not know its encoding takes the client's bytes.
	my $client = $database eq 'sql_ascii' ? 'SQL_ASCII' : 'UTF8';
	is($node->safe_psql($database, qq{
			SET client_encoding = '$client';
			SELECT synthik_save('learned', \$document\$$document\$document\$);
			SELECT string_agg(DISTINCT city, ' '), bool_and(note ~ ' .* '), count(*)
			FROM synthik_generate('learned', 300, seed => 1) AS t(city text, note text)}),
		$database =~ /^(utf8|sql_ascii|euc_jp)$/ ? "1\nRom Zürich 東京|t|300" : "1\nRom Zürich|t|300",
		"$database: what was learned in UTF8");
}

# A table is learned in its database's encoding, whatever its columns are called.
my $source = q{
	SET client_encoding = 'UTF8';
	SET synthik.locale = 'de_DE';
	CREATE SCHEMA "schön""; drop";
	CREATE TABLE "schön""; drop"."Ärger 'n ""Spaß""; --" AS
	SELECT (ARRAY['süß', 'groß', 'übel'])[1 + i % 3] AS "größe""; drop",
		(ARRAY['München', 'Köln', 'Düsseldorf', 'Nürnberg', 'Lübeck', 'Münster', 'Würzburg'])[1 + i * 7 % 11 % 7] AS ort,
		format('%s %s %s %s %s %s.', (ARRAY['Die', 'Meine', 'Unsre', 'Jede', 'Keine'])[1 + h1 % 5], (ARRAY['schöne', 'große', 'grüne', 'süße'])[1 + h2 % 4],
			(ARRAY['Tür', 'Mühle', 'Brücke', 'Kröte', 'Möwe'])[1 + h3 % 5], (ARRAY['ist', 'bleibt', 'wäre', 'hieße'])[1 + h4 % 4],
			(ARRAY['überall', 'früher', 'natürlich', 'heute'])[1 + h5 % 4], (ARRAY['möglich', 'schön', 'zuständig', 'da'])[1 + h6 % 4]) AS "§ 'text'",
		'ÄÖ-' || lpad((i * 37 % 1000)::text, 3, '0') AS "kürzel",
		'K' || lpad((i * 37 % 1000)::text, 3, '0') || 'ß' AS nr,
		(ARRAY['Jörg', 'Zoë', 'Käthe', 'Ömer', 'Anaïs', 'Dörte'])[1 + h1 % 6] AS "vor""name", (ARRAY['Weiß', 'Müller', 'Böhm', 'Kröger', 'Groß', 'Löwe'])[1 + h2 % 6] AS "näme",
		jsonb_build_object('größe', h1 % 9, 'süß "x"', (ARRAY['ä', 'ö'])[1 + h2 % 2]) AS "dök",
		ARRAY[(ARRAY['rot', 'grün'])[1 + h3 % 2], 'weiß'] AS "färben",
		h4 AS "prëis", round(h4 * 0.19, 2) AS "stëuer"
	FROM generate_series(1, 1200) AS i,
		LATERAL (SELECT ('x' || substr(md5(i::text), 1, 6))::bit(24)::int AS h1, ('x' || substr(md5(i::text), 7, 6))::bit(24)::int AS h2, ('x' || substr(md5(i::text), 13, 6))::bit(24)::int AS h3,
			('x' || substr(md5(i::text), 19, 5))::bit(20)::int AS h4, ('x' || substr(md5(i::text), 24, 5))::bit(20)::int AS h5, ('x' || substr(md5(i::text), 28, 5))::bit(20)::int AS h6) AS h;
	ALTER TABLE "schön""; drop"."Ärger 'n ""Spaß""; --" ADD whole text;
	UPDATE "schön""; drop"."Ärger 'n ""Spaß""; --" SET whole = "vor""name" || ' ' || "näme";
	CREATE TABLE made (LIKE "schön""; drop"."Ärger 'n ""Spaß""; --")};
my %learned;
foreach my $database (qw(utf8 latin1 latin9 win1252))
{
	$node->safe_psql($database, $source);
	$learned{$database} = $node->safe_psql($database, q{
		SET client_encoding = 'UTF8';
		SET synthik.locale = 'de_DE';
		SELECT jsonb_agg(f - 'why' ORDER BY f ->> 'name' COLLATE "C") FROM jsonb_array_elements(synthik_infer('"schön""; drop"."Ärger ''n ""Spaß""; --"') -> 'fields') AS f});
	is($node->safe_psql($database, q{
		SET client_encoding = 'UTF8';
		SET synthik.locale = 'de_DE';
		SELECT synthik_augment('made', 800, source => '"schön""; drop"."Ärger ''n ""Spaß""; --"', seed => 1);
		SELECT bool_and(m::text = convert_from(convert_to(m::text, getdatabaseencoding()), getdatabaseencoding())) AS valid,
			string_agg(DISTINCT "größe""; drop", ' ' ORDER BY "größe""; drop") AS levels,
			bool_and("§ 'text'" ~ '^[[:alpha:]]+( [[:alpha:]ßäöü]+){5}[.]$') AS sentences,
			count(*) FILTER (WHERE "§ 'text'" IN (SELECT "§ 'text'" FROM "schön""; drop"."Ärger 'n ""Spaß""; --")) AS copied,
			bool_and(whole = "vor""name" || ' ' || "näme") AS whole, bool_and("stëuer" = round("prëis" * 0.19, 2)) AS formula,
			bool_and("dök" ?& ARRAY['größe', 'süß "x"'] AND "dök" ->> 'süß "x"' IN ('ä', 'ö')) AS members,
			bool_and("färben" <@ ARRAY['rot', 'grün', 'weiß'] AND array_length("färben", 1) = 2) AS elements
		FROM made AS m}), "800\nt|groß süß übel|t|0|t|t|t|t", "$database: a table with umlauts and hostile names is learned");
}
is($learned{$_}, $learned{utf8}, "$_: as in UTF8") foreach qw(latin1 latin9 win1252);

$node->stop;
done_testing();
