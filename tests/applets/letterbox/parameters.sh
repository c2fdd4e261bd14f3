#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox.conf(5): the page and the table of parameters agree, and every example in the page, and the sample
# configuration, is accepted.
. "${0%/*}/../../support/lib.sh"
t_init
cd "$TOP" || exit 1

t_expect_exit 0 tools/lint-parameters
t_is "$(cat "$T/out")" '' 'the page and the table say the same'

sed -n 's/^\.Dl \([a-zA-Z_]* = .*\)/\1/p' man/letterbox.conf.5 | grep -v '^name = value' >"$T/examples.conf"
LETTERBOX_CONF=$T/examples.conf t_expect_exit 0 letterbox config
count=$(grep -c ' = ' "$T/examples.conf")
t_is "$(LETTERBOX_CONF=$T/examples.conf letterbox config | grep -c '^# .*examples\.conf:')" "$count" \
	'each example in the page is what its parameter becomes'
t_like "$count" '^[1-9][0-9]+$' 'there are examples'

# What is a comment in the sample is the default, or an example: both are valid.
for file in examples/letterbox.conf examples/openwrt/files/letterbox.conf; do
	sed 's/^#\([a-zA-Z_]* = \)/\1/' "$file" >"$T/sample.conf"
	LETTERBOX_CONF=$T/sample.conf t_expect_exit 0 letterbox config
done
t_done
