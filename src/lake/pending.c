/* pending: weak stand-ins for stages that have not landed yet; each falls away as its stage comes in. To be deleted. */
#include "lake/lake_private.h"
#define WEAK __attribute__((weak))
#define NOT(e) return error_set(e, STATUS_UNSUPPORTED, "%s is not there yet", __func__)
WEAK struct health *health_new(const struct flight *f, const struct log_summary *l) { (void)f,(void)l; return NULL; }
WEAK void health_free(struct health *h) { (void)h; }
WEAK bool health_wants(const struct table *t) { (void)t; return false; }
WEAK void health_rows(struct health *h, const struct rows *r) { (void)h,(void)r; }
WEAK void health_end(struct health *h, struct feature_list *f) { (void)h,(void)f; }
WEAK uint32_t health_judge(const struct feature_list *const *h, uint32_t n, struct finding *f, uint32_t r) { (void)h,(void)n,(void)f,(void)r; return 0; }
WEAK const char *severity_name(enum severity s) { (void)s; return "info"; }
