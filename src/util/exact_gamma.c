/*-------------------------------------------------------------------------
 *
 * exact_gamma.c
 *		The gamma and beta distributions with the same bits on every machine.
 *
 * DLMF, chapters 5 and 8; continued fractions by the method of Lentz as
 * Thompson and Barnett changed it ("Coulomb and Bessel functions of complex
 * arguments and order", 1986).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "util/exact_math.h"

#define MAX_TERMS	100000
#define ENOUGH		1e-16
#define NEARLY_ZERO 1e-300

/* Lanczos' series with g = 7 and nine terms. */
double
exact_log_gamma(double x)
{
	static const double term[] = {0.99999999999980993, 676.5203681218851, -1259.1392167224028,
		771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
	9.9843695780195716e-6, 1.5056327351493116e-7};
	static const double half_log_two_pi = 0.91893853320467274178;
	double		sum = term[0];
	double		t;

	if (x < 0.5)
		return exact_log_gamma(x + 1) - exact_log(x);
	x -= 1;
	t = x + 7.5;
	for (int i = 1; i < lengthof(term); i++)
		sum += term[i] / (x + i);
	return half_log_two_pi + (x + 0.5) * exact_log(t) - t + exact_log(sum);
}

/* One step of a continued fraction whose next part is over / (under + ...). */
static double
lentz_step(double *c, double *d, double over, double under)
{
	*d = under + over * *d;
	*c = under + over / *c;
	if (fabs(*d) < NEARLY_ZERO)
		*d = NEARLY_ZERO;
	if (fabs(*c) < NEARLY_ZERO)
		*c = NEARLY_ZERO;
	*d = 1 / *d;
	return *c * *d;
}

double
exact_gamma_share(double a, double x)
{
	double		front;
	double		sum = 1 / a;
	double		term = sum;
	double		c;
	double		d = 0;

	if (!(x > 0))
		return 0;
	front = exact_exp(a * exact_log(x) - x - exact_log_gamma(a));
	if (x < a + 1)
	{
		for (int n = 1; n < MAX_TERMS && term > sum * ENOUGH; n++)
		{
			term *= x / (a + n);
			sum += term;
		}
		return Min(front * sum, 1);
	}
	/* the share above x is front / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ... */
	sum = c = Max(x + 1 - a, NEARLY_ZERO);
	for (int n = 1; n < MAX_TERMS; n++)
	{
		double		change = lentz_step(&c, &d, -n * (n - a), x + 2 * n + 1 - a);

		sum *= change;
		if (fabs(change - 1) < ENOUGH * 10)
			break;
	}
	return Max(1 - front / sum, 0);
}

/* Of the beta distribution's continued fraction, for x below the mean or so. */
static double
beta_fraction(double a, double b, double x)
{
	double		sum = 1;
	double		c = 1;
	double		d = 0;

	for (int m = 0; m < MAX_TERMS; m++)
	{
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));
		double		change = lentz_step(&c, &d, odd, 1);

		change *= lentz_step(&c, &d, even, 1);
		sum *= change;
		if (fabs(change - 1) < ENOUGH * 10)
			break;
	}
	return 1 / sum;
}

double
exact_beta_share(double a, double b, double x)
{
	double		front;

	if (!(x > 0))
		return 0;
	if (x >= 1)
		return 1;
	front = exact_exp(exact_log_gamma(a + b) - exact_log_gamma(a) - exact_log_gamma(b) +
					  a * exact_log(x) + b * exact_log(1 - x));
	if (x < (a + 1) / (a + b + 2))
		return Min(front * beta_fraction(a, b, x) / a, 1);
	return Max(1 - front * beta_fraction(b, a, 1 - x) / b, 0);
}
