/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_NAMESERVER_H
#define TESTS_SUPPORT_NAMESERVER_H

/*
 * nameserver - a DNS server in a process of its own, by UDP and TCP on 127.0.0.1, that answers from a script.
 *
 * Each line of it is "NAME TYPE DATA": A, AAAA, MX ("5 mail.example.org", "0 ."), CNAME, TXT, TLSA ("3 1 1 HEX"); or
 * "NAME AD": what it says of the name is signed; "NAME RCODE 2": it fails; "NAME SILENT": it never answers; "NAME
 * EDNS": it gives FORMERR to EDNS; "NAME REFERRAL": no recursion; "NAME GARBAGE": an answer that is cut off. A line
 * "NAME A 192.0.2.1 * 500" stands for 500 of them. Names without a line do not exist. What does not fit DNSMSG_UDP by
 * UDP is cut short and must be asked for by TCP.
 */

#include <stdbool.h>
#include <sys/types.h>

struct nameserver {
	const char *script;
	pid_t pid;
	int port;
	char address[32]; /* "127.0.0.1:PORT", for dns_servers */
	struct nameserver_heard {
		int udp, tcp; /* questions */
	} * heard;
};

void nameserver_start(struct nameserver *s, const char *script);
void nameserver_end(struct nameserver *s);

#endif
