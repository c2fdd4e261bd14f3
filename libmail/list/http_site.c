/* SPDX-License-Identifier: ISC */
/*
 * http_site - what `listmgr http` has to offer: a table of paths, and what is done for each.
 */
#include "list/http_site.h"

#include <string.h>

#include "list/http_file.h"
#include "list/http_form.h"
#include "list/http_page.h"
#include "list/page.h"
#include "list/subscribe.h"
#include "list/token.h"
#include "message/address.h"

enum { SEGMENTS_MAX = 5, LISTS_MAX = 500 /* on the first page */ };

struct visit {
	struct http_site *site;
	const struct http_request *q;
	struct http_response *out;
	struct list_run run;
	struct list list;
	struct span segments[SEGMENTS_MAX];
	size_t n;
	const char *root; /* what leads to the list's own page */
};

/* ---- answers ---- */

static void put_note(struct visit *v, int status, const char *title, const char *text)
{
	v->out->status = status;
	http_page_put_note(v->out->body, title, text, v->root);
}

static void put_not_found(struct visit *v)
{
	put_note(v, 404, "There is no such page",
		 "The link may have been cut on its way, or be too old: those in messages hold for some weeks.");
}

static void say(struct visit *v, const char *what, const char *more)
{
	if (v->site->log)
		v->site->log(v->site->ctx,
			     arena_printf(v->out->arena, "%s: %s %s", v->run.list ? v->list.name : "-", what, more));
}

/* What went wrong here is for the log; whoever asks may try again. */
static void fail(struct visit *v, const struct fault *f)
{
	say(v, "failed:", f->text);
	put_note(v, 503, "That did not work just now", "Please try again later.");
}

static void redirect(struct visit *v, const char *to)
{
	v->out->location = to;
	put_note(v, 308, "It is over there", to);
}

static void put_style(struct visit *v)
{
	v->out->status = 200;
	v->out->type = "text/css; charset=utf-8";
	page_put_style(v->out->body);
}

/* ---- tokens ---- */

struct deed {
	const char *word; /* of the token */
	enum token_action action;
	const char *log; /* that it was done */
	const char *title, *text, *button, *done, *done_text;
};

static const struct deed deeds[] = {
	{ "oneclick", TOKEN_ONECLICK, "unsubscribed at one click:", "Unsubscribe?",
	  "You will get no more messages of this list.", "Unsubscribe", "You are unsubscribed",
	  "You will get no more messages of this list." },
	{ "confirm", TOKEN_UNSUBSCRIBE, "unsubscribed:", "Unsubscribe?", "You will get no more messages of this list.",
	  "Unsubscribe", "You are unsubscribed", "You will get no more messages of this list." },
	{ "confirm", TOKEN_ACTIONS, "subscription confirmed:", "Subscribe?",
	  "Please confirm that you want to be on this list.", "Subscribe", "It is confirmed",
	  "You will get a message that says how it goes on." },
};

static const struct deed *find_deed(const char *word, enum token_action action)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(word, deeds[i].word) == 0 && (deeds[i].action == action || deeds[i].action == TOKEN_ACTIONS))
			return &deeds[i];
	return NULL;
}

/* RFC 8058 3.2: the body says so; that is what no link, preview or scanner sends. */
static int check_body(struct visit *v)
{
	struct span value;
	int rc = http_form_find(v->out->arena, v->q, "List-Unsubscribe", &value);

	if (rc < 0)
		return 415;
	return rc > 0 && span_is_nocase(span_trim(value), SPAN("One-Click")) ? 0 : 422;
}

static void do_deed(struct visit *v, const struct token *t, const struct deed *deed)
{
	int status = check_body(v), rc;
	struct fault f;

	if (status) {
		put_note(v, status, "That is not how it works", "Please use the button of the page.");
		return;
	}
	rc = subscribe_by_token(&v->run, t, span_of("", 0), &f);
	if (rc < 0 && f.kind != FAULT_PERM) {
		fail(v, &f);
		return;
	}
	/* Also for who is not on the list any more, or could not be found: nobody learns who is. */
	say(v, rc < 0 ? f.text : rc > 0 ? deed->log : "nothing to do:", t->who);
	put_note(v, 200, deed->done, deed->done_text);
}

