# shellcheck shell=bash
# Completion of leafpeerctl for bash: the words come from leafpeerctl itself, and of neighbours from its agent.

_leafpeerctl() {
	local before=${COMP_LINE:0:COMP_POINT} words=() word text='' current='' i
	local options=()
	read -ra words <<<"$before"
	[[ $before == *[[:space:]] ]] && words+=('')
	for ((i = 1; i < ${#words[@]}; i++)); do
		word=${words[i]}
		if [[ -z $text && $word == --state-dir && i -lt $((${#words[@]} - 1)) ]]; then
			options=(--state-dir "${words[++i]}")
			continue
		fi
		[ -z "$text" ] && [[ $word == -* && i -lt $((${#words[@]} - 1)) ]] && continue
		text+=${text:+ }$word
		current=$word
	done
	COMPREPLY=()
	if [[ $text == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--state-dir --help --version -c' -- "$current")
		return
	fi
	[ "$text" = "$current" ] &&
		mapfile -t COMPREPLY < <(compgen -W 'install-cni uninstall-cni install-seccomp' -- "$current")
	while IFS=$'\t' read -r word _; do
		COMPREPLY+=("$word")
	done < <("${words[0]}" "${options[@]}" --complete "$text" 2>/dev/null)
	# bash takes what stands before a colon for a word of its own
	if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=${COMPREPLY[i]#"${current%"${current##*:}"}"}
		done
	fi
}
complete -F _leafpeerctl leafpeerctl Cli
