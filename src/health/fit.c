/* fit: see fit.h. Huber's M-estimator by iteratively reweighted least squares (P. J. Huber, Robust Statistics, 1981);
 * normal equations solved by Cholesky with the terms scaled to unit length, so that a fit of ohms beside volts stays
 * well posed. */
#include "health/fit.h"

#include <math.h>
#include <stdlib.h>

#define HUBER_K 1.345
#define HUBER_ROUNDS 10
#define RESIDUALS_MAX 4096u

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double fit_quantile(double *values, uint32_t count, double q) {
  if (count == 0)
    return NAN;
  qsort(values, count, sizeof *values, compare_doubles);
  double place = q * (count - 1);
  uint32_t low = (uint32_t)place;
  if (low + 1 >= count)
    return values[count - 1];
  return values[low] + (place - low) * (values[low + 1] - values[low]);
}

double fit_spread(double *values, uint32_t count) {
  double median = fit_quantile(values, count, 0.5);
  for (uint32_t i = 0; i < count; i++)
    values[i] = fabs(values[i] - median);
  return 1.4826 * fit_quantile(values, count, 0.5);
}

struct normal {
  double a[FIT_TERMS_MAX][FIT_TERMS_MAX];
  double b[FIT_TERMS_MAX];
};

/* Lower triangle in place; false where the matrix is not positive. */
static bool factor(struct normal *normal, uint32_t terms) {
  for (uint32_t i = 0; i < terms; i++)
    for (uint32_t j = 0; j <= i; j++) {
      double sum = normal->a[i][j];
      for (uint32_t k = 0; k < j; k++)
        sum -= normal->a[i][k] * normal->a[j][k];
      if (i == j && !(sum > 1e-9))
        return false;
      normal->a[i][j] = i == j ? sqrt(sum) : sum / normal->a[j][j];
    }
  return true;
}

static void substitute(const struct normal *normal, uint32_t terms, double *value) {
  for (uint32_t i = 0; i < terms; i++) {
    for (uint32_t k = 0; k < i; k++)
      value[i] -= normal->a[i][k] * value[k];
    value[i] /= normal->a[i][i];
  }
  for (uint32_t i = terms; i-- > 0;) {
    for (uint32_t k = i + 1; k < terms; k++)
      value[i] -= normal->a[k][i] * value[k];
    value[i] /= normal->a[i][i];
  }
}

static double residual_of(const double *x, double y, uint32_t terms, const double *coefficients) {
  for (uint32_t t = 0; t < terms; t++)
    y -= coefficients[t] * x[t];
  return y;
}

/* Robust spread of the residuals, from evenly taken rows. */
static double residual_spread(const double *x, const double *y, uint32_t rows, uint32_t terms,
                              const double *coefficients) {
  double sizes[RESIDUALS_MAX];
  uint32_t step = rows / RESIDUALS_MAX + 1, count = 0;
  for (uint32_t r = 0; r < rows; r += step)
    sizes[count++] = fabs(residual_of(&x[(size_t)r * terms], y[r], terms, coefficients));
  return 1.4826 * fit_quantile(sizes, count, 0.5);
}

static void accumulate(const double *x, double y, uint32_t terms, const double *scale, double weight,
                       struct normal *normal) {
  for (uint32_t i = 0; i < terms; i++) {
    normal->b[i] += weight * x[i] / scale[i] * y;
    for (uint32_t j = 0; j <= i; j++)
      normal->a[i][j] += weight * x[i] / scale[i] * x[j] / scale[j];
  }
}

static void fill_errors(const struct normal *normal, uint32_t terms, const double *scale, double spread,
                        double *errors) {
  for (uint32_t t = 0; t < terms; t++) {
    double unit[FIT_TERMS_MAX] = {0};
    unit[t] = 1;
    substitute(normal, terms, unit);
    errors[t] = spread * sqrt(unit[t]) / scale[t];
  }
}

bool fit_linear(const double *x, const double *y, uint32_t rows, uint32_t terms, double ret_coefficients[FIT_TERMS_MAX],
                double ret_errors[FIT_TERMS_MAX]) {
  double scale[FIT_TERMS_MAX] = {0}, coefficients[FIT_TERMS_MAX] = {0};
  if (rows <= terms || terms == 0 || terms > FIT_TERMS_MAX)
    return false;
  for (uint32_t t = 0; t < terms; t++) {
    for (uint32_t r = 0; r < rows; r++)
      scale[t] += x[(size_t)r * terms + t] * x[(size_t)r * terms + t];
    scale[t] = sqrt(scale[t]);
    if (!(scale[t] > 0) || !isfinite(scale[t]))
      return false;
  }
  double spread = INFINITY;
  for (int round = 0; round < HUBER_ROUNDS; round++) {
    struct normal normal = {0};
    for (uint32_t r = 0; r < rows; r++) {
      const double *row = &x[(size_t)r * terms];
      double size = round ? fabs(residual_of(row, y[r], terms, coefficients)) : 0;
      accumulate(row, y[r], terms, scale, size > HUBER_K * spread ? HUBER_K * spread / size : 1, &normal);
    }
    if (!factor(&normal, terms))
      return false;
    substitute(&normal, terms, normal.b);
    for (uint32_t t = 0; t < terms; t++)
      coefficients[t] = normal.b[t] / scale[t];
    spread = fmax(residual_spread(x, y, rows, terms, coefficients), 1e-12);
    if (ret_errors)
      fill_errors(&normal, terms, scale, spread, ret_errors);
  }
  for (uint32_t t = 0; t < terms; t++)
    ret_coefficients[t] = coefficients[t];
  return true;
}

double fit_slope(const double *x, const double *y, uint32_t rows) {
  double terms[2 * RESIDUALS_MAX], coefficients[FIT_TERMS_MAX];
  uint32_t used = rows < RESIDUALS_MAX ? rows : RESIDUALS_MAX;
  for (uint32_t r = 0; r < used; r++) {
    terms[2 * r] = 1;
    terms[2 * r + 1] = x[r];
  }
  return fit_linear(terms, y, used, 2, coefficients, NULL) ? coefficients[1] : NAN;
}

double fit_correlation(const double *x, const double *y, uint32_t rows) {
  double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (uint32_t r = 0; r < rows; r++) {
    mean_x += x[r];
    mean_y += y[r];
  }
  mean_x /= rows;
  mean_y /= rows;
  for (uint32_t r = 0; r < rows; r++) {
    xx += (x[r] - mean_x) * (x[r] - mean_x);
    yy += (y[r] - mean_y) * (y[r] - mean_y);
    xy += (x[r] - mean_x) * (y[r] - mean_y);
  }
  double least = 1e-24 * rows; /* of its size: rounding, not change */
  bool changes = xx > least * mean_x * mean_x && yy > least * mean_y * mean_y && xx > 0 && yy > 0;
  return changes ? xy / sqrt(xx * yy) : NAN;
}

double fit_step(const double *values, uint32_t count, uint32_t least, uint32_t *ret_at) {
  if (least == 0 || count < 2 * least)
    return NAN;
  double total = 0, before = 0, best = -1, step = NAN;
  for (uint32_t i = 0; i < count; i++)
    total += values[i];
  for (uint32_t i = 0; i < count; i++) {
    if (i >= least && count - i >= least) {
      double height = (total - before) / (count - i) - before / i;
      double gain = height * height * (double)i * (double)(count - i);
      if (gain > best) {
        best = gain;
        step = height;
        *ret_at = i;
      }
    }
    before += values[i];
  }
  return step;
}
