# Some thousand random patterns: every text that is made from one matches it
# as PostgreSQL reads it; what cannot be made is refused by an error that shows
# the construct; and what PostgreSQL itself refuses is refused.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant PATTERNS => 2500;

srand(4711);

sub one_of { return $_[ int(rand(@_)) ] }
sub maybe { return rand() < $_[0] }

my @literals = (split(//, q{abcxyzABZ019 _-@#%&=,;:!"'<>/~`}),
	qw(\. \+ \* \? \( \) \[ \] \{ \} \| \^ \$ \\ \t \n \- \/ \x41 \u00e9 \U0001F600 \e \f),
	"\xc3\xa9", "\xc3\x9f", "\xd0\x96", "\xe8\xaa\x9e");
my @ranges = (qw(a-z A-Z 0-9 a-f 1-9 x-z \x30-\x39 !-/ \u0041-\u005A),
	"\xc3\xa0-\xc3\xbf", "\xce\xb1-\xcf\x89", "\xe4\xb8\x80-\xe9\xbe\xa5");
my @members = (split(//, 'abcXYZ019_.+*?(){}|$,;:@#%&=<>/! '), qw(\- \] \\\\ \^ \t), "\xc3\xa9");
my @named = map { "[:$_:]" } qw(alnum alpha blank cntrl digit graph lower print punct space upper xdigit);
my @odd = split / /, '(?=a) (?!b) (?<=a) (?<!x) \1 (?#note) (?P<n>a) ++ ** (?>a) (?i:a) \p{L} \Q { } a{,3} x{3,2}'
  . ' [z-a] [[:foo:]] ( [a ) \0 \cA \B [[.hyphen.]] [[=a=]]';
my @quantifiers = split / /, '* + ? {2} {1,3} {0,2} {2,} {0} {0,} {3,5} {12}';

sub class
{
	my $parts = join '', map {
		maybe(0.35) ? one_of(@ranges) : maybe(0.2) ? one_of(qw(\d \w \s)) : maybe(0.25) ? one_of(@named) : one_of(@members)
	} 0 .. int(rand(4));
	return '[' . (maybe(0.2) ? '^' : '') . (maybe(0.1) ? ']' : '') . $parts . (maybe(0.2) ? '-' : '') . ']';
}

sub atom
{
	my ($depth) = @_;

	return one_of(@literals) if maybe(0.4);
	return one_of(qw(\d \w \s \D \W \S .)) if maybe(0.25);
	return class() if maybe(0.45) || $depth <= 0;
	return one_of('(', '(?:') . choice($depth - 1) . ')';
}

sub piece
{
	my $atom = atom(@_);

	return $atom if maybe(0.6);
	return $atom . one_of(@quantifiers) . (maybe(0.2) ? '?' : '');
}

sub sequence
{
	my ($depth) = @_;
	my $text = join '', map { piece($depth) } 1 .. int(rand(5));

	$text = one_of(qw(^ \A \m \y)) . $text if maybe(0.03);
	$text .= one_of(qw($ \Z \M \y)) if maybe(0.03);
	$text .= one_of(@odd) if maybe(0.015);
	return $text;
}

sub choice
{
	my ($depth) = @_;
	return join '|', map { sequence($depth) } 0 .. (maybe(0.7) ? 0 : 1 + int(rand(2)));
}

sub pattern
{
	my $text = choice(3);

	$text = '^(?:' . $text . ')$' if maybe(0.6);
	$text = one_of('(?i)', '(?x)', '(?n)', '(?s)', '(?w)', '(?q)', '(?e)', '***:', '***=') . $text if maybe(0.03);
	return $text;
}

my $node = PostgreSQL::Test::Cluster->new('patterns');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'jit = off');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION synthik;
	CREATE TABLE patterns (n serial, pattern text);
	CREATE TABLE results (pattern text, refused text, problem text, made int, wrong text);
	-- texts made from one pattern, held against another
	CREATE FUNCTION judge(made_from text, pattern text, seed bigint) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE refused text; problem text; made int; wrong text;
	BEGIN
		BEGIN PERFORM 'x' ~ pattern; EXCEPTION WHEN invalid_regular_expression THEN refused := sqlerrm; END;
		BEGIN
			SELECT count(*), min(v) FILTER (WHERE v !~ pattern) INTO made, wrong
			FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'text', 'pattern', made_from))), 20, seed => seed) AS t(v text);
		EXCEPTION WHEN OTHERS THEN problem := sqlerrm; END;
		INSERT INTO results VALUES (pattern, refused, problem, made, wrong);
	END $$});
my $file = $node->basedir . '/patterns';
open my $out, '>', $file or die "could not write \"$file\": $!";
for (1 .. PATTERNS)
{
	my $pattern = pattern();

	$pattern =~ s/\\/\\\\/g;
	print $out "$pattern\n";
}
close $out;
$node->safe_psql('postgres', "\\copy patterns(pattern) FROM '$file'
	SELECT judge(pattern, pattern, n) FROM patterns");

sub count_of
{
	return $node->safe_psql('postgres', "SELECT count(*) FROM results WHERE $_[0]");
}

# As it is, or else the first few that are not.
sub none_of
{
	my ($condition, $column, $what) = @_;
	my $some = $node->safe_psql('postgres',
		"SELECT pattern, $column FROM results WHERE $condition ORDER BY length(pattern), pattern LIMIT 5");

	is($some, '', $what);
}

is(count_of('true'), PATTERNS, 'all patterns were tried');
cmp_ok(count_of('made = 20'), '>', PATTERNS * 0.7, 'most of them make texts');
cmp_ok(count_of('refused IS NOT NULL'), '>', PATTERNS * 0.01, 'PostgreSQL refuses some');
none_of('wrong IS NOT NULL', 'wrong', 'every text matches');
none_of('refused IS NOT NULL AND problem IS NULL', 'refused', 'what PostgreSQL refuses is refused');
none_of(q{refused IS NULL AND problem !~ '" cannot be generated from: '}, 'problem', 'errors say what they are about');
none_of(q{refused IS NULL AND problem !~ '(cannot be generated from: |after )?[^"]*"[^"]+" (is|is supported|follows|holds|lacks|has)|steps$'},
	'problem', 'and show the construct');

$node->safe_psql('postgres', q{TRUNCATE results; SELECT judge('^[a-e]{3}$', '^[a-d]{3}$', 1)});
is(count_of('wrong IS NOT NULL'), 1, 'a text that does not match is found');

$node->stop;
done_testing();
