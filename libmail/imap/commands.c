/* SPDX-License-Identifier: ISC */
/*
 * commands - the table of IMAP commands, in the order of the RFCs. A new one is a row here, its function in a cmd_*.c,
 * and if clients must know of it a row in capability.c.
 */
#include "imap/cmd.h"

static const struct imap_command commands[] = {
	/* RFC 9051 6.1: any state */
	{ "CAPABILITY", imap_cmd_capability, IMAP_ALWAYS | IMAP_ALONE, NULL },
	{ "NOOP", imap_cmd_noop, IMAP_ALWAYS | IMAP_ALONE, NULL },
	{ "LOGOUT", imap_cmd_logout, IMAP_ALWAYS | IMAP_ALONE, NULL },
	/* 6.2: not authenticated */
	{ "STARTTLS", imap_cmd_starttls, IMAP_BEFORE | IMAP_ALONE, NULL },
	{ "AUTHENTICATE", imap_cmd_authenticate, IMAP_BEFORE, NULL },
	{ "LOGIN", imap_cmd_login, IMAP_BEFORE, NULL },
	/* 6.3: authenticated */
	{ "ENABLE", imap_cmd_enable, IMAP_AFTER, NULL },
	{ "SELECT", imap_cmd_select, IMAP_AFTER, NULL },
	{ "EXAMINE", imap_cmd_examine, IMAP_AFTER, NULL },
	{ "CREATE", imap_cmd_create, IMAP_AFTER, NULL },
	{ "DELETE", imap_cmd_delete, IMAP_AFTER, NULL },
	{ "RENAME", imap_cmd_rename, IMAP_AFTER, NULL },
	{ "SUBSCRIBE", imap_cmd_subscribe, IMAP_AFTER, NULL },
	{ "UNSUBSCRIBE", imap_cmd_unsubscribe, IMAP_AFTER, NULL },
	{ "LIST", imap_cmd_list, IMAP_AFTER, NULL },
	{ "NAMESPACE", imap_cmd_namespace, IMAP_AFTER | IMAP_ALONE, NULL },
	{ "STATUS", imap_cmd_status, IMAP_AFTER, NULL },
	{ "APPEND", imap_cmd_append, IMAP_AFTER, &imap_stream_append },
	{ "IDLE", imap_cmd_idle, IMAP_AFTER | IMAP_ALONE, NULL },
	/* 6.4: selected */
	{ "CLOSE", imap_cmd_close, IMAP_IN_BOX | IMAP_ALONE, NULL },
	{ "UNSELECT", imap_cmd_unselect, IMAP_IN_BOX | IMAP_ALONE, NULL },
	{ "EXPUNGE", imap_cmd_expunge, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_WRITES | IMAP_REMOVES, NULL },
	{ "FETCH", imap_cmd_fetch, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_HOLDS, NULL },
	{ "SEARCH", imap_cmd_search, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_HOLDS, NULL },
	{ "STORE", imap_cmd_store, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_WRITES | IMAP_NUMBERS | IMAP_HOLDS, NULL },
	{ "COPY", imap_cmd_copy, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS, NULL },
	{ "MOVE", imap_cmd_move, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_WRITES | IMAP_REMOVES, NULL },
	/* RFC 3501 6.3.9, 6.4.1 */
	{ "LSUB", imap_cmd_lsub, IMAP_AFTER, NULL },
	{ "CHECK", imap_cmd_noop, IMAP_IN_BOX | IMAP_ALONE, NULL },
	/* RFC 5256 */
	{ "SORT", imap_cmd_sort, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_HOLDS, NULL },
	{ "THREAD", imap_cmd_thread, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_HOLDS, NULL },
	/* RFC 5267 */
	{ "CANCELUPDATE", imap_cmd_cancelupdate, IMAP_IN_BOX, NULL },
	/* RFC 5465 */
	{ "NOTIFY", imap_cmd_notify, IMAP_AFTER, NULL },
	/* RFC 7377 */
	{ "ESEARCH", imap_cmd_esearch, IMAP_AFTER | IMAP_HOLDS, NULL },
	/* RFC 8508 */
	{ "REPLACE", imap_cmd_replace, IMAP_IN_BOX | IMAP_HAS_UID | IMAP_NUMBERS | IMAP_WRITES | IMAP_REMOVES,
	  &imap_stream_append },
	/* RFC 9208 */
	{ "GETQUOTA", imap_cmd_getquota, IMAP_AFTER, NULL },
	{ "GETQUOTAROOT", imap_cmd_getquotaroot, IMAP_AFTER, NULL },
	{ "SETQUOTA", imap_cmd_setquota, IMAP_AFTER, NULL },
	/* RFC 8437 */
	{ "UNAUTHENTICATE", imap_cmd_unauthenticate, IMAP_AFTER | IMAP_ALONE, NULL },
	/* RFC 4978 */
	{ "COMPRESS", imap_cmd_compress, IMAP_AFTER, NULL },
	/* RFC 5464 */
	{ "GETMETADATA", imap_cmd_getmetadata, IMAP_AFTER, NULL },
	{ "SETMETADATA", imap_cmd_setmetadata, IMAP_AFTER, &imap_stream_setmetadata },
	/* RFC 2971 */
	{ "ID", imap_cmd_id, IMAP_ALWAYS, NULL },
};

const struct imap_command *imap_command_find(struct span name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_is_nocase(name, span_str(commands[i].name)))
			return &commands[i];
	return NULL;
}
