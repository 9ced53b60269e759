// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what a call of map_pages or unmap_pages says it did what the tables show?
 *
 * Each call is looked at by itself, as it returns, also where it failed.  From there
 * on the lab goes by the tables, so that one wrong number does not lead to requests
 * that a kernel WARNs of.  Any context: it looks, takes no lock and does not sleep.
 */
#include <linux/minmax.h>

#include "exact.h"
#include "instance.h"
#include "compat/compat.h"

/**
 * struct count - what a range of addresses has in the tables
 * @first:	first input address
 * @last:	last input address
 * @bytes:	how much of it is mapped
 * @lowest:	the first address that is, above @last for none
 * @end:	where the stretch from @first that is mapped without a gap ends
 */
struct count {
	u64 first, last;
	u64 bytes;
	u64 lowest;
	u64 end;
};

static int count_run(void *ctx, const struct lab_walk_leaf *leaf, u32 nr)
{
	struct count *c = ctx;
	u64 first = max(leaf->iova, c->first);
	u64 last = min(leaf->iova + (leaf->bytes * nr - 1), c->last);

	/* An access faults there. */
	if (!leaf->attrs.access_flag)
		return 0;
	if (!c->bytes)
		c->lowest = first;
	c->bytes += last - first + 1;
	if (first == c->end)
		c->end = last + 1;
	return 0;
}

static struct count count_mapped(const struct lab_instance *inst, u64 iova, u64 bytes)
{
	static const struct lab_walk_visitor visitor = { .run = count_run };
	struct count c = { .first = iova, .last = iova + (bytes - 1), .end = iova };

	inst->params.format->walker->walk(&inst->cfg, iova, c.last, &visitor, &c);
	return c;
}

/**
 * lab_exact_map() - judge a call of map_pages
 * @inst:	the instance, locked
 * @call:	the request
 * @fresh:	nothing was mapped in it before
 * @ret:	what the call returned
 * @mapped:	bytes that it says it mapped
 *
 * Context: Any; the instance's mutex is held.
 * Return: bytes that it mapped from the request's beginning on.
 */
u64 lab_exact_map(struct lab_instance *inst, const struct lab_call *call, bool fresh, int ret,
		  size_t mapped)
{
	u64 look = min(call->bytes, (u64)mapped + (fresh ? call->pgsize : 0));
	struct count c = { .end = call->iova };
	bool exact;

	if (inst->tally.not_checked[LAB_RULE_MAPPED_EXACT])
		return min((u64)mapped, call->bytes);

	if (look)
		c = count_mapped(inst, call->iova, look);
	/* All that was said, from the beginning, and no more. */
	exact = mapped <= call->bytes && c.end - call->iova >= mapped &&
		(!fresh || c.bytes == mapped) && (ret || mapped);
	if (!exact && fresh)
		c = count_mapped(inst, call->iova, call->bytes);
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT, exact,
		  "map of %#llx bytes by %#zx at iova %#llx: returned %d, says %#zx bytes, the tables have %#llx of which %#llx in a row",
		  call->bytes, call->pgsize, call->iova, ret, mapped, c.bytes,
		  c.end - call->iova);
	return exact ? mapped : min(c.end - call->iova, call->bytes);
}

/**
 * lab_exact_unmap() - judge a call of unmap_pages
 * @inst:	the instance, locked
 * @call:	the request, all of which was mapped
 * @unmapped:	bytes that it says it unmapped
 *
 * Context: Any; the instance's mutex is held.
 * Return: bytes that it unmapped from the request's beginning on.
 */
u64 lab_exact_unmap(struct lab_instance *inst, const struct lab_call *call, size_t unmapped)
{
	u64 look = min(call->bytes, (u64)unmapped + call->pgsize);
	struct count c;
	bool exact;

	if (inst->tally.not_checked[LAB_RULE_MAPPED_EXACT])
		return min((u64)unmapped, call->bytes);

	c = count_mapped(inst, call->iova, look);
	exact = unmapped <= call->bytes && c.bytes == look - unmapped &&
		(!c.bytes || c.lowest == call->iova + unmapped);
	if (!exact)
		c = count_mapped(inst, call->iova, call->bytes);
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT, exact,
		  "unmap of %#llx bytes by %#zx at iova %#llx: says %#zx bytes, the tables still have %#llx",
		  call->bytes, call->pgsize, call->iova, unmapped, c.bytes);
	if (exact)
		return unmapped;
	return c.bytes ? c.lowest - call->iova : call->bytes;
}

/**
 * lab_exact_errno() - judge the errno of a request that nothing is wrong with
 * @inst:	the instance, locked
 * @call:	the request
 * @ret:	what map_pages returned
 * @before:	the ledger's counts before the request, where there is one
 *
 * It fails for want of memory or not at all; and where all tables are seen to be
 * had and kept, not for that.  A device may refuse a table, unseen.
 *
 * Context: Any; the instance's mutex is held.
 */
void lab_exact_errno(struct lab_instance *inst, const struct lab_call *call, int ret,
		     const struct lab_ledger_stats *before)
{
	bool want = true;

	if (inst->params.allocator && inst->params.coherent) {
		struct lab_ledger_stats now = lab_ledger_stats(&inst->ledger);

		want = now.failed > before->failed || now.frees > before->frees;
	}
	lab_check(&inst->tally, LAB_RULE_MAPPED_EXACT, !ret || (ret == -ENOMEM && want),
		  "map of %#llx bytes by %#zx at iova %#llx: %pe, %s", call->bytes, call->pgsize,
		  call->iova, ERR_PTR(ret), ret == -ENOMEM ? "and no table was refused" :
		  "for a request that can be done");
}
