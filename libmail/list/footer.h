/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_FOOTER_H
#define LIBMAIL_LIST_FOOTER_H

/*
 * footer - the lines that a list adds to its posts, where every program shows them and nothing else becomes different.
 *
 * In the text itself where the whole message is plain text, not encoded, quoted-printable or base64, in a charset that
 * has the footer's characters where it has them: ASCII ones in all that contain ASCII, others in UTF-8. (So not in
 * UTF-16, nor in a text without charset.) As the last part of a multipart/mixed; and of everything else, HTML and
 * multipart/alternative too, a multipart/mixed is made, whose first part is what was there, byte for byte. What is
 * signed or encrypted gets none: of such a message not even the structure is changed.
 */

#include "base/arena.h"
#include "list/edits.h"
#include "message/mime_tree.h"

enum footer_way {
	FOOTER_NONE,
	FOOTER_TEXT, /* behind the text */
	FOOTER_PART, /* the last part of the multipart/mixed */
	FOOTER_WRAP, /* a multipart/mixed is made */
};

/* Which way? `auto_text`: the text may be changed, else it is a part in any case. */
enum footer_way footer_way(struct arena *a, const struct mime_node *root, struct span text, bool auto_text);

/* What is known of the end of the text, from its last octets as they stand in the message. */
struct footer_end {
	bool is_empty;	 /* there is no text */
	bool ends_line;	 /* the last octet is LF */
	bool soft_break; /* of quoted-printable: the last line ends with "=" */
};

/*
 * The edits of FOOTER_TEXT and FOOTER_PART. The text is UTF-8 with LF lines, the last one ended; it lives in the arena
 * as the edits do.
 */
void footer_plan_text(struct arena *a, const struct mime_node *root, struct span text, const struct footer_end *end,
		      struct edits *edits);
void footer_plan_part(struct arena *a, const struct mime_node *root, struct span text, struct edits *edits);

/*
 * Those of FOOTER_WRAP, and what is then the message's Content-Type, "multipart/mixed; boundary=...", with its line
 * end. `fields` are the Content- fields of the message, which become the first part's.
 */
const char *footer_plan_wrap(struct arena *a, const struct mime_node *root, struct span text, struct span fields,
			     struct edits *edits);

#endif
