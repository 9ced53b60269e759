// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PAR_EL1 says, in the words of the walkers, and whether that is what a software
 * walker says.  Sections are those of DDI0487.
 */
#include <kunit/visibility.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "cpu_regime.h"
#include "visit.h"

/* D24.2: PAR_EL1, 64 bits of it */
enum cpu_par {
	PAR_F			= BIT_ULL(0),
	/* where F is 0 */
	PAR_SH			= GENMASK_ULL(8, 7),
	PAR_PA			= GENMASK_ULL(51, 12),
	PAR_ATTR		= GENMASK_ULL(63, 56),
	/* where F is 1 */
	PAR_LEVEL		= GENMASK_ULL(2, 1),	/* FST[1:0] */
	PAR_FAULT		= GENMASK_ULL(6, 3),	/* FST[5:2] */
	PAR_S			= BIT_ULL(9),
};

/* D8.3: of a stage 1 leaf */
#define LEAF_ATTR_INDX	GENMASK_ULL(4, 2)

/* B2.7.2: an attribute byte of MAIR or PAR_EL1 */
static enum lab_memory_type attr_memory(u8 attr)
{
	static const enum lab_cacheability policy[] = {
		LAB_CACHE_WT,	/* 0b00RW: transient */
		LAB_CACHE_WB,	/* 0b01RW: transient, 0b0100 aside */
		LAB_CACHE_WT,
		LAB_CACHE_WB,
	};
	u8 inner = attr & 0xf, outer = attr >> 4;

	if (!outer)	/* Device: 0b0000dd00, or with FEAT_XS 0b0000dd01 */
		return attr & 2 ? LAB_MEM_OTHER :
		       attr & 0xc ? LAB_MEM_DEVICE : LAB_MEM_STRONGLY_ORDERED;
	if (attr == 0x40)	/* FEAT_XS */
		return LAB_MEM_NORMAL_NC;
	if (attr == 0xa0)	/* FEAT_XS */
		return LAB_MEM_NORMAL_WT;
	if (attr == 0xf0)	/* FEAT_MTE2: tagged */
		return LAB_MEM_NORMAL_WB;
	if (!inner)
		return LAB_MEM_OTHER;
	return lab_memory_normal(inner == 4 ? LAB_CACHE_NC : policy[inner >> 2],
				 outer == 4 ? LAB_CACHE_NC : policy[outer >> 2]);
}

/* D8.6: Device and Non-cacheable memory is outer shareable, always. */
static bool always_outer(enum lab_memory_type memory)
{
	return memory == LAB_MEM_DEVICE || memory == LAB_MEM_STRONGLY_ORDERED ||
	       memory == LAB_MEM_NORMAL_NC;
}

static void read_attributes(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
			    u64 par, const struct lab_translation *walk,
			    struct lab_cpu_answer *out)
{
	static const enum lab_shareability share[] = {
		LAB_SH_NONE, LAB_SH_NONE, LAB_SH_OUTER, LAB_SH_INNER,
	};
	enum lab_memory_type seen = attr_memory(FIELD_GET(PAR_ATTR, par));

	out->memory = seen;
	out->memory_known = true;
	out->share_known = true;
	if (q->fwb && !q->has_fwb) {
		out->memory_known = false;
		out->share_known = false;
	} else if (!m->el2) {
		/* Another MAIR: what counts is whether the index is the right one. */
		unsigned int shift = 8 * FIELD_GET(LEAF_ATTR_INDX, walk->desc[walk->level]);

		if (attr_memory(m->mair >> shift) == seen)
			out->memory = attr_memory(q->mair >> shift);
		else
			out->memory = LAB_MEM_OTHER;
		out->share_known = !always_outer(seen);
	}
	out->share = share[FIELD_GET(PAR_SH, par)];
	if (always_outer(out->memory)) {
		out->share = LAB_SH_OUTER;
		out->share_known = out->memory_known;
	}
}

static const char *fault_word(const struct lab_cpu_question *q, u64 par)
{
	static const char * const words[] = {
		LAB_WHY_ADDRESS_SIZE, LAB_WHY_TRANSLATION, LAB_WHY_ACCESS_FLAG, "permission",
	};
	u64 fault = FIELD_GET(PAR_FAULT, par);

	if (FIELD_GET(PAR_S, par) + 1 != q->stage)
		return "fault of the other stage";
	return fault < ARRAY_SIZE(words) ? words[fault] : "fault without a name";
}

/**
 * lab_cpu_read_answer() - what the CPU said of each access
 * @m:		the CPU
 * @q:		what it was asked
 * @walk:	what a software walker says
 * @out:	PAR_EL1 of each access is there; filled in
 *
 * Context: Any.
 */
