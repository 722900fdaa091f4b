# shellcheck shell=bash
# Four ToRs of one node, each another speaker: a cell of the matrix is one test with all of them.
#
#	frr      10.90.1.98/24  fd90:1::98/64   eth1
#	bird     10.90.2.98/24  fd90:2::98/64   eth2    node1  .105
#	gobgp    10.90.3.98/24  fd90:3::98/64   eth3
#	openbgpd 10.90.4.98/24  fd90:4::98/64   eth4
#
# What is to be different from the plain session is in variables: MX_AS (65001), MX_V6=1 (the session runs
# over IPv6), MX_PASSWORD, MX_GTSM=1, MX_PASSIVE=1 (they never dial), MX_OLD=1 (no 4-octet ASNs, no
# capabilities), MX_GR=1, MX_ADDPATH=1, MX_ROLE=provider (RFC 9234).

MX_ALL="frr bird gobgp openbgpd"

mx_index() { # SPEAKER
	case $1 in frr) echo 1 ;; bird) echo 2 ;; gobgp) echo 3 ;; openbgpd) echo 4 ;; esac
}

mx_addr() { # SPEAKER 98|105: of the ToR or the node, in the session's family
	if [ -n "${MX_V6:-}" ]; then echo "fd90:$(mx_index "$1")::$2"; else echo "10.90.$(mx_index "$1").$2"; fi
}

mx_frr() {
	local n=$1 me=10.90.1.98
	{
		echo "router bgp $MX_AS"
		echo " bgp router-id $me"
		echo " no bgp ebgp-requires-policy"
		echo " no bgp network import-check"
		echo " timers bgp 3 9"
		[ -z "${MX_GR:-}" ] || printf '%s\n' " bgp graceful-restart" " bgp graceful-restart preserve-fw-state"
		echo " neighbor $n remote-as 65000"
		[ -z "${MX_PASSWORD:-}" ] || echo " neighbor $n password $MX_PASSWORD"
		[ -z "${MX_GTSM:-}" ] || echo " neighbor $n ttl-security hops 1"
		[ -z "${MX_PASSIVE:-}" ] || echo " neighbor $n passive"
		[ -z "${MX_OLD:-}" ] || echo " neighbor $n dont-capability-negotiate"
		[ -z "${MX_V6:-}" ] || echo " neighbor $n capability extended-nexthop"
		[ -z "${MX_ROLE:-}" ] || echo " neighbor $n local-role $MX_ROLE"
		echo " address-family ipv4 unicast"
		echo "  network 172.16.0.0/16 route-map ATTRS"
		echo "  neighbor $n activate"
		echo " exit-address-family"
		echo " address-family ipv6 unicast"
		echo "  network 2001:db8:16::/48"
		[ -n "${MX_OLD:-}" ] || echo "  neighbor $n activate"
		echo " exit-address-family"
		printf '%s\n' "route-map ATTRS permit 10" " set metric 77" " set community 65001:1 65001:2" \
			" set large-community 65001:1:2" " set extcommunity rt 65001:3" " set origin egp" \
			" set as-path prepend 65009"
	} | lab_frr frr
}

