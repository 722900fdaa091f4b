#!/usr/bin/env bats
# shellcheck disable=SC2012,SC2119,SC2120 # names are ours; bats calls functions
# BMP to pmacct's collector: what it understood is its log, one JSON object a message.

load helper

ROUTES=100000

collector() { # ID NAMESPACE ADDRESS [PORT]
	cat >"$LAB/$1.conf" <<-CONF
		daemonize: false
		bmp_daemon_ip: $3
		bmp_daemon_port: ${4:-11019}
		bmp_daemon_msglog_file: $LAB/$1.json
		bmp_daemon_msglog_output: json
	CONF
	lab_spawn "$1" "$2" pmbmpd -f "$LAB/$1.conf"
	lab_until 10 grep -q 'waiting for BMP data' "$LAB/log/$1"
}

# There is a message of which the jq condition holds.
seen() { # ID CONDITION
	[ -f "$LAB/$1.json" ] || return 1
	# its last line may be half written
	sed '$!b;/}$/!d' "$LAB/$1.json" | jq -e -n "[inputs | select($2)] | length > 0" >/dev/null
}

station() { # ADDRESS...: in node1's startup-config
	local addr i=0
	{
		printf 'router bgp 65000\n   timers bgp 3 9\n   neighbor 10.90.224.98 maximum-routes 0\n'
		printf 'ip prefix-list PODS seq 10 permit 10.0.0.0/8 le 32\n'
		printf 'router bgp 65000\n   neighbor 10.90.224.98 prefix-list PODS in\n'
		for addr; do
			i=$((i + 1))
			printf 'monitor station s%d %s\n' $i "$addr"
		done
	} >"$LAB/node1.conf"
}

# A ToR with networks of its own, by FRR.
tor() { # NETWORK...
	local net
	{
		echo "router bgp 65001"
		echo " bgp router-id 10.90.224.98"
		echo " no bgp ebgp-requires-policy"
		echo " no bgp network import-check"
		echo " neighbor 10.90.224.105 remote-as 65000"
		echo " address-family ipv4 unicast"
		for net; do
			echo "  network $net"
		done
	} | lab_frr tor1
}

tor_do() { # LINE...: within router bgp's family
	local args=() line
	for line; do
		args+=(-c "$line")
	done
	lab_in tor1 vtysh --vty_socket "$LAB/tor1" -c 'configure terminal' -c 'router bgp 65001' \
		-c 'address-family ipv4 unicast' "${args[@]}"
}

node1() { # VARIABLES...
	lab_agent node1 BGP_AS=65000 BGP_PEER=10.90.224.98 BGP_REMOTE_AS=65001 \
		POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always "$@"
	lab_until 20 lab_established node1 1
}

caught_up() { # ID: the station that is the only one
	[ "$(lab_ctl node1 'show bmp | json' | jq -r '.stations[].state')" = up ]
}

