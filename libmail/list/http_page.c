/* SPDX-License-Identifier: ISC */
/*
 * http_page - the pages that `listmgr http` makes itself.
 */
#include "list/http_page.h"

#include <string.h>

#include "message/markup.h"

void http_page_begin(struct buf *out, const char *title, const char *root)
{
	buf_put_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light dark\">\n"
			 "<meta name=\"robots\" content=\"noindex, nofollow\">\n<title>");
	markup_put_str(out, title);
	buf_printf(out, "</title>\n<link rel=\"stylesheet\" href=\"%sstyle.css\">\n</head>\n<body>\n<main>\n", root);
}

void http_page_end(struct buf *out)
{
	buf_put_str(out, "</main>\n</body>\n</html>\n");
}

static void put_heading(struct buf *out, const char *title)
{
	buf_put_str(out, "<h1><bdi>");
	markup_put_str(out, title);
	buf_put_str(out, "</bdi></h1>\n");
}

static void put_sentence(struct buf *out, const char *class, const char *text)
{
	buf_printf(out, "<p class=\"%s\" dir=\"auto\">", class);
	markup_put_str(out, text);
	buf_put_str(out, "</p>\n");
}

void http_page_put_note(struct buf *out, const char *title, const char *text, const char *root)
{
	http_page_begin(out, title, root);
	put_heading(out, title);
	put_sentence(out, "lead", text);
	http_page_end(out);
}

/* ---- a list ---- */

static void put_form(struct buf *out, const char *action, const char *label, const char *button, const char *note)
{
	buf_printf(out,
		   "<form method=\"post\" action=\"%s\">\n<h2>%s</h2>\n<p><label for=\"%s\">Your address</label>\n"
		   "<input id=\"%s\" type=\"email\" name=\"email\" autocomplete=\"email\" maxlength=\"254\" required>\n"
		   "<button>%s</button></p>\n<p class=\"meta\">%s</p>\n</form>\n",
		   action, label, action, action, button, note);
}

void http_page_put_list(struct buf *out, struct list *l, bool has_archive)
{
	const char *title = arena_span(&l->arena, l->local);

	http_page_begin(out, title, "");
	put_heading(out, title);
	if (l->settings.description[0])
		put_sentence(out, "lead", l->settings.description);
	put_sentence(out, "meta",
		     arena_printf(&l->arena, "Messages to the list go to %s.", list_address(l, &l->arena, NULL)));
	if (has_archive)
		buf_put_str(out,
			    "<ul class=\"part\">\n<li class=\"first\"><a href=\"archive/\">Read the archive</a></li>\n"
			    "</ul>\n");
	if (strcmp(l->settings.subscription, "closed") != 0)
		put_form(out, "subscribe", "Join", "Subscribe",
			 "You will get a message. What you do with it decides; nothing happens before.");
	put_form(out, "leave", "Leave", "Unsubscribe",
		 "If the address is on the list, it will get a message that says how to leave.");
	http_page_end(out);
}

void http_page_put_item(struct buf *out, const struct list *l)
{
	buf_put_str(out, "<li><a class=\"subject\" href=\"");
	markup_put_component(out, span_str(l->name));
	buf_put_str(out, "/\"><bdi>");
	markup_put_str(out, l->name);
	buf_put_str(out, "</bdi></a> <span class=\"meta\">");
	markup_put_str(out, l->settings.description);
	buf_put_str(out, "</span></li>\n");
}

/* ---- questions ---- */

void http_page_put_question(struct buf *out, const struct list *l, const char *title, const char *text, const char *who,
			    const char *button, const char *root)
{
	http_page_begin(out, title, root);
	put_heading(out, title);
	put_sentence(out, "lead", text);
	buf_put_str(out, "<p class=\"meta\">List: <b><bdi>");
	markup_put_str(out, l->settings.address);
	buf_put_str(out, "</bdi></b>");
	if (who[0]) {
		buf_put_str(out, "<br>Address: <b><bdi>");
		markup_put_str(out, who);
		buf_put_str(out, "</bdi></b>");
	}
	buf_printf(
		out,
		"</p>\n<form method=\"post\">\n<input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\n"
		"<p><button>%s</button></p>\n</form>\n",
		button);
	http_page_end(out);
}
