# SPDX-License-Identifier: ISC

function option(applet, word, arg, flags, help,    type) {
	type = word ~ /^--/ ? "-l " substr(word, 3) : length(word) == 2 ? "-s " substr(word, 2) : "-o " substr(word, 2)
	if (arg != "-" && flags !~ /attached/)
		type = type " -r"
	options[applet, ++count[applet]] = type " -d " quote(help)
}
function put_subcommands(applet,    i, j, word, name) {
	for (i = 1; i <= subcommands; i++) {
		name = sub_of[i]
		if (index(name, applet " ") != 1)
			continue
		word = substr(name, length(applet) + 2)
		print "complete -c " applet " -n __fish_use_subcommand -a " word " -d " quote(summary[name])
		print "complete -c letterbox -n \047__fish_seen_subcommand_from " applet "\047 -a " word " -d " quote(summary[name])
		for (j = 1; j <= count[name]; j++) {
			print "complete -c " applet " -n \047__fish_seen_subcommand_from " word "\047 " options[name, j]
			print "complete -c letterbox -n \047__fish_seen_subcommand_from " applet \
				"; and __fish_seen_subcommand_from " word "\047 " options[name, j]
		}
	}
}
function write(    i, j, of) {
	print "# Made by tools/mkcompletions from the option tables."
	for (i = 1; i <= commands; i++) {
		of = command[i]
		print "complete -c letterbox -n __fish_use_subcommand -a " of " -d " quote(summary[of])
		for (j = 1; j <= count[of]; j++)
			print "complete -c letterbox -n \047__fish_seen_subcommand_from " of "\047 " options[of, j]
	}
	print "complete -c letterbox -n \047__fish_seen_subcommand_from config\047 -f \\"
	print "\t-a \047(letterbox config 2>/dev/null | string replace -rf \" = .*\" \"\")\047"
	for (i = 1; i <= n; i++) {
		of = real[name[i]]
		if (of != "letterbox")
			print "complete -c letterbox -n __fish_use_subcommand -a " name[i] " -d " quote(summary[name[i]])
		put_subcommands(of)
		for (j = 1; j <= count[of]; j++) {
			print "complete -c " name[i] " " options[of, j]
			if (of != "letterbox")
				print "complete -c letterbox -n \047__fish_seen_subcommand_from " name[i] "\047 " options[of, j]
		}
	}
}
