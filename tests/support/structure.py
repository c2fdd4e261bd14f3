#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""structure.py FILE [DIRECTORY] - a message as Python's email module reads it: a line for each part, indented, with what
it is called; the decoded content of each leaf is written to DIRECTORY/1, /2 ... in order. A defect is printed, too."""
import email
import email.policy
import os
import sys


def words(part):
    out = [part.get_content_type()]
    for name in ("charset", "name", "format", "type", "smime-type", "header"):
        value = part.get_param(name)
        if value is not None:
            out.append(f"{name}={email.utils.collapse_rfc2231_value(value)}")
    out.append(part.get("content-transfer-encoding", "-"))
    if part.get_content_disposition():
        out.append(part.get_content_disposition())
    if part.get_filename() is not None:
        out.append(f"filename={part.get_filename()}")
    if part.get("content-id"):
        out.append(part["content-id"])
    if part.get("content-description"):
        out.append(f"({part['content-description']})")
    return " ".join(str(word) for word in out) + "".join(f" DEFECT {defect!r}" for defect in part.defects)


def show(part, depth, leaves):
    print("  " * depth + words(part))
    if part.is_multipart():
        for child in part.get_payload():
            show(child, depth + 1, leaves)
    else:
        leaves.append(part.get_payload(decode=True))


with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
leaves = []
show(message, 0, leaves)
if len(sys.argv) > 2:
    os.makedirs(sys.argv[2], exist_ok=True)
    for number, leaf in enumerate(leaves, 1):
        with open(os.path.join(sys.argv[2], str(number)), "wb") as out:
            out.write(leaf)
