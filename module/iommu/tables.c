// SPDX-License-Identifier: GPL-2.0-only
/* How many tables a domain has, and where they lie, as a walk finds them. */
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "iommu/domain.h"
#include "iommu/tables.h"

static int count_table(void *ctx, const struct lab_walk_table *t)
{
	struct lab_domain_tables *tables = ctx;

	tables->nr++;
	tables->bytes += t->bytes;
	if (t->pa + t->bytes <= SZ_4G) {
		tables->low_nr++;
		tables->low_bytes += t->bytes;
	}
	tables->lowest = min_t(u64, tables->lowest, t->pa);
	tables->highest = max_t(u64, tables->highest, t->pa + t->bytes - 1);
	return 0;
}

/**
 * lab_domain_count_tables() - count the tables of a domain
 * @d:		the domain
 * @tables:	filled in
 *
 * Nobody maps meanwhile, who may do so where nobody sleeps.
 *
 * Context: Any.
 */
void lab_domain_count_tables(struct lab_domain *d, struct lab_domain_tables *tables)
{
	static const struct lab_walk_visitor visitor = { .shapes = true, .table = count_table };
	struct lab_instance *inst = d->inst;
	unsigned long flags;

	*tables = (struct lab_domain_tables) { .lowest = U64_MAX };
	write_lock_irqsave(&d->tables, flags);
	inst->params.format->walker->walk(&inst->cfg, inst->first, inst->last, &visitor, tables);
	write_unlock_irqrestore(&d->tables, flags);
}
