# shellcheck shell=bash
# A Kubernetes API for agents in the lab's namespaces: keys and certificates, and the mock's control.

# A CA and a certificate of it for 127.0.0.1 and ::1, below $LAB/kube.
kube_certificates() { # [NAME [ADDRESS]]: of the CA; one address more
	local name=${1:-ca} more=${2:+,IP:$2} dir=$LAB/kube
	mkdir -p "$dir"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
		-keyout "$dir/$name.key" -out "$dir/$name.crt" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=apiserver" \
		-keyout "$dir/$name-server.key" -out "$dir/$name-server.csr" 2>/dev/null
	openssl x509 -req -in "$dir/$name-server.csr" -CA "$dir/$name.crt" -CAkey "$dir/$name.key" -days 2 \
		-extfile <(echo "subjectAltName=IP:127.0.0.1,IP:::1$more") -out "$dir/$name-server.crt" 2>/dev/null
	printf 'a-secret-token\n' >"$dir/token"
	chmod 600 "$dir/token"
}

mock_start() { # NAMESPACE [CA [ADDRESS]]
	local ca=${2:-ca}
	lab_spawn mock "$1" "$BATS_TEST_DIRNAME/mock_apiserver.py" "${3:-127.0.0.1}" 6443 "$LAB/kube/$ca-server.crt" \
		"$LAB/kube/$ca-server.key" "$LAB/kube/control"
	lab_until 10 mock '{}'
}

mock() { # ORDER
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
s.shutdown(socket.SHUT_WR)
print(s.makefile().read(), end="")' "$LAB/kube/control" "$1"
}

# Node NAME with these annotations; the prefix is the Node's, no Cilium unless the test makes it.
mock_node() { # NAME PREFIX [KEY=VALUE]...
	mock "$(mock_node_json "$@")"
}

mock_node_json() { # the same arguments: the order to the mock
	local name=$1 prefix=$2
	shift 2
	jq -cn --arg name "$name" --arg prefix "$prefix" '{set: "/api/v1/nodes", object: {
		metadata: {name: $name, uid: "u-1", annotations: ($ARGS.positional |
			map(capture("^(?<key>[^=]*)=(?<value>.*)$")) | from_entries)},
		spec: {podCIDR: $prefix, podCIDRs: [$prefix]}, status: {}}}' --args "$@"
}

kube_agent() { # NODE [VARIABLE=VALUE...]
	local node=$1
	shift
	lab_agent "$node" LEAFPEER_KUBE_API=https://127.0.0.1:6443 LEAFPEER_KUBE_TOKEN_FILE="$LAB/kube/token" \
		LEAFPEER_KUBE_CA_FILE="$LAB/kube/ca.crt" "$@"
}
