/* SPDX-License-Identifier: ISC */
/*
 * facts - what SORT has to know of a message.
 */
#include "imap/facts.h"

#include "imap/lineage.h"

void facts_turn(struct imap_source *source, size_t i)
{
	if (source->i != i || source->uid != source->box->view.uid[i])
		imap_source_turn(source, i);
}

int facts_add_to_sort(struct sort *sort, unsigned needs, struct imap_source *source, size_t i, struct fault *f)
{
	struct fields fields = { 0 };
	struct sort_facts facts = { .fields = &fields };
	struct span header;

	facts_turn(source, i);
	if ((needs & SORT_NEEDS_ARRIVAL) && imap_source_date(source, &facts.arrival, f) < 0)
		return -1;
	if ((needs & SORT_NEEDS_SIZE) && imap_source_size(source, &facts.size, f) < 0)
		return -1;
	if (needs & SORT_NEEDS_FIELDS) {
		if (imap_source_fields(source, &header, f) < 0)
			return -1;
		fields_find(header, &fields);
	}
	if ((needs & SORT_NEEDS_SENT) && lineage_date(source, &facts.sent, f) < 0)
		return -1;
	sort_add(sort, (uint32_t)i + 1, &facts);
	return 0;
}