@test "a collector sees the session, routes before and after policy, what is announced, the Loc-RIB" {
	lab_dual
	collector pm tor1 10.90.224.98
	station 10.90.224.98
	tor 10.233.1.0/24 192.168.7.0/24
	node1
	lab_until 10 seen pm '.bmp_msg_type == "init" and .bmp_init_info_sysname == "node1"'
	# the session, with the ends of its connection
	lab_until 10 seen pm '.bmp_msg_type == "peer_up" and .peer_ip == "10.90.224.98" and .peer_asn == 65001
		and .bgp_id == "10.90.224.98" and .local_ip == "10.90.224.105" and (.remote_port == 179 or .local_port == 179)'
	lab_until 10 seen pm '.bmp_msg_type == "peer_up" and .peer_type == 3 and .is_loc == 1 and .peer_asn == 65000'
	# before policy both routes, behind it the one that the list permits
	pre='.bmp_msg_type == "route_monitor" and .is_in == 1 and .is_post == 0'
	post='.bmp_msg_type == "route_monitor" and .is_in == 1 and .is_post == 1'
	lab_until 10 seen pm "$pre and .ip_prefix == \"10.233.1.0/24\" and .as_path == \"65001\" and .bgp_nexthop == \"10.90.224.98\""
	lab_until 10 seen pm "$pre and .ip_prefix == \"192.168.7.0/24\""
	lab_until 10 seen pm "$post and .ip_prefix == \"10.233.1.0/24\""
	lab_until 10 seen pm '.is_loc == 1 and .ip_prefix == "10.233.1.0/24" and .log_type == "update"'
	lab_until 10 seen pm '.is_out == 1 and .ip_prefix == "10.233.0.0/24" and .log_type == "update" and .as_path == "65000"'
	# and the node's own prefix is in the Loc-RIB (RFC 9069), without a next hop or a path
	lab_until 10 seen pm '.is_loc == 1 and .ip_prefix == "10.233.0.0/24" and .log_type == "update" and .bgp_nexthop == "0.0.0.0" and .as_path == ""'
	lacks seen pm "$post and .ip_prefix == \"192.168.7.0/24\""
	lacks seen pm '.is_loc == 1 and .ip_prefix == "192.168.7.0/24"'
	# what happens later
	tor_do 'network 10.233.2.0/24' 'no network 10.233.1.0/24'
	lab_until 10 seen pm "$pre and .ip_prefix == \"10.233.2.0/24\""
	lab_until 10 seen pm "$pre and .log_type == \"withdraw\" and .ip_prefix == \"10.233.1.0/24\""
	lab_until 10 seen pm "$post and .log_type == \"withdraw\" and .ip_prefix == \"10.233.1.0/24\""
	lab_until 10 seen pm '.is_loc == 1 and .log_type == "withdraw" and .ip_prefix == "10.233.1.0/24"'
	# own prefixes come and go
	sed -i 's/^   timers bgp 3 9/&\n   network 172.20.0.3\/32/' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 10 seen pm '.is_loc == 1 and .log_type == "update" and .ip_prefix == "172.20.0.3/32"'
	lab_until 10 seen pm '.is_out == 1 and .log_type == "update" and .ip_prefix == "172.20.0.3/32"'
	sed -i '/172.20.0.3/d' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 10 seen pm '.is_loc == 1 and .log_type == "withdraw" and .ip_prefix == "172.20.0.3/32"'
	lab_until 10 seen pm '.is_out == 1 and .log_type == "withdraw" and .ip_prefix == "172.20.0.3/32"'
	# what stays was told once in each table
	[ "$(grep -v '"is_in": 1' "$LAB/pm.json" | grep -c '"ip_prefix": "10.233.0.0/24"')" = 2 ]
	# policy changes, the ToR says nothing
	sed -i 's,permit 10.0.0.0/8 le 32,permit 192.168.0.0/16 le 24,' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 10 seen pm "$post and .log_type == \"update\" and .ip_prefix == \"192.168.7.0/24\""
	lab_until 10 seen pm "$post and .log_type == \"withdraw\" and .ip_prefix == \"10.233.2.0/24\""
	# the session goes, by us and then by the ToR
	lab_ctl node1 clear ip bgp 10.90.224.98
	lab_until 10 seen pm '.bmp_msg_type == "peer_down" and .reason_type == 1'
	lab_until 20 lab_established node1 1
	tor_do 'exit' 'neighbor 10.90.224.105 shutdown'
	lab_until 10 seen pm '.bmp_msg_type == "peer_down" and .reason_type == 3'
	lab_kill node1-agent
	lab_until 10 seen pm '.bmp_msg_type == "term"'
}

@test "a neighbour of any AS: the collector is told which one it has" {
	lab_dual
	collector pm tor1 10.90.224.98
	printf '%s\n' 'router bgp 65000' '   timers bgp 3 9' '   neighbor 10.90.224.98 remote-as external' \
		'monitor station s1 10.90.224.98' >"$LAB/node1.conf"
	tor 10.233.1.0/24
	lab_agent node1 POD_CIDR=10.233.0.0/24 LEAFPEER_ADVERTISE=always
	lab_until 20 lab_established node1 1
	lab_until 10 seen pm '.bmp_msg_type == "peer_up" and .peer_ip == "10.90.224.98" and .peer_asn == 65001'
	lab_until 10 seen pm '.is_in == 1 and .ip_prefix == "10.233.1.0/24"'
	lacks seen pm '.peer_asn == 0'
}

