# SPDX-License-Identifier: ISC
#
# The rows of `letterbox --dump-options`: applet, option, argument, flags, help. Afterwards name[1..n] are all names in
# order, real[NAME] is the applet behind a name, summary[NAME] one line; command[1..commands] are the commands of letterbox
# itself; subs[NAME] are the words behind an applet's name, sub_of[1..subcommands] the names of those ("listmgr add").

function quote(text) {
	gsub(/\047/, "\047\\\047\047", text)
	return "\047" text "\047"
}
function all_commands(    i, list) {
	for (i = 1; i <= commands; i++)
		list = list (i > 1 ? " " : "") command[i]
	return list
}
function all_names(    i, list) {
	for (i = 1; i <= n; i++)
		list = list (i > 1 ? " " : "") name[i]
	return list
}
$4 == "applet" || $4 == "alias" {
	name[++n] = $1
	real[$1] = $4 == "alias" ? $5 : $1
	summary[$1] = $4 == "alias" ? "another name of " $5 : $5
	next
}
$4 == "command" {
	command[++commands] = $1
	summary[$1] = $5
	next
}
$4 == "subcommand" {
	split($1, part, " ")
	subs[part[1]] = subs[part[1]] " " part[2]
	sub_of[++subcommands] = $1
	summary[$1] = $5
	next
}
$4 !~ /hidden|ignored|refused/ { option($1, $2, $3, $4, $5) }
END {
	if (n == 0)
		exit 1
	write()
}
