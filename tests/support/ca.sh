# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# ca.sh - certificates for tests, in $T: sourced behind lib.sh.
#
#	t_ca NAME                 $T/NAME.pem: a CA's key and certificate; $T/NAME.crt: the certificate alone
#	t_cert NAME CA HOST...    $T/NAME.pem: key and certificate for these names and addresses, signed by that CA

t_ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1 CA" \
		-keyout "$T/$1.key" -out "$T/$1.crt" 2>/dev/null
	cat "$T/$1.key" "$T/$1.crt" >"$T/$1.pem"
}

t_cert()
{
	t_cert_name=$1
	t_cert_ca=$2
	shift 2
	t_cert_names=
	for t_cert_host in "$@"; do
		case $t_cert_host in
		*[!0-9.]*) t_cert_names="$t_cert_names,DNS:$t_cert_host";;
		*) t_cert_names="$t_cert_names,IP:$t_cert_host";;
		esac
	done
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
		-keyout "$T/$t_cert_name.key" -out "$T/$t_cert_name.csr" 2>/dev/null
	printf 'subjectAltName=%s\n' "${t_cert_names#,}" >"$T/$t_cert_name.ext"
	openssl x509 -req -in "$T/$t_cert_name.csr" -CA "$T/$t_cert_ca.crt" -CAkey "$T/$t_cert_ca.key" -days 2 \
		-set_serial "$$" -extfile "$T/$t_cert_name.ext" -out "$T/$t_cert_name.crt" 2>/dev/null
	cat "$T/$t_cert_name.key" "$T/$t_cert_name.crt" >"$T/$t_cert_name.pem"
}