@test "a station that was restarted is told everything again; a new one is told, a removed one is left" {
	lab_dual
	station 10.90.224.98
	tor 10.233.1.0/24
	node1
	lab_until 5 log_has node1 'no connection to the station'
	collector pm tor1 10.90.224.98
	lab_until 20 seen pm '.is_loc == 1 and .ip_prefix == "10.233.1.0/24"'
	lab_until 5 caught_up
	lab_kill pm KILL
	# or reset it, if it had not read all of it
	lab_until 5 log_has node1 'no connection to the station.*\(the station closed the connection\|Connection reset by peer\)'
	rm -f "$LAB/pm.json"
	collector pm tor1 10.90.224.98
	lab_until 20 seen pm '.is_loc == 1 and .ip_prefix == "10.233.1.0/24"'
	lab_until 5 seen pm '.bmp_msg_type == "peer_up" and .peer_ip == "10.90.224.98"'
	# another one, on the other ToR
	collector pm2 tor2 10.90.225.99
	station 10.90.224.98 10.90.225.99
	lab_ctl node1 reload
	lab_until 20 seen pm2 '.is_out == 1 and .ip_prefix == "10.233.0.0/24"'
	station
	lab_ctl node1 reload
	lab_until 5 seen pm2 '.bmp_msg_type == "term"'
	[ "$(lab_ctl node1 'show bmp | json' | jq '.stations | length')" = 0 ]
	lab_established node1 1
}

