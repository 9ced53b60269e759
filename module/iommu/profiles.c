// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMUs of the field by name, each in the words of create.
 */
#include <kunit/visibility.h>
#include <linux/kernel.h>

#include "iommu/iommu.h"
#include "compat/compat.h"

/*
 * Bits and quirks are those of the drivers (mtk_iommu.c, msm_iommu.c, ipmmu-vmsa.c,
 * arm-smmu.c, arm-smmu-v3.c).  Drivers of GPUs use io-pgtable without an iommu_ops,
 * and are none of these.
 */
const struct lab_iommu_profile lab_iommu_profiles[] = {
	{
		.name	= "mtk",
		.about	= "MediaTek's M4U: tables below 4 GB, memory up to 34 bits",
		.words	= "format=v7s quirks=ns,no-perms,mtk-ext ias=32 oas=34 noncoherent",
	}, {
		.name	= "mtk-34",
		.about	= "a later one: 34 bits in, 35 out, still with tables below 4 GB",
		.words	= "format=v7s quirks=ns,no-perms,mtk-ext ias=34 oas=35 noncoherent",
	}, {
		.name	= "msm",
		.about	= "Qualcomm's first: ARMv7 short descriptors, 32 bits of memory",
		.words	= "format=v7s ias=32 oas=32 noncoherent",
	}, {
		.name	= "ipmmu",
		.about	= "Renesas' IPMMU: long descriptors of AArch32",
		.words	= "format=lpae32-s1 quirks=ns ias=32 oas=40 noncoherent",
	}, {
		.name	= "smmu",
		.about	= "Arm's SMMU, stage 1, whose walks snoop the caches",
		.words	= "format=lpae-s1 ias=48 oas=48",
	}, {
		.name	= "smmu-noncoherent",
		.about	= "the same, whose walks do not",
		.words	= "format=lpae-s1 ias=48 oas=48 noncoherent",
	}, {
		.name	= "smmu-s2",
		.about	= "an SMMU that has stage 2 alone",
		.words	= "format=lpae-s2 ias=40 oas=40",
	}, {
		.name	= "smmu-16k",
		.about	= "an SMMU with pages of 16 KB, for kernels that have such or larger",
		.words	= "format=lpae-s1 granule=16K ias=48 oas=48",
	}, {
		.name	= "smmu-64k",
		.about	= "an SMMU with pages of 64 KB and 52 bits, for kernels that have such",
		.words	= "format=lpae-s1 granule=64K ias=52 oas=52",
	},
};
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_profiles);

const unsigned int lab_iommu_nr_profiles = ARRAY_SIZE(lab_iommu_profiles);
EXPORT_SYMBOL_IF_KUNIT(lab_iommu_nr_profiles);
