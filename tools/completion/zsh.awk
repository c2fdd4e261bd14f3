# SPDX-License-Identifier: ISC

function option(applet, word, arg, flags, help,    long) {
	gsub(/[\[\]:\\]/, "\\\\&", help)
	gsub(/[\[\]:\\]/, "\\\\&", arg)
	long = word ~ /^--/
	if (arg != "-" && flags ~ /attached/)
		word = word (long ? "=-" : "-")
	else if (arg != "-")
		word = (flags ~ /repeatable/ ? "*" : "") word (long ? "=" : "+")
	word = word "[" help "]"
	if (arg != "-")
		word = word ":" arg ":" (word ~ /^[*]?-o[+]/ ? "_letterbox_parameters" : arg ~ /FILE|DIR|PATH/ ? "_files" : " ")
	options[applet] = options[applet] " \\\n\t\t\t" quote(word)
}
function write_subcommands(applet,    i, word) {
	print "\t" applet ")"
	print "\t\tif ((CURRENT > 2)) && [[ $words[2] != -* ]]; then"
	print "\t\t\tshift words\n\t\t\t((CURRENT--))\n\t\t\tcase $words[1] in"
	for (i = 1; i <= subcommands; i++)
		if (index(sub_of[i], applet " ") == 1) {
			word = substr(sub_of[i], length(applet) + 2)
			print "\t\t\t" word ") _arguments -s --help" options[sub_of[i]] " \\\n\t\t\t\t\047*:file:_files\047 ;;"
		}
	print "\t\t\tesac\n\t\telse"
	print "\t\t\t_arguments -s --help --version" options[applet] " \\\n\t\t\t\t\0471:command:(" substr(subs[applet], 2) ")\047"
	print "\t\tfi ;;"
}
function write_applets(    i, of) {
	for (i = 1; i <= n; i++) {
		of = real[name[i]]
		if (of != name[i])
			print "\t" name[i] ") _letterbox_one " of " ;;"
		else if (of in subs)
			write_subcommands(of)
		else if (of != "letterbox")
			print "\t" of ") _arguments -s --help --version" options[of] " \\\n\t\t\t\047*:file:_files\047 ;;"
	}
	operand["config"] = "parameter:_letterbox_parameters"
	operand["doctor"] = "domain or address:_hosts"
	operand["passwd"] = "user:_users"
	for (i = 1; i <= commands; i++)
		print "\t" command[i] ") _arguments -s" options[command[i]] " \\\n\t\t\t\047*:" \
			(command[i] in operand ? operand[command[i]] : "file:_files") "\047 ;;"
	print "\t*) _arguments -s --version" options["letterbox"] " \\"
	print "\t\t\t\0471:applet:_letterbox_applets\047 \\\n\t\t\t\047*:file:_files\047 ;;"
}
function write(    i) {
	print "#compdef " all_names()
	print "# Made by tools/mkcompletions from the option tables."
	print "_letterbox_parameters() {"
	print "\tlocal -a names"
	print "\tnames=(${(f)\"$(letterbox config 2>/dev/null | sed -n \047s/ = .*//p\047)\"})"
	print "\tcompadd -a names"
	print "}"
	print "_letterbox_applets() {"
	print "\tlocal -a names"
	print "\tnames=("
	for (i = 1; i <= n; i++)
		print "\t\t" quote(name[i] ":" summary[name[i]])
	for (i = 1; i <= commands; i++)
		print "\t\t" quote(command[i] ":" summary[command[i]])
	print "\t)"
	print "\t_describe applet names"
	print "}"
	print "_letterbox_one() {"
	print "\tcase $1 in"
	write_applets()
	print "\tesac"
	print "}"
	print "if [[ $service == letterbox && CURRENT -gt 2 && $words[2] != -* ]]; then"
	print "\tshift words"
	print "\t((CURRENT--))"
	print "\t_letterbox_one $words[1]"
	print "else"
	print "\t_letterbox_one $service"
	print "fi"
}