@test "host routes that come one by one are told once each, not all of them each time" {
	lab_dual
	collector pm tor1 10.90.224.98
	station 10.90.224.98
	tor 10.233.1.0/24
	node1
	lab_until 10 caught_up
	for i in {1..100}; do
		lab_record node1 "pod$i" "10.50.0.$i"
		sleep 0.01
	done
	all_out() { [ "$(grep '"is_out": 1' "$LAB/pm.json" | grep -o '"ip_prefix": "10.50.0[^"]*"' | sort -u | wc -l)" = 100 ]; }
	lab_until 20 all_out
	[ "$(grep '"is_out": 1' "$LAB/pm.json" | grep -c '"ip_prefix": "10.50.0')" = 100 ]
	[ "$(grep '"is_loc": 1' "$LAB/pm.json" | grep -c '"ip_prefix": "10.50.0')" = 100 ]
}

@test "a station as a switch has it: the same block, printed so, shut down and started by a reload" {
	lab_single
	tor 10.1.0.0/16
	collector c1 tor1 10.90.224.98 5000
	cat >"$LAB/node1.conf" <<-CONF
		router bgp 65000
		   timers bgp 3 9
		   bgp monitoring
		   monitoring station COLLECTOR
		      update-source Management1
		      statistics
		      connection address 10.90.224.98
		      connection mode active port 5000
		      export-policy received routes post-policy
	CONF
	node1
	lab_until 10 seen c1 '.bmp_msg_type == "route_monitor" and .ip_prefix == "10.1.0.0/16"'
	log_has node1 'note="ignored: update-source Management1"'
	lab_ctl node1 'show running-config' >"$LAB/running"
	grep -A 2 -x '   monitoring station COLLECTOR' "$LAB/running" | tail -n 2 |
		diff - <(printf '      connection address 10.90.224.98\n      connection mode active port 5000\n')
	# what is printed is what is in force
	cp "$LAB/running" "$LAB/node1.conf"
	lab_ctl node1 reload
	[ "$(lab_ctl node1 'show bmp | json' | jq '.stations[].connects')" = 1 ]
	sed -i '/connection mode/a\      shutdown' "$LAB/node1.conf"
	lab_ctl node1 reload
	[ "$(lab_ctl node1 'show bmp | json' | jq '.stations | length')" = 0 ]
	lab_ctl node1 'show running-config' | grep -x '      shutdown'
	sed -i '/ shutdown/d' "$LAB/node1.conf"
	lab_ctl node1 reload
	lab_until 10 caught_up c1
}

@test "CLOUDVISION_IP is a station, and the log says what it gets" {
	lab_dual
	collector pm tor1 10.90.224.98
	tor 10.233.1.0/24
	node1 CLOUDVISION_IP=10.90.224.98
	log_has node1 'a station will be told of all sessions and routes by BMP (RFC 7854) station=cloudvision address=10.90.224.98 port=11019'
	lab_until 20 seen pm '.is_loc == 1 and .ip_prefix == "10.233.1.0/24"'
}

# BIRD as the ToR, with many routes.
many() {
	{
		echo "router id 10.90.224.98;"
		echo "protocol device {}"
		echo "protocol static { ipv4;"
		awk -v n=$ROUTES 'BEGIN { for (i = 0; i < n; i++)
			printf "route 10.%d.%d.%d/32 blackhole;\n", i / 65536, i / 256 % 256, i % 256 }'
		echo "}"
		echo "protocol bgp node1 { local 10.90.224.98 as 65001; neighbor 10.90.224.105 as 65000;"
		echo "  hold time 90; ipv4 { import all; export all; }; }"
	} >"$LAB/tor1.bird.conf"
	lab_spawn tor1-bird tor1 bird -f -c "$LAB/tor1.bird.conf" -s "$LAB/tor1.ctl" -P "$LAB/tor1.pid"
	lab_until 20 test -S "$LAB/tor1.ctl"
}

accepted() { # NUMBER
	[ "$(lab_ctl node1 'show ip bgp summary | json' |
		jq '.vrfs.default.peers[].prefixAccepted')" = "$1" ]
}

lines() { # CONDITION NUMBER: at least so many different prefixes
	[ "$(grep -a "$1" "$LAB/pm.json" | grep -ao '"ip_prefix": "[^"]*"' | sort -u | wc -l)" -ge "$2" ]
}

@test "100000 routes reach a collector, each of them in each table" {
	lab_dual
	collector pm tor2 10.90.225.99
	station 10.90.225.99
	many
	node1
	lab_until 60 accepted $ROUTES
	lab_until 90 caught_up
	for table in '"is_post": 0, "is_in": 1' '"is_post": 1, "is_in": 1' '"is_loc": 1'; do
		lab_until 60 lines "$table" $ROUTES
	done
	[ "$(lab_ctl node1 'show bmp | json' | jq '.stations[].restarts')" = 0 ]
}

rss() {
	awk '/^VmRSS/ {print $2}' "/proc/$(lab_pid node1-agent)/status"
}

@test "a station that does not read costs its buffer and no more, and has all when it reads" {
	# shellcheck disable=SC2034 # of lab.sh; sanitizers would keep what was freed
	LAB_BUILD=$LAB_ROOT/build
	lab_dual
	lab_spawn mock tor2 python3 "$BATS_TEST_DIRNAME/mock_station.py" 10.90.225.99 11019 "$LAB/read"
	lab_until 10 grep -q listening "$LAB/log/mock"
	station
	many
	node1
	lab_until 60 accepted $ROUTES
	before=$(rss)
	station 10.90.225.99
	lab_ctl node1 reload
	lab_until 10 grep -q connected "$LAB/log/mock"
	sleep 1
	# the whole table over and over: lost, and there again
	for _ in 1 2 3; do
		lab_ctl node1 clear ip bgp '*'
		lab_until 60 accepted $ROUTES
	done
	after=$(rss)
	echo "resident before $before KiB, after $after KiB"
	[ $((after - before)) -lt 16384 ]
	# from now on it reads; what it is told at last is what there is, in the Loc-RIB with the node's own
	touch "$LAB/read"
	lab_until 60 caught_up
	told() { kill -USR1 "$(lab_pid mock)" && tail -n 1 "$LAB/log/mock" | grep -qx "pre $ROUTES post $ROUTES loc $((ROUTES + 1))"; }
	lab_until 60 told
}
