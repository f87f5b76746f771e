/* fit: the small robust statistics that the indicators share. Nothing here allocates. */
#ifndef UAVLAKE_FIT_H
#define UAVLAKE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIT_TERMS_MAX 5

/* The q quantile (0 … 1), interpolated; `values` are reordered. NAN for none. */
double fit_quantile(double *values, uint32_t count, double q);
/* 1.4826 × median absolute deviation: the standard deviation of a normal sample, untouched by outliers. Values are
 * reordered and overwritten. NAN for none. */
double fit_spread(double *values, uint32_t count);

/* y ≈ Σ coefficient[t] × x[row × terms + t] by least squares with Huber's weights (k = 1.345, ten rounds).
 * ret_errors: standard errors of the coefficients, may be NULL. False where the terms can't be told apart. */
bool fit_linear(const double *x, const double *y, uint32_t rows, uint32_t terms, double ret_coefficients[FIT_TERMS_MAX],
                double ret_errors[FIT_TERMS_MAX]);
/* Slope of y over x by fit_linear; NAN where there is none. */
double fit_slope(const double *x, const double *y, uint32_t rows);
/* Pearson's correlation; NAN where one of them is constant. */
double fit_correlation(const double *x, const double *y, uint32_t rows);

/* The one step that splits the values best into "before" and "after" (least squares, each part at least `least` long).
 * Returns the step's height (after − before), *ret_at the index of the first value after it. NAN for too few. */
double fit_step(const double *values, uint32_t count, uint32_t least, uint32_t *ret_at);

#endif
