#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox --install: links to the binary, and nothing of anybody else's is touched.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
names=$(letterbox --list | grep -v '^letterbox$')

mkdir "$T/bin"
t_expect_exit 0 letterbox --install "$T/bin"
self=$(readlink -f "$LETTERBOX")
for name in $names; do
	t_is "$(readlink "$T/bin/$name")" "$self" "$name leads to the binary"
done
t_is "$(find "$T/bin" -mindepth 1 | wc -l)" "$(printf '%s\n' "$names" | wc -l)" 'and there is nothing else'
t_expect_exit 0 letterbox --install -s "$T/bin"
t_is "$("$T/bin/mailq" --version)" "$(letterbox --version)" 'a link works'

# In the binary's own directory links are relative, so that the directory can be moved.
mkdir "$T/own"
cp "$LETTERBOX" "$T/own/letterbox"
t_expect_exit 0 "$T/own/letterbox" --install "$T/own"
t_is "$(readlink "$T/own/mailq")" letterbox 'a relative link beside the binary'
mv "$T/own" "$T/moved"
t_expect_exit 0 "$T/moved/mailq" --version

# Links to a binary that is gone are renewed.
mkdir "$T/stale"
ln -s /nowhere/letterbox "$T/stale/mailq"
t_expect_exit 0 letterbox --install "$T/stale"
t_is "$(readlink "$T/stale/mailq")" "$self" 'a stale link is renewed'

# What is somebody else's stops all of it.
mkdir "$T/taken"
echo theirs >"$T/taken/mailq"
t_expect_exit 77 letterbox --install "$T/taken"
t_like "$(cat "$T/err")" '/taken/mailq exists and is not a link to letterbox; nothing was changed' 'what is in the way'
t_is "$(cat "$T/taken/mailq") $(find "$T/taken" -mindepth 1 | wc -l)" 'theirs 1' 'nothing was changed'
rm "$T/taken/mailq"
ln -s /usr/sbin/exim4 "$T/taken/mailq"
t_expect_exit 77 letterbox --install "$T/taken"
t_is "$(readlink "$T/taken/mailq")" /usr/sbin/exim4 'nor was another link'

# make install-links: also for shells, which look for completions by the name of the command.
mkdir -p "$T/usr/share/fish/vendor_completions.d"
echo theirs >"$T/usr/share/fish/vendor_completions.d/sendmail.fish"
t_expect_exit 0 "$TOP/tools/install-links" install "$T/usr" letterbox mailq sendmail
t_is "$(cd "$T/usr" && find . -type l | sort | tr '\n' ' ')" "./bin/mailq ./lib/sendmail ./sbin/sendmail \
./share/bash-completion/completions/mailq ./share/bash-completion/completions/sendmail \
./share/fish/vendor_completions.d/mailq.fish " 'what is linked'
t_is "$(cat "$T/usr/share/fish/vendor_completions.d/sendmail.fish")" theirs "another package's completion stays"
t_expect_exit 0 "$TOP/tools/install-links" uninstall "$T/usr"
t_is "$(cd "$T/usr" && find . ! -type d)" ./share/fish/vendor_completions.d/sendmail.fish 'uninstall: all that was linked is gone'

t_expect_exit 64 letterbox --install
t_expect_exit 64 letterbox --install "$T/bin" "$T/own"
t_expect_exit 75 letterbox --install "$T/none"
t_done
