/*-------------------------------------------------------------------------
 *
 * exact_math.c
 *		Elementary functions with the same bits on every machine.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "util/exact_math.h"

/* ln 2 in two parts; the high one has trailing zeros, so k * LN2_HI is exact */
#define LN2_HI	6.93147180369123816490e-01
#define LN2_LO	1.90821492927058770002e-10
#define INV_LN2 1.44269504088896338700e+00

static double
horner(const double *coefficients, int n, double x)
{
	double		sum = coefficients[n - 1];

	for (int i = n - 2; i >= 0; i--)
		sum = sum * x + coefficients[i];
	return sum;
}

/* exp(x) = 2^k exp(r), |r| <= ln(2)/2, the latter by its Taylor series. */
double
exact_exp(double x)
{
	double		k;
	double		r;
	double		sum = 1.0;

	if (x > 709.0)
		x = 709.0;
	if (x < -745.0)
		return 0.0;
	k = floor(x * INV_LN2 + 0.5);
	r = (x - k * LN2_HI) - k * LN2_LO;
	for (int i = 18; i >= 1; i--)
		sum = 1.0 + sum * r / i;
	return ldexp(sum, (int) k);
}

/* log(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), sqrt(1/2) <= m < sqrt(2) */
double
exact_log(double x)
{
	int			e;
	double		m = frexp(x, &e);
	double		s;
	double		s2;
	double		sum = 0.0;

	if (m < 0.70710678118654752440)
	{
		m *= 2.0;
		e--;
	}
	s = (m - 1.0) / (m + 1.0);
	s2 = s * s;
	for (int i = 23; i >= 1; i -= 2)
		sum = sum * s2 + 1.0 / i;
	return e * LN2_HI + (2.0 * s * sum + e * LN2_LO);
}

double
exact_pow(double x, double y)
{
	return exact_exp(y * exact_log(x));
}

double
power_of_ten(int n)
{
	double		power = 1.0;

	Assert(n >= 0 && n <= 18);
	while (n-- > 0)
		power *= 10.0;
	return power;
}

/*
 * Algorithm AS 241, PPND16 (Wichura: "The percentage points of the normal
 * distribution", Applied Statistics 37, 1988).
 */
double
exact_normal_quantile(double p)
{
	static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
		1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
	6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
	static const double b[] = {1.0, 4.2313330701600911252e1,
		6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
	3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3};
	static const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0,
		5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
	2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
	static const double d[] = {1.0, 2.05319162663775882187e0,
		1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
	1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
	static const double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0,
		1.78482653991729133580e0, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
	1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
	static const double f[] = {1.0, 5.99832206555887937690e-1,
		1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
	1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
	double		q = p - 0.5;
	double		r;
	double		z;

	if (fabs(q) <= 0.425)
	{
		r = 0.180625 - q * q;
		return q * horner(a, 8, r) / horner(b, 8, r);
	}
	r = sqrt(-exact_log(q < 0 ? p : 1.0 - p));
	if (r <= 5.0)
		z = horner(c, 8, r - 1.6) / horner(d, 8, r - 1.6);
	else
		z = horner(e, 8, r - 5.0) / horner(f, 8, r - 5.0);
	return q < 0 ? -z : z;
}