static void take_token(struct visit *v, const char *word, struct span token)
{
	const char *rest = arena_span(v->out->arena, token);
	const struct deed *deed;
	struct token t;
	struct fault f;

	if (token_check(&v->list, v->out->arena, word, rest, v->run.now, &t, &f) < 0) {
		if (f.kind == FAULT_PERM)
			put_not_found(v);
		else
			fail(v, &f);
		return;
	}
	deed = find_deed(word, t.action);
	if (!deed) {
		put_not_found(v);
	} else if (v->q->method == HTTP_POST) {
		do_deed(v, &t, deed);
	} else {
		v->out->status = 200;
		http_page_put_question(v->out->body, &v->list, deed->title, deed->text, t.who[0] == '=' ? "" : t.who,
				       deed->button, v->root);
	}
}

static void visit_unsubscribe(struct visit *v)
{
	take_token(v, "oneclick", v->segments[2]);
}

static void visit_confirm(struct visit *v)
{
	take_token(v, "confirm", v->segments[2]);
}

/* ---- forms ---- */

/* Status of the fault, 0 with the address. */
static int find_address(struct visit *v, struct span *out)
{
	int rc = http_form_find(v->out->arena, v->q, "email", out);

	if (rc < 0)
		return 415;
	*out = span_trim(*out);
	return rc > 0 && address_is_valid(*out, false, true) && !span_has_control(*out) ? 0 : 422;
}

/* The same is said whatever comes of it. */
static void ask(struct visit *v, int (*question)(struct visit *v, struct span address, struct fault *f))
{
	struct span address = span_of("", 0);
	int status = find_address(v, &address);
	struct fault f;

	if (status) {
		put_note(v, status, "That is no address", "Please go back, and write it as in name@example.org.");
	} else if (question(v, address, &f) < 0 && f.kind != FAULT_PERM) {
		fail(v, &f);
	} else {
		say(v, "a form was sent for", arena_span(v->out->arena, address));
		put_note(v, 200, "Please look into your mail",
			 "If this can be done for the address, it gets a message that says how to go on. "
			 "It may take a few minutes, or lie among the unwanted mail.");
	}
}

static int ask_to_join(struct visit *v, struct span address, struct fault *f)
{
	return subscribe_ask(&v->run, &(struct member){ .address = address }, false, f);
}

static int ask_to_leave(struct visit *v, struct span address, struct fault *f)
{
	return unsubscribe_ask(&v->run, arena_span(v->out->arena, address), false, f);
}

static void visit_subscribe(struct visit *v)
{
	if (strcmp(v->list.settings.subscription, "closed") == 0)
		put_not_found(v);
	else if (v->q->method == HTTP_POST)
		ask(v, ask_to_join);
	else
		redirect(v, "./");
}

static void visit_leave(struct visit *v)
{
	if (v->q->method == HTTP_POST)
		ask(v, ask_to_leave);
	else
		redirect(v, "./");
}

/* ---- pages ---- */

static void visit_list(struct visit *v)
{
	v->out->status = 200;
	http_page_put_list(v->out->body, &v->list, http_file_has_pages(&v->list));
}

static void visit_page(struct visit *v)
{
	struct span name = v->segments[2].n > 0 ? v->segments[2] : SPAN("index.html");

	http_file_open(&v->list, 0, name, v->out);
	if (v->out->status != 200)
		put_not_found(v);
}

static void visit_attachment(struct visit *v)
{
	uint64_t number;

	if (!span_is(v->segments[2], SPAN("attachments")) || span_number(v->segments[3], UINT32_MAX, &number) < 0 ||
	    number == 0) {
		put_not_found(v);
		return;
	}
	http_file_open(&v->list, (uint32_t)number, v->segments[4], v->out);
	if (v->out->status != 200)
		put_not_found(v);
}

static void visit_archive(struct visit *v)
{
	redirect(v, "archive/");
}