mx_bird() {
	local n=$1 quote='"'
	cat >"$LAB/bird.conf" <<-CONF
		router id 10.90.2.98;
		protocol device {}
		protocol direct { ipv4; ipv6; }
		protocol static { ipv4; route 172.16.0.0/16 blackhole; }
		protocol static path1 { ipv4; ${MX_ADDPATH:+route 172.30.0.0/16 blackhole;} }
		protocol static path2 { ipv4; ${MX_ADDPATH:+route 172.30.0.0/16 blackhole;} }
		protocol static { ipv6; route 2001:db8:16::/48 blackhole; }
		protocol bgp node1 {
		  local $(mx_addr bird 98) as $MX_AS; neighbor $n as 65000; hold time 9;
		  ${MX_PASSWORD:+password $quote$MX_PASSWORD$quote;}
		  ${MX_GTSM:+ttl security on;}
		  ${MX_PASSIVE:+passive on;}
		  ${MX_ROLE:+local role $MX_ROLE;}
		  ${MX_OLD:+enable as4 off; capabilities off;}
		  graceful restart ${MX_GR:+on}${MX_GR:-aware};
		  ipv4 {
		    ${MX_V6:+extended next hop on;}
		    import all;
		    ${MX_ADDPATH:+add paths tx;}
		    export filter {
		      if proto = "path1" then { bgp_next_hop = 10.90.2.71; accept; }
		      if proto = "path2" then { bgp_next_hop = 10.90.2.72; accept; }
		      if source != RTS_STATIC then reject;
		      bgp_med = 77; bgp_origin = ORIGIN_EGP; bgp_path.prepend(65009);
		      bgp_community.add((65001,1)); bgp_community.add((65001,2));
		      bgp_large_community.add((65001,1,2)); bgp_ext_community.add((rt,65001,3));
		      accept;
		    };
		  };
		  ${MX_OLD:+# }ipv6 { import all; export where source = RTS_STATIC; };
		}
	CONF
	sed -i 's/on1;/on;/' "$LAB/bird.conf"
	lab_spawn bird bird bird -f -c "$LAB/bird.conf" -s "$LAB/bird.ctl" -P "$LAB/bird.pid"
	lab_until 5 test -S "$LAB/bird.ctl"
}

mx_gobgp() {
	local n=$1 f
	{
		printf '%s\n' '[global.config]' "as = $MX_AS" 'router-id = "10.90.3.98"' \
			"local-address-list = [\"$(mx_addr gobgp 98)\"]" '[[neighbors]]' '[neighbors.config]' \
			"neighbor-address = \"$n\"" 'peer-as = 65000'
		[ -z "${MX_PASSWORD:-}" ] || echo "auth-password = \"$MX_PASSWORD\""
		printf '%s\n' '[neighbors.timers.config]' 'hold-time = 9' 'keepalive-interval = 3'
		[ -z "${MX_GTSM:-}" ] || printf '%s\n' '[neighbors.ttl-security.config]' 'enabled = true' 'ttl-min = 255'
		[ -z "${MX_PASSIVE:-}" ] || printf '%s\n' '[neighbors.transport.config]' 'passive-mode = true'
		[ -z "${MX_GR:-}" ] || printf '%s\n' '[neighbors.graceful-restart.config]' 'enabled = true' 'restart-time = 60'
		for f in ipv4-unicast ipv6-unicast; do
			printf '%s\n' '[[neighbors.afi-safis]]' '[neighbors.afi-safis.config]' "afi-safi-name = \"$f\""
			[ -z "${MX_GR:-}" ] || printf '%s\n' '[neighbors.afi-safis.mp-graceful-restart.config]' 'enabled = true'
			[ -z "${MX_ADDPATH:-}" ] || printf '%s\n' '[neighbors.afi-safis.add-paths.config]' 'send-max = 8'
		done
	} >"$LAB/gobgp.toml"
	lab_spawn gobgp gobgp gobgpd -t toml -f "$LAB/gobgp.toml" --api-hosts 127.0.0.1:50051 --pprof-disable ${MX_RESTARTED:+-r}
	lab_until 10 lab_in gobgp gobgp global
	lab_in gobgp gobgp global rib add 172.16.0.0/16 nexthop 10.90.3.98 origin egp med 77 aspath 65009 \
		community 65001:1,65001:2 large-community 65001:1:2 rt 65001:3
	lab_in gobgp gobgp global rib add -a ipv6 2001:db8:16::/48 nexthop fd90:3::98
	[ -z "${MX_ADDPATH:-}" ] || for f in 1 2; do
		lab_in gobgp gobgp global rib add 172.30.0.0/16 nexthop "10.90.3.7$f" origin igp identifier "$f"
	done
}

mx_openbgpd() {
	local n=$1 home
	cat >"$LAB/openbgpd.conf" <<-CONF
		AS $MX_AS
		router-id 10.90.4.98
		socket "$LAB/openbgpd.sock"
		fib-update no
		listen on $(mx_addr openbgpd 98)
		network 172.16.0.0/16 set { nexthop 10.90.4.98 metric 77 origin egp community 65001:1 community 65001:2 \\
		    large-community 65001:1:2 ext-community rt 65001:3 prepend-self 2 }
		network 2001:db8:16::/48 set nexthop fd90:4::98
		neighbor $n {
		    remote-as 65000
		    holdtime 9
		    ${MX_PASSWORD:+tcp md5sig password $MX_PASSWORD}
		    ${MX_GTSM:+ttl-security yes}
		    ${MX_PASSIVE:+passive}
		    ${MX_OLD:+announce capabilities no}
		    ${MX_ADDPATH:+announce add-path send all}
		    $([ -n "${MX_OLD:-}" ] || printf '%s\n' 'announce IPv4 unicast' '    announce IPv6 unicast')
		}
		allow from any
		allow to any
	CONF
	chmod 600 "$LAB/openbgpd.conf"
	# its processes change their root to the home of its user, which its service would make
	home=$(getent passwd _openbgpd | cut -d: -f6)
	if [ ! -d "$home" ]; then
		mkdir "$home" && LAB_MADE_DIRS+=("$home")
	fi
	lab_spawn openbgpd openbgpd "$(command -v bgpd)" -d -f "$LAB/openbgpd.conf"
	lab_until 10 mx_bgpctl show summary
}

mx_bgpctl() {
	lab_in openbgpd bgpctl -s "$LAB/openbgpd.sock" "$@"
}

mx_stop() { # SPEAKER [SIGNAL]
	case $1 in
	frr) lab_kill frr-bgpd "${2:-TERM}" && lab_kill frr-zebra "${2:-TERM}" ;;
	*) lab_kill "$1" "${2:-TERM}" ;;
	esac
}

