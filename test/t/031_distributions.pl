# Goodness of fit: a million values of each kind of distribution against its
# own formula, written down here once more, by the tests of Pearson and of
# Kolmogorov and Smirnov; and against a formula with one parameter a little
# off, which both together have to refuse.

use strict;
use warnings;

use List::Util qw(max min sum);
use POSIX qw(floor lgamma);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use constant ROWS => 1_000_000;
use constant PI => 4 * atan2(1, 1);

# p = 1e-4: of the normal distribution, and of Kolmogorov's
use constant MOST_DEVIATION => 3.719;
use constant MOST_DISTANCE => 2.2254;

my $node = PostgreSQL::Test::Cluster->new('distributions');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "jit = off\nTimeZone = 'UTC'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION synthik');

# ---- the tests ---------------------------------------------------------------

# Joins neighbours until each is expected often enough.
sub gather
{
	my ($counts, $expected) = @_;
	my (@c, @e);
	my ($count, $share) = (0, 0);

	for my $i (0 .. $#$counts)
	{
		$count += $counts->[$i];
		$share += $expected->[$i];
		next if $share < 25;
		push @c, $count;
		push @e, $share;
		($count, $share) = (0, 0);
	}
	$c[-1] += $count;
	$e[-1] += $share;
	return (\@c, \@e);
}

# How far counts are from shares: Pearson's statistic as a deviate of the
# normal distribution (Wilson and Hilferty), and Kolmogorov's distance.
sub misfit
{
	my ($counts, $shares) = @_;
	my $n = sum(@$counts);
	my $all = sum(@$shares);
	my ($c, $e) = gather($counts, [ map { $_ / $all * $n } @$shares ]);
	my $square = sum(map { ($c->[$_] - $e->[$_])**2 / $e->[$_] } 0 .. $#$c);
	my $freedom = $#$c;
	my $deviate = (($square / $freedom)**(1 / 3) - (1 - 2 / (9 * $freedom))) / sqrt(2 / (9 * $freedom));
	my ($gap, $distance) = (0, 0);

	for my $i (0 .. $#$c)
	{
		$gap += ($c->[$i] - $e->[$i]) / $n;
		$distance = max($distance, abs($gap));
	}
	return ($deviate, $distance * sqrt($n), scalar(@$c));
}

sub judge
{
	my ($name, $counts, $right, $wrong) = @_;
	my ($deviate, $distance, $bins) = misfit($counts, $right);

	ok(sum(@$counts) == ROWS && $deviate < MOST_DEVIATION && $distance < MOST_DISTANCE,
		sprintf('%s fits: %d bins, deviate %.2f, distance %.2f', $name, $bins, $deviate, $distance));
	($deviate, $distance) = misfit($counts, $wrong);
	ok($deviate > MOST_DEVIATION || $distance > MOST_DISTANCE,
		sprintf('and a wrong parameter does not: deviate %.2f, distance %.2f', $deviate, $distance));
}

# ---- shares of the bins below, between and above edges --------------------

sub by_cdf
{
	my ($cdf, @edges) = @_;
	my @below = (0, map({ $cdf->($_) } @edges), 1);

	return [ map { $below[$_] - $below[ $_ - 1 ] } 1 .. $#below ];
}

# Simpson's rule; what the bins leave of 1 belongs below the first edge,
# above the last one there is nothing to speak of.
sub by_density
{
	my ($density, @edges) = @_;
	my @shares = (0);

	for my $i (1 .. $#edges)
	{
		my $parts = 40;
		my $width = ($edges[$i] - $edges[ $i - 1 ]) / $parts;
		my $total = 0;

		$total += $density->($edges[ $i - 1 ] + $_ * $width) *
		  ($_ == 0 || $_ == $parts ? 1 : $_ % 2 ? 4 : 2)
		  foreach 0 .. $parts;
		push @shares, $total * $width / 3;
	}
	$shares[0] = max(1 - sum(@shares), 0);
	return [ @shares, 0 ];
}

sub normal
{
	my ($mean, $stddev) = @_;
	return sub { exp(-(($_[0] - $mean) / $stddev)**2 / 2) / $stddev / sqrt(2 * PI) };
}

sub lognormal
{
	my ($mean, $stddev) = @_;
	my $variance = log(1 + ($stddev / $mean)**2);
	my $bell = normal(log($mean) - $variance / 2, sqrt($variance));
	return sub { $bell->(log($_[0])) / $_[0] };
}

sub gamma
{
	my ($mean, $stddev) = @_;
	my $shape = ($mean / $stddev)**2;
	my $scale = $mean / $shape;
	return sub { exp(($shape - 1) * log($_[0] / $scale) - $_[0] / $scale - lgamma($shape)) / $scale };
}

sub beta
{
	my ($a, $b) = @_;
	return sub { exp(lgamma($a + $b) - lgamma($a) - lgamma($b) + ($a - 1) * log($_[0]) + ($b - 1) * log(1 - $_[0])) };
}

sub triangular
{
	my ($low, $mode, $high) = @_;
	return sub {
		$_[0] < $mode ? ($_[0] - $low)**2 / (($high - $low) * ($mode - $low)) :
		  1 - ($high - $_[0])**2 / (($high - $low) * ($high - $mode));
	};
}

sub bent
{
	my @corners = @_;    # [x, cumulated share]
	return sub {
		my ($x) = @_;
		my $i = 1;
		$i++ while $corners[$i][0] < $x;
		my ($from, $to) = @corners[ $i - 1, $i ];
		return $from->[1] + ($to->[1] - $from->[1]) * ($x - $from->[0]) / ($to->[0] - $from->[0]);
	};
}

# Of whole numbers from low to high, with edges half way between them.
sub by_weights
{
	my ($weight, $low, $high) = @_;
	return [ map { $weight->($_) } $low .. $high ];
}

sub poisson { my ($mean) = @_; return sub { exp($_[0] * log($mean) - $mean - lgamma($_[0] + 1)) } }
sub zipf { my ($exponent) = @_; return sub { $_[0]**-$exponent } }

# edges: from, to, how many bins; off the grid of the values by half a step
sub edges
{
	my ($from, $to, $bins, $step) = @_;
	return map { $from + floor(($to - $from) * $_ / $bins / $step) * $step + $step / 2 } 0 .. $bins;
}

# ---- numbers -----------------------------------------------------------------

sub counts_of
{
	my ($field, @edges) = @_;
	my @counts = (0) x (@edges + 1);
	my $rows = ROWS;
	my $array = join(',', @edges);

	foreach (split /\n/, $node->safe_psql('postgres', qq{
		SELECT width_bucket(v, '{$array}'::float8[]), count(*)
		FROM synthik_generate('{"fields": [{"name": "v", $field}]}', $rows, seed => 11) AS t(v float8)
		GROUP BY 1}))
	{
		my ($bin, $count) = split /\|/;
		$counts[$bin] = $count;
	}
	return \@counts;
}

my $decimal = '"type": "numeric(16,4)"';
my @e;

sub continuous
{
	my ($name, $field, $by, $right, $wrong, @edges) = @_;
	judge($name, counts_of($field, @edges), $by->($right, @edges), $by->($wrong, @edges));
}

@e = edges(20, 180, 200, 1e-4);
continuous('normal', qq{$decimal, "distribution": {"kind": "normal", "mean": 100, "stddev": 15}},
	\&by_density, normal(100, 15), normal(100.2, 15), @e);
@e = edges(90, 130, 100, 1e-4);
continuous('normal between bounds',
	qq{$decimal, "minimum": 90.0001, "maximum": 130, "distribution": {"kind": "normal", "mean": 100, "stddev": 15}},
	sub { my $s = by_density(@_); $s->[0] = 0; $s }, normal(100, 15), normal(100, 15.3), @e);
@e = edges(0.5, 1200, 2400, 1e-4);
continuous('lognormal', qq{$decimal, "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}},
	\&by_density, lognormal(42, 30), lognormal(42, 30.5), @e);
@e = edges(0.1, 600, 600, 1e-4);
continuous('exponential', qq{$decimal, "distribution": {"kind": "exponential", "mean": 30}},
	\&by_cdf, sub { 1 - exp(-$_[0] / 30) }, sub { 1 - exp(-$_[0] / 30.2) }, @e);
@e = edges(0.2, 160, 400, 1e-4);
continuous('gamma', qq{$decimal, "distribution": {"kind": "gamma", "mean": 20, "stddev": 10}},
	\&by_density, gamma(20, 10), gamma(20, 10.1), @e);
@e = edges(0.1, 500, 2500, 1e-4);
continuous('gamma, steep', qq{$decimal, "distribution": {"kind": "gamma", "mean": 10, "stddev": 15}},
	\&by_density, gamma(10, 15), gamma(10, 15.2), @e);
@e = edges(940, 1060, 200, 1e-4);
continuous('gamma, narrow', qq{$decimal, "distribution": {"kind": "gamma", "mean": 1000, "stddev": 10}},
	\&by_density, gamma(1000, 10), gamma(1000, 10.1), @e);
@e = edges(0.01, 0.99, 200, 1e-6);
my $share = '"type": "numeric(16,6)", "minimum": 0, "maximum": 1';
continuous('beta by mean and stddev', qq{$share, "distribution": {"kind": "beta", "mean": 0.3, "stddev": 0.1}},
	\&by_density, beta(6, 14), beta(6.1, 14), @e);
continuous('beta, U-shaped', qq{$share, "distribution": {"kind": "beta", "alpha": 0.5, "beta": 0.5}}, \&by_cdf,
	sub { 2 / PI * atan2(sqrt($_[0]), sqrt(1 - $_[0])) },
	sub { 0.98 * 2 / PI * atan2(sqrt($_[0]), sqrt(1 - $_[0])) + 0.02 * $_[0] }, @e);
@e = edges(0.24, 0.26, 200, 1e-6);
continuous('beta, narrow', qq{$share, "distribution": {"kind": "beta", "alpha": 20000, "beta": 60000}},
	\&by_density, beta(20000, 60000), beta(20010, 60000), @e);
@e = edges(10.1, 400, 1000, 1e-4);
continuous('pareto', qq{$decimal, "minimum": 10, "distribution": {"kind": "pareto", "exponent": 2.5}},
	\&by_cdf, sub { 1 - (10 / $_[0])**2.5 }, sub { 1 - (10 / $_[0])**2.52 }, @e);
@e = edges(0.1, 9.9, 200, 1e-4);
continuous('triangular', qq{$decimal, "minimum": 0, "maximum": 10, "distribution": {"kind": "triangular", "mode": 7}},
	\&by_cdf, triangular(0, 7, 10), triangular(0, 7.05, 10), @e);
continuous('histogram', qq{$decimal, "distribution": {"kind": "histogram", "bounds": [0, 2, 3, 10], "weights": [5, 0, 15]}},
	\&by_cdf, bent([ 0, 0 ], [ 2, 0.25 ], [ 3, 0.25 ], [ 10, 1 ]),
	bent([ 0, 0 ], [ 2, 0.254 ], [ 3, 0.254 ], [ 10, 1 ]), @e);

# ---- whole numbers ---------------------------------------------------------

sub whole
{
	my ($name, $field, $low, $high, $right, $wrong) = @_;
	my $counts = counts_of(qq{"type": "integer", $field}, map { $_ + 0.5 } $low .. $high - 1);

	judge($name, $counts, by_weights($right, $low, $high), by_weights($wrong, $low, $high));
}

whole('uniform', '"minimum": 1, "maximum": 200, "distribution": {"kind": "uniform"}',
	1, 200, sub { 1 }, sub { $_[0] > 150 ? 1.02 : 1 });
whole('poisson', '"distribution": {"kind": "poisson", "mean": 4}', 0, 60, poisson(4), poisson(4.02));
whole('poisson of a large mean', '"distribution": {"kind": "poisson", "mean": 900}',
	700, 1100, poisson(900), poisson(900.5));
whole('zipf', '"minimum": 1, "maximum": 2000, "distribution": {"kind": "zipf", "exponent": 1.1}',
	1, 2000, zipf(1.1), zipf(1.11));
whole('weights', '"enum": [1, 2, 3], "weights": [6, 3, 1]',
	1, 3, sub { (6, 3, 1)[ $_[0] - 1 ] }, sub { (6, 3.05, 1)[ $_[0] - 1 ] });

# ---- calendars -----------------------------------------------------------------

# The weights of the days once more in SQL, and the public holidays of Germany
# in two years as dates.
my $days = q{
	SELECT day, growth ^ ((day - '2024-01-01') / 365.25::float8) *
	    (ARRAY[1, 1, 1, 1.2, 1, 0.8, 0.5, 0.8, 1, 1.1, 1.6, 2])[extract(month FROM day)::int] *
	    (ARRAY[5, 5, 5, 5, 6, 3, 1])[extract(isodow FROM day)::int] *
	    CASE WHEN day = ANY ('{2024-01-01,2024-03-29,2024-04-01,2024-05-01,2024-05-09,2024-05-20,2024-10-03,2024-12-25,2024-12-26,2025-01-01,2025-04-18,2025-04-21,2025-05-01,2025-05-29,2025-06-09,2025-10-03,2025-12-25,2025-12-26}'::date[])
	         THEN holidays ELSE 1 END AS weight
	FROM (SELECT day::date FROM generate_series('2024-01-01'::timestamp, '2025-12-31', '1 day') AS day) AS d};
my $hours = '0, 0, 0, 0, 0, 0, 0.5, 1, 3, 5, 6, 6, 4, 5, 6, 6, 6, 5, 5, 6, 6, 3, 1, 0.2';
my $calendar = qq{"distribution": {"kind": "calendar", "growth": 0.3, "holidays": 0.1, "hours": [$hours],
	"months": [1, 1, 1, 1.2, 1, 0.8, 0.5, 0.8, 1, 1.1, 1.6, 2], "weekdays": [5, 5, 5, 5, 6, 3, 1]}};
my $rows = ROWS;

$node->safe_psql('postgres', qq{CREATE UNLOGGED TABLE made AS SELECT v::date AS day, extract(hour FROM v)::int AS hour
	FROM synthik_generate('{"locale": "de_DE", "fields": [{"name": "v", "type": "timestamp", "minimum": "2024-01-01", "exclusiveMaximum": "2026-01-01", $calendar}]}', $rows, seed => 11) AS t(v timestamp)});

sub day_shares
{
	my ($growth, $holidays) = @_;
	return [ split /\n/, $node->safe_psql('postgres',
			"SELECT weight FROM ($days) AS w, (VALUES (0)) AS z ORDER BY day" =~
			  s/\bgrowth\b/$growth/r =~ s/\bholidays\b/$holidays/r) ];
}

my @per_day = split /\n/, $node->safe_psql('postgres', qq{SELECT count(made.day) FROM
	generate_series('2024-01-01'::timestamp, '2025-12-31', '1 day') AS d LEFT JOIN made ON made.day = d::date GROUP BY d ORDER BY d});
judge('calendar: days', \@per_day, day_shares(1.3, 0.1), day_shares(1.33, 0.1));
my ($deviate) = misfit(\@per_day, day_shares(1.3, 0.2));
cmp_ok($deviate, '>', MOST_DEVIATION, 'nor do busier holidays');
my @weights = eval "($hours)";
my @per_hour = split /\n/, $node->safe_psql('postgres',
	'SELECT count(made.hour) FROM generate_series(0, 23) AS h LEFT JOIN made ON hour = h GROUP BY h ORDER BY h');
is(sum(@per_hour[ 0 .. 5 ]), 0, 'hours without weight have nothing');
judge('calendar: hours', [ @per_hour[ 6 .. 23 ] ], [ @weights[ 6 .. 23 ] ],
	[ map { $_ == 9 ? 5.1 : $weights[$_] } 6 .. 23 ]);

$node->stop;
done_testing();
