# SPDX-License-Identifier: BSD-2-Clause
# bash completion of tsmmr-replay, which says itself what may come next.

_tsmmr_replay()
{
	local line=${COMP_LINE:0:COMP_POINT} cur head='' reply words
	# bash cuts words at '=' and ':', too; what is before the last of them stays as it is.
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=('')
	cur=${words[${#words[@]} - 1]}
	case $cur in
	*[=:]*) head=${cur%"${cur##*[=:]}"} ;;
	esac

	COMPREPLY=()
	while IFS= read -r reply; do
		reply=${reply%%$'\t'*}
		case $reply in
		:files)
			compopt -o filenames
			while IFS= read -r reply; do
				COMPREPLY+=("$reply")
			done < <(compgen -f -- "${cur##*[=:]}") ;;
		:folders)
			compopt -o filenames
			while IFS= read -r reply; do
				COMPREPLY+=("$reply")
			done < <(compgen -d -- "${cur##*[=:]}") ;;
		*)
			COMPREPLY+=("${reply#"$head"}") ;;
		esac
	done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _tsmmr_replay tsmmr-replay