void lab_cpu_read_answer(const struct lab_cpu_machine *m, const struct lab_cpu_question *q,
			 const struct lab_translation *walk, struct lab_cpu_answer *out)
{
	out->stage = q->stage;
	out->asked = BIT(LAB_CPU_ACCESSES) - 1;
	if (!walk->fault && walk->attrs.dirty_managed && !walk->attrs.dirty)
		out->asked &= ~(BIT(LAB_CPU_PRIV_WRITE) | BIT(LAB_CPU_USER_WRITE));

	for (unsigned int i = 0; i < LAB_CPU_ACCESSES; i++) {
		u64 par = out->par[i];

		if ((par & PAR_F) || !(out->asked & BIT(i)))
			continue;
		if (!out->allowed) {
			out->oa = (par & PAR_PA) | (q->iova & 0xfff);
			read_attributes(m, q, par, walk, out);
		}
		out->allowed |= BIT(i);
	}
	if (out->par[LAB_CPU_PRIV_READ] & PAR_F) {
		out->fault = fault_word(q, out->par[LAB_CPU_PRIV_READ]);
		out->level = FIELD_GET(PAR_LEVEL, out->par[LAB_CPU_PRIV_READ]);
	}
}

/* Rights of one privilege, or "-" */
static const char *rights(const struct lab_cpu_answer *cpu, unsigned int read, unsigned int write)
{
	bool r = cpu->allowed & BIT(read), w = cpu->allowed & BIT(write);

	return r && w ? "rw" : r ? "r" : w ? "w" : "-";
}

/**
 * lab_cpu_text() - an answer in words
 * @cpu:	the answer
 * @buf:	where the words go
 * @size:	room in @buf, in bytes; LAB_CPU_TEXT_BYTES is enough
 *
 * "not asked: why", "KIND fault at level N", or an output address and what is
 * allowed there: "0x1000, rw priv, r user".
 *
 * Context: Any.
 * Return: @buf, always terminated unless @size is 0.
 */
const char *lab_cpu_text(const struct lab_cpu_answer *cpu, char *buf, size_t size)
{
	if (cpu->refused)
		scnprintf(buf, size, "not asked: %s", cpu->refused);
	else if (!cpu->allowed)
		scnprintf(buf, size, "%s fault at level %u", cpu->fault, cpu->level);
	else
		scnprintf(buf, size, "%#llx, %s priv, %s user", (u64)cpu->oa,
			  rights(cpu, LAB_CPU_PRIV_READ, LAB_CPU_PRIV_WRITE),
			  rights(cpu, LAB_CPU_USER_READ, LAB_CPU_USER_WRITE));
	return buf;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_text);

static bool expected(const struct lab_attrs *attrs, unsigned int access)
{
	switch (access) {
	case LAB_CPU_PRIV_READ:
		return attrs->priv_read;
	case LAB_CPU_PRIV_WRITE:
		return attrs->priv_write;
	case LAB_CPU_USER_READ:
		return attrs->user_read;
	default:
		return attrs->user_write;
	}
}

static bool is_fault(u64 par, const char *fault, u8 level, u8 stage)
{
	const struct lab_cpu_question q = { .stage = stage };

	return (par & PAR_F) && !strcmp(fault_word(&q, par), fault) &&
	       FIELD_GET(PAR_LEVEL, par) == level;
}

/**
 * lab_cpu_differs() - where the CPU and a software walker do not agree
 * @cpu:	the CPU's answer
 * @walk:	the walker's, of the same address and tables
 *
 * Knows what cannot be compared.
 *
 * Context: Any.
 * Return: NULL where they agree or the CPU was not asked, else what is different,
 * in words.
 */
const char *lab_cpu_differs(const struct lab_cpu_answer *cpu,
			    const struct lab_translation *walk)
{
	static const char * const access[] = {
		"privileged read", "privileged write", "unprivileged read", "unprivileged write",
	};
	u8 stage = cpu->stage;

	if (cpu->refused)
		return NULL;
	for (unsigned int i = 0; i < LAB_CPU_ACCESSES; i++) {
		u64 par = cpu->par[i];

		if (!(cpu->asked & BIT(i)))
			continue;
		if (walk->fault) {
			if (!(par & PAR_F))
				return "mapped or not";
			if (!is_fault(par, walk->fault, walk->level, stage))
				return "fault";
		} else if (!expected(&walk->attrs, i)) {
			if (!(par & PAR_F))
				return access[i];
			if (!is_fault(par, "permission", walk->level, stage))
				return "fault";
		} else {
			if (par & PAR_F)
				return is_fault(par, "permission", walk->level, stage) ?
				       access[i] : "mapped or not";
			if ((par & PAR_PA) != (walk->oa & PAR_PA))
				return "output address";
		}
	}
	if (walk->fault || !cpu->allowed)
		return NULL;
	if (cpu->memory_known && cpu->memory != walk->attrs.memory)
		return "memory type";
	if (cpu->share_known && cpu->share != walk->attrs.share)
		return "shareability";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(lab_cpu_differs);
