# Made by tools/mkcompletions from the option tables.
_letterbox() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} name=${COMP_WORDS[0]##*/} words=
	COMPREPLY=()
	if [[ $name == letterbox && $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]]; then
		name=${COMP_WORDS[1]}
	fi
	local sub= i
	if [[ $name == listmgr ]]; then
		for ((i = 1; i < COMP_CWORD; i++)); do
			[[ ${COMP_WORDS[i]} == @(create|config|lists|add|remove|members|import|export|archive|http|check|bounces|digest|tick|keys|deliver|post|hold|accept|reject) ]] && sub=${COMP_WORDS[i]} && break
		done
	fi
	case $name${sub:+ $sub} in
	"listmgr create") words='--help --version --owner --moderator --description --address -C -o --spool' ;;
	"listmgr config") words='--help --version -n -h -v --unset -C -o --spool' ;;
	"listmgr lists") words='--help --version --json -C -o --spool' ;;
	"listmgr add") words='--help --version --set --name --welcome --topics --owners --moderators -C -o --spool' ;;
	"listmgr remove") words='--help --version --goodbye --owners --moderators -C -o --spool' ;;
	"listmgr members") words='--help --version --json --addresses --count --with --without --set --clear --name --topics --owners --moderators -C -o --spool' ;;
	"listmgr import") words='--help --version --from --members-only --owner -n -C -o --spool' ;;
	"listmgr export") words='--help --version --csv --json -C -o --spool' ;;
	"listmgr archive") words='--help --version --rebuild --output --base-url -C -o --spool' ;;
	"listmgr http") words='--help --version --listen --listen-tls --tls --foreground -v -C -o --spool' ;;
	"listmgr check") words='--help --version -C -o --spool' ;;
	"listmgr bounces") words='--help --version --json --report --reset --run -C -o --spool' ;;
	"listmgr digest") words='--help --version --force -C -o --spool' ;;
	"listmgr tick") words='--help --version -C -o --spool' ;;
	"listmgr keys") words='--help --version --rotate --forget -C -o --spool' ;;
	"listmgr deliver") words='--help --version --sender --recipient -C -o --spool' ;;
	"listmgr post") words='--help --version --approved --sender -C -o --spool' ;;
	"listmgr hold") words='--help --version --json -C -o --spool' ;;
	"listmgr accept") words='--help --version -C -o --spool' ;;
	"listmgr reject") words='--help --version --reason -C -o --spool' ;;
	imapd) words='--help --version --listen --listen-tls --tls --foreground -v --preauth -C -o --spool' ;;
	letterbox) words='--help --version --list --help --install --dump-options -v -n -h --check --json -C -o --spool' ;;
	listmgr) words='--help --version -C -o --spool create config lists add remove members import export archive http check bounces digest tick keys deliver post hold accept reject' ;;
	mailq) words='--help --version -v --json --all --sender --recipient --destination --show --hold --release --delete --requeue --flush -C -o --spool' ;;
	makemime) words='--help --version' ;;
	mda) words='--help --version -d -f -a -m --forward -C -o --spool' ;;
	mimepack) words='--help --version --from --sender --reply-to --to --cc --bcc --subject --date --message-id --in-reply-to --references --header --text --no-text --html --attach --inline --message --part --multipart --end --type --name --cid --description --disposition --charset --encoding --flowed --8bit --utf8 --sign --key --passphrase-file --opaque --digest --encrypt --cipher --seed --output --send --sendmail-option --quiet' ;;
	mimeunpack) words='--help --version -l --list -x --extract -T --text --lint --normalise --verify --decrypt -d -O --to-stdout -p -t -n -a --as-is -H --json -v --identity --key --passphrase-file --trust --certificates --max-depth --max-parts --max-header --max-size' ;;
	mpack) words='--help --version -s -d -m -c -a -o -n' ;;
	mta-relay) words='--help --version --once --daemon --next --kick --flush --all --wait --json --foreground -v -C -o --spool' ;;
	munpack) words='--help --version -f -q -t -r -C' ;;
	newaliases) words='--help --version -v -q -C -o --spool' ;;
	pop3d) words='--help --version --listen --listen-tls --tls --foreground -v -C -o --spool' ;;
	reformime) words='--help --version -e -x -X -i -s -d -D -u -r -m -h -H -o -O -c' ;;
	sendmail) words='--help --version -t -i -oi -f -r -F -N -R -V -XV -B -bs -bS -bp -bi -bv -bt -bd -bD -q -qI -qR -qS -v -od --wait --timeout --at --expires --priority --requiretls --json --lint' ;;
	rmail) words='--help --version -t -i -oi -f -r -F -N -R -V -XV -B -bs -bS -bp -bi -bv -bt -bd -bD -q -qI -qR -qS -v -od --wait --timeout --at --expires --priority --requiretls --json --lint' ;;
	smtpd) words='--help --version --listen --listen-tls --tls --foreground -v --submit --submission --lmtp -C -o --spool' ;;
	config) words="-n -h --check -v -C -o --spool $(letterbox config 2>/dev/null | sed -n 's/ = .*//p')" ;;
	doctor) words="--json -C -o --spool" ;;
	import) words="-u -f -C -o --spool" ;;
	passwd) words="-s -f -C -o --spool" ;;
	esac
	if [[ $prev == -o ]]; then
		words=$(letterbox config 2>/dev/null | sed -n 's/ = .*/=/p')
		compopt -o nospace
	elif [[ $name == letterbox && ( $COMP_CWORD -eq 1 || $prev == --help ) ]]; then
		words+=' config doctor import passwd imapd letterbox listmgr mailq makemime mda mimepack mimeunpack mpack mta-relay munpack newaliases pop3d reformime sendmail rmail smtpd'
	elif [[ $cur != -* && $name != config && $name != doctor && ! ( $name == listmgr && -z $sub ) ]]; then
		compopt -o default
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _letterbox imapd letterbox listmgr mailq makemime mda mimepack mimeunpack mpack mta-relay munpack newaliases pop3d reformime sendmail rmail smtpd
