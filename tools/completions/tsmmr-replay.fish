# SPDX-License-Identifier: BSD-2-Clause
# fish completion of tsmmr-replay, which says itself what may come next.

function __tsmmr_replay_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l head (string match -r '^.*=' -- $words[-1]; or echo '')
	for reply in ($words[1] __complete $words[2..-1] 2>/dev/null)
		switch $reply
			case :files
				printf '%s\n' $head(__fish_complete_path (string replace -- "$head" '' $words[-1]))
			case :folders
				printf '%s\n' $head(__fish_complete_directories (string replace -- "$head" '' $words[-1]))
			case '*'
				printf '%s\n' $reply
		end
	end
end
complete -c tsmmr-replay -f -a '(__tsmmr_replay_complete)'