mx_start() { # SPEAKER
	: "${MX_AS:=65001}"
	"mx_$1" "$(mx_addr "$1" 105)"
}

# The fabric with these speakers, and the node: its configuration for each neighbour from the arguments.
mx_fabric() { # "SPEAKERS" [LINE...]: each line for each neighbour
	local speakers=$1 s i line
	shift
	: "${MX_AS:=65001}"
	lab_ns node1
	for s in $speakers; do
		i=$(mx_index "$s")
		lab_tor "$s" "10.90.$i.98/24" "fd90:$i::98/64"
		lab_link "$s" node1 "eth$i" "10.90.$i.105/24" "fd90:$i::105/64"
	done
	{
		printf '%s\n' 'router bgp 65000' '   timers bgp 3 9' '   router-id 10.90.1.105'
		for s in $speakers; do
			echo "   neighbor $(mx_addr "$s" 98) remote-as $MX_AS"
			for line; do echo "   neighbor $(mx_addr "$s" 98) $line"; done
		done
		printf '%s\n' leafpeer '   pod-cidr 10.233.0.0/24' '   pod-cidr fd00:233::/64' '   advertise always'
	} >"$LAB/node1.conf"
	# duplicate address detection: an address that is being looked at cannot be listened on
	for s in $speakers; do lab_until 5 mx_addresses_ready "$s"; done
	for s in $speakers; do mx_start "$s"; done
	lab_agent node1
}

mx_addresses_ready() { # NAMESPACE
	! lab_ip "$1" -6 addr show | grep -q tentative && ! lab_ip node1 -6 addr show | grep -q tentative
}

# How the speaker has our prefix, as text.
mx_sees() { # SPEAKER PREFIX
	local family=ipv4
	case $2 in *:*) family=ipv6 ;; esac
	case $1 in
	frr) lab_vtysh frr show bgp $family unicast "$2" ;;
	bird) birdc -s "$LAB/bird.ctl" show route "$2" all ;;
	gobgp) lab_in gobgp gobgp global rib -a $family "$2" ;;
	openbgpd) mx_bgpctl show rib detail "$2" ;;
	esac
}

mx_has() { # SPEAKER PREFIX TEXT...: all of them
	local speaker=$1 prefix=$2 text seen
	shift 2
	seen=$(mx_sees "$speaker" "$prefix")
	for text; do
		grep -q -- "$text" <<<"$seen" || return 1
	done
}

# How the node has the path that it heard from the speaker, as text: from its AS path on.
mx_learned() { # SPEAKER PREFIX
	local family=ip
	case $2 in *:*) family=ipv6 ;; esac
	lab_ctl node1 show $family bgp "$2" | awk -v peer="from $(mx_addr "$1" 98) " '
		/^  [^ ]/ { if (index(path, peer)) print path; path = "" }
		{ path = path "\n" $0 }
		END { if (index(path, peer)) print path }'
}

mx_learned_has() { # SPEAKER PREFIX TEXT...: all of them
	local speaker=$1 prefix=$2 text learned
	shift 2
	learned=$(mx_learned "$speaker" "$prefix")
	for text; do
		grep -q -- "$text" <<<"$learned" || return 1
	done
}

mx_established() { # SPEAKER
	[ "$(lab_ctl node1 'show ip bgp summary | json' |
		jq -r --arg peer "$(mx_addr "$1" 98)" '.vrfs.default.peers[$peer].peerState')" = Established ]
}
