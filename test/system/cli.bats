#!/usr/bin/env bats
# shellcheck disable=SC2119,SC2120 # bats calls functions
# leafpeerctl as people use it.

load helper

@test "configure check needs no agent, and says all that is wrong with a file" {
	printf 'router bgp 65000\n   neighbor x\nfoo\n' >"$LAB/bad"
	run "$LAB_BUILD/leafpeerctl" --state-dir "$LAB/none" configure check "$LAB/bad"
	[ "$status" = 1 ]
	[[ $output == *"$LAB/bad:2:"* ]]
	[[ $output == *"$LAB/bad:3:1: foo: expected"* ]]
	run "$LAB_BUILD/leafpeerctl" configure check "$BATS_TEST_DIRNAME/../../conf/startup-config"
	[ "$status" = 0 ]
}