/* Lists that have something to read for everybody. */
static void put_lists(struct visit *v)
{
	struct list_walk walk = { .places = v->run.places, .arena = v->out->arena };
	struct buf *out = v->out->body;
	const char *name;
	size_t n = 0;

	v->out->status = 200;
	http_page_begin(out, "Mailing lists", "");
	buf_put_str(
		out,
		"<h1>Mailing lists</h1>\n<ul class=\"flat\">\n<li class=\"meta\">Those with a public archive:</li>\n");
	while (n < LISTS_MAX && list_next(&walk, &name, NULL) > 0) {
		struct list l;

		if (list_open(&l, v->run.places, name, NULL) < 0)
			continue;
		if (l.settings.list_http && http_file_has_pages(&l)) {
			http_page_put_item(out, &l);
			n++;
		}
		list_close(&l);
	}
	buf_put_str(out, "</ul>\n");
	http_page_end(out);
}

/* ---- paths ---- */

static const struct {
	const char *word; /* the segment behind the list's name */
	size_t n;	  /* segments in all */
	bool posts;
	void (*visit)(struct visit *v);
} paths[] = {
	{ "", 2, false, visit_list },
	{ "style.css", 2, false, put_style },
	{ "subscribe", 2, true, visit_subscribe },
	{ "leave", 2, true, visit_leave },
	{ "archive", 2, false, visit_archive },
	{ "archive", 3, false, visit_page },
	{ "archive", 5, false, visit_attachment },
	{ "unsubscribe", 2, false, visit_list },
	{ "unsubscribe", 3, true, visit_unsubscribe },
	{ "oneclick", 3, true, visit_unsubscribe },
	{ "confirm", 3, true, visit_confirm },
};

/* "oneclick-TOKEN", as it stands in messages: as few characters as can be. */
static bool take_link(struct visit *v)
{
	static const char *const words[] = { "oneclick", "confirm" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (!span_starts(v->segments[1], span_str(words[i])) || v->segments[1].n <= n ||
		    v->segments[1].p[n] != '-')
			continue;
		take_token(v, words[i], span_from(v->segments[1], n + 1));
		return true;
	}
	return false;
}

static void visit_path(struct visit *v)
{
	if (v->n == 2 && take_link(v))
		return;
	if (v->n == 3)
		v->root = "../";
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (v->n != paths[i].n || !span_is(v->segments[1], span_str(paths[i].word)))
			continue;
		if (v->q->method == HTTP_POST && !paths[i].posts)
			v->out->status = 405;
		else
			paths[i].visit(v);
		return;
	}
	put_not_found(v);
}

/* A name as it is written in a link: nothing else ever becomes a path. */
static void enter_list(struct visit *v)
{
	const char *name = arena_span(v->out->arena, v->segments[0]);
	struct fault f;

	if (!list_is_name(v->segments[0]) || list_open(&v->list, v->run.places, name, &f) < 0) {
		put_not_found(v);
		return;
	}
	v->run.list = &v->list;
	if (!v->list.settings.list_http)
		put_not_found(v);
	else if (v->n == 1)
		redirect(v, arena_printf(v->out->arena, "%s/", name));
	else
		visit_path(v);
	list_close(&v->list);
}

static bool read_path(struct visit *v)
{
	struct span rest = v->q->path, segment;
	int rc;

	while ((rc = http_segment_next(&rest, v->out->arena, &segment)) > 0) {
		if (v->n == SEGMENTS_MAX)
			return false;
		v->segments[v->n++] = segment;
	}
	return rc == 0;
}

void http_site_respond(struct http_site *site, const struct http_request *q, struct http_response *out)
{
	struct visit v = { .site = site, .q = q, .out = out, .run = site->run, .root = "" };

	if (!read_path(&v))
		put_not_found(&v);
	else if (v.n == 1 && v.segments[0].n == 0)
		put_lists(&v);
	else if (v.n == 1 && span_is(v.segments[0], SPAN("style.css")))
		put_style(&v);
	else
		enter_list(&v);
	if (v.q->method == HTTP_POST && v.n == 1 && out->status == 200)
		out->status = 405;
}
