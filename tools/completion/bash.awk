# SPDX-License-Identifier: ISC

function option(applet, word, arg, flags, help) {
	words[applet] = words[applet] " " word
}
function alternatives(applet,    list) {
	list = substr(subs[applet], 2)
	gsub(/ /, "|", list)
	return list
}
function write(    i) {
	print "# Made by tools/mkcompletions from the option tables."
	print "_letterbox() {"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} name=${COMP_WORDS[0]##*/} words="
	print "\tCOMPREPLY=()"
	print "\tif [[ $name == letterbox && $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]]; then"
	print "\t\tname=${COMP_WORDS[1]}"
	print "\tfi"
	print "\tlocal sub= i"
	for (i in subs)
		print "\tif [[ $name == " i " ]]; then\n\t\tfor ((i = 1; i < COMP_CWORD; i++)); do" \
			"\n\t\t\t[[ ${COMP_WORDS[i]} == @(" alternatives(i) ") ]] && sub=${COMP_WORDS[i]} && break" \
			"\n\t\tdone\n\tfi"
	print "\tcase $name${sub:+ $sub} in"
	for (i = 1; i <= subcommands; i++)
		print "\t\"" sub_of[i] "\") words=\047--help --version" words[sub_of[i]] "\047 ;;"
	for (i = 1; i <= n; i++)
		print "\t" name[i] ") words=\047--help --version" words[real[name[i]]] subs[name[i]] "\047 ;;"
	for (i = 1; i <= commands; i++)
		print "\t" command[i] ") words=\"" substr(words[command[i]], 2) \
			(command[i] == "config" ? " $(letterbox config 2>/dev/null | sed -n \047s/ = .*//p\047)" : "") "\" ;;"
	print "\tesac"
	print "\tif [[ $prev == -o ]]; then"
	print "\t\twords=$(letterbox config 2>/dev/null | sed -n \047s/ = .*/=/p\047)"
	print "\t\tcompopt -o nospace"
	print "\telif [[ $name == letterbox && ( $COMP_CWORD -eq 1 || $prev == --help ) ]]; then"
	print "\t\twords+=\047 " all_commands() " " all_names() "\047"
	print "\telif [[ $cur != -* && $name != config && $name != doctor && ! ( $name == listmgr && -z $sub ) ]]; then"
	print "\t\tcompopt -o default"
	print "\t\treturn"
	print "\tfi"
	print "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")"
	print "}"
	print "complete -F _letterbox " all_names()
}
