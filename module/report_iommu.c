// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's part on the fake IOMMU: masters behind IOMMUs of the field, as the
 * kernel's own DMA API maps for them.  Where the tables of their domain lie is shown
 * beside where the buffers lie, whose bytes the engine moves both ways.
 *
 * Sleeps; one at a time, for an IOMMU has a name in sysfs.
 */
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/master.h"
#include "iommu/tables.h"
#include "report_parts.h"

static DEFINE_MUTEX(section_lock);

/* One whose tables must lie low whatever the buffers do, and one that is free. */
static const struct {
	const char *profile;
	bool coherent;
} shown[] = {
	{ "mtk", false },
	{ "smmu", true },
};

/* A buffer of every kind that is memory; the first shares its cache lines. */
static const char * const program[] = {
	"kmalloc 8 dir=from",
	"kmalloc 512",
	"page 64K dir=to",
	"sg 4K,1000@24,64K,8@4000",
	"sg 4K,64K dir=to",
	"coherent 16K",
	"attrs 256K",
	"noncontiguous 64K",
};

/* What the buffers of a master come to. */
struct sums {
	unsigned int nr;
	u64 bytes, high, bounced;
};

static void sum_up(struct lab_master *m, struct sums *sums)
{
	struct lab_buffer *b;

	mutex_lock(&m->lock);
	list_for_each_entry(b, &m->buffers, link) {
		sums->nr++;
		sums->bytes += b->bytes;
		sums->bounced += b->bounced;
		for (unsigned int i = 0; i < b->nr_pieces; i++)
			if (b->pieces[i].pa >= SZ_4G)
				sums->high += b->pieces[i].bytes;
	}
	mutex_unlock(&m->lock);
}

/* Every buffer is mapped and used, and stays; 0 or what ended it. */
static int run(struct lab_master *m)
{
	for (int i = 0; i < ARRAY_SIZE(program); i++) {
		struct lab_buffer_params params;
		struct lab_buffer *b;
		char text[64];
		int ret;

		strscpy(text, program[i]);
		ret = lab_buffer_parse(m->params.name, text, &params);
		if (ret)
			return ret;
		b = lab_buffer_map(m, &params);
		if (IS_ERR(b))
			return PTR_ERR(b);
		ret = lab_buffer_use(b);
		if (ret)
			return ret;
	}
	return 0;
}

static void show_row(struct seq_file *s, struct lab_master *m)
{
	struct lab_domain *d = lab_domain_of(m->attached);
	struct lab_domain_tables tables = {};
	struct sums sums = {};
	char text[40];

	if (d)
		lab_domain_count_tables(d, &tables);
	sum_up(m, &sums);
	snprintf(text, sizeof(text), "%s, %u bits, %s",
		 m->params.coherent ? "coherent" : "noncoherent", m->params.mask_bits,
		 m->attached->type == IOMMU_DOMAIN_DMA ? "DMA" : "not DMA");
	seq_printf(s, "%-27s %6llu %6llu  %7u %9llu %9llu  %9lld %8llu\n", text, tables.nr,
		   tables.low_nr, sums.nr, sums.bytes, sums.high, atomic64_read(&m->moved),
		   sums.bounced);
}

static void show_master(struct lab_report *r, struct lab_iommu *iommu, bool coherent)
{
	struct lab_master_params params;
	struct lab_master *m;
	int ret;

	lab_master_params_default(&params);
	strscpy(params.name, iommu->params.domain.name);
	params.coherent = coherent;
	/* So that what is merged has an end */
	params.max_segment = SZ_64K;
	m = lab_master_create(iommu, &params);
	if (IS_ERR(m)) {
		seq_puts(r->m, "not shown: its master could not be created, the kernel log says why\n");
		r->missed++;
		return;
	}
	ret = run(m);
	if (ret) {
		seq_printf(r->m, "FAILED: a buffer could not be mapped or used (%pe), the kernel log says which\n",
			   ERR_PTR(ret));
		r->failed++;
	} else {
		show_row(r->m, m);
	}
	if (lab_iommu_verify(iommu))
		r->missed++;
	lab_master_destroy(m);
}

static void show_iommu(struct lab_report *r, const char *profile, bool coherent)
{
	struct lab_iommu_params params;
	struct lab_iommu *iommu;
	const char *why = NULL;
	char text[40];

	seq_printf(r->m, "%-11s ", profile);
	snprintf(text, sizeof(text), "profile=%s", profile);
	if (lab_iommu_parse(text, &params)) {
		seq_puts(r->m, "not shown: out of memory\n");
		r->missed++;
		return;
	}
	why = lab_not_offered(params.domain.format, params.domain.provider,
			      params.domain.allocator);
	if (why) {
		seq_printf(r->m, "not offered: %s\n", why);
		return;
	}
	/* No name that people can give: theirs would be the same in sysfs. */
	snprintf(params.domain.name, sizeof(params.domain.name), "report.%s", profile);
	iommu = lab_iommu_create(&params, &r->tally);
	if (IS_ERR(iommu)) {
		seq_puts(r->m, "not shown: could not be created, the kernel log says why\n");
		r->missed++;
		return;
	}
	show_master(r, iommu, coherent);
	lab_iommu_destroy(iommu);
}

/**
 * lab_report_iommu() - the DMA API over tables of the lab's
 * @r:		the report
 *
 * Context: Process; sleeps.
 */
void lab_report_iommu(struct lab_report *r)
{
	const char *why = lab_iommu_refuses();

	if (why) {
		seq_printf(r->m, "\nno fake IOMMU: %s\n", why);
		return;
	}
	seq_printf(r->m, "\n%-11s %-27s %6s %6s  %7s %9s %9s  %9s %8s\n", "fake IOMMU",
		   "master, domain", "tables", "<4 GB", "buffers", "bytes", ">4 GB", "moved",
		   "bounced");
	mutex_lock(&section_lock);
	for (int i = 0; i < ARRAY_SIZE(shown); i++)
		show_iommu(r, shown[i].profile, shown[i].coherent);
	mutex_unlock(&section_lock);
}
