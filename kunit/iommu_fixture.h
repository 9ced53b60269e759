/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites of the fake IOMMU share: IOMMUs and masters that go with their test. */
#ifndef LAB_IOMMU_FIXTURE_H
#define LAB_IOMMU_FIXTURE_H

#include "iommu/buffer.h"
#include "iommu/domain.h"
#include "iommu/iommu.h"
#include "iommu/master.h"
#include "lab_kunit.h"

/* The profile that stands for all, where these do not matter */
#define LAB_FAKE_PROFILE	"smmu"

/**
 * struct lab_fake_case - an IOMMU and a master, as a KUnit parameter
 * @profile:	what the IOMMU is
 * @mode:	what the master begins with
 * @coherent:	the master snoops
 * @kind:	of the buffers
 */
struct lab_fake_case {
	const struct lab_iommu_profile *profile;
	enum lab_iommu_mode mode;
	bool coherent;
	enum lab_buffer_kind kind;
};

/**
 * struct lab_fake - an IOMMU with a master
 * @iommu:	the IOMMU
 * @m:		the master
 * @dev:	the master's device
 * @d:		its default domain, NULL where that has no tables
 * @tally:	sees the rules of all
 */
struct lab_fake {
	struct lab_iommu *iommu;
	struct lab_master *m;
	struct device *dev;
	struct lab_domain *d;
	struct lab_tally *tally;
};

/**
 * struct lab_fake_shape - a buffer, but for its direction
 * @name:	in words
 * @p:		what it is to be
 */
struct lab_fake_shape {
	const char *name;
	struct lab_buffer_params p;
};

/* What a generator goes through beside profiles (lab_fake_next()) */
enum {
	LAB_FAKE_MODES		= BIT(0),	/* strict, lazy, identity; otherwise strict */
	LAB_FAKE_TABLES		= BIT(1),	/* of these the ones with tables */
	LAB_FAKE_COHERENCE	= BIT(2),	/* both; otherwise a coherent master */
	LAB_FAKE_KINDS		= BIT(3),	/* of buffers */
};

const void *lab_fake_next(const void *prev, char *desc, unsigned int what);

void lab_fake_params(struct kunit *test, const char *profile, enum lab_iommu_mode mode,
		     struct lab_iommu_params *params);
struct lab_iommu *lab_fake_iommu(struct kunit *test, const struct lab_iommu_params *params,
				 struct lab_tally *tally);
struct lab_master *lab_fake_master(struct kunit *test, struct lab_iommu *iommu,
				   const struct lab_master_params *params);
struct lab_fake *lab_fake_create(struct kunit *test, const struct lab_iommu_params *params,
				 const struct lab_master_params *master);
struct lab_fake *lab_fake_of_case(struct kunit *test);
struct lab_fake *lab_fake_of_profile(struct kunit *test, const char *profile,
				     const struct lab_master_params *master);
void lab_fake_destroy_iommu(struct kunit *test, struct lab_iommu *iommu);
void lab_fake_destroy(struct kunit *test, struct lab_fake *f);

struct lab_domain *lab_fake_paging(struct kunit *test, struct lab_fake *f);
void lab_fake_attach(struct kunit *test, struct lab_fake *f, struct lab_domain *d);
void lab_fake_detach(struct kunit *test, struct lab_fake *f, struct lab_domain *d);
void *lab_fake_pages(struct kunit *test, unsigned int order);

struct lab_buffer *lab_fake_map(struct kunit *test, struct lab_fake *f,
				const struct lab_buffer_params *params);
void lab_fake_unmap(struct kunit *test, struct lab_buffer *b);
bool lab_fake_has_cpu(const struct lab_buffer_params *params);
bool lab_fake_takes(const struct lab_fake *f, const struct lab_buffer_params *params);
void lab_fake_use(struct kunit *test, struct lab_fake *f, const struct lab_fake_shape *shape,
		  enum dma_data_direction dir);
void lab_fake_expect_right(struct kunit *test, struct lab_fake *f);
void lab_fake_expect_empty(struct kunit *test, struct lab_fake *f);

bool lab_fake_has_perms(const struct lab_fake *f);
u64 lab_fake_faults(const struct lab_fake *f, enum lab_fault_kind kind);

#endif /* LAB_IOMMU_FIXTURE_H */
