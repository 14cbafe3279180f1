/*-------------------------------------------------------------------------
 *
 * exact_math.h
 *		Elementary functions with the same bits on every machine.
 *
 * libm's exp and log pick their code by CPU and differ in the last bit.
 * These use only IEEE addition, multiplication, division and square root,
 * which do not, provided the compiler does not fuse them (-ffp-contract=off).
 * Accuracy is about 1e-15 relative, speed is no concern: they run while a
 * plan is compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EXACT_MATH_H
#define SYNTHIK_EXACT_MATH_H

extern double exact_exp(double x);
extern double exact_log(double x);	/* x > 0 */
extern double exact_pow(double x, double y);	/* x > 0 */

/* 10^n, exact for 0 <= n <= 18 */
extern double power_of_ten(int n);

/* The standard normal's quantile function, 0 < p < 1. */
extern double exact_normal_quantile(double p);

/* The logarithm of the gamma function, x > 0. */
extern double exact_log_gamma(double x);

/* The shares of the gamma distribution below x, of shape a and scale 1, and of
 * the beta distribution; a, b > 0. */
extern double exact_gamma_share(double a, double x);
extern double exact_beta_share(double a, double b, double x);

#endif							/* SYNTHIK_EXACT_MATH_H */
