# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tests of mutants.py, for check-runner.sh: a tree of one file, a build and a
# command that are a line each, and every verdict.

# mutants_tree FOLDER: the tree, and the mutants that the tests choose from
mutants_tree() {
	local folder=$1
	mkdir -p "$folder"/{tree,edits}
	printf 'one\ntwo\nthree\n' >"$folder/tree/source"
	printf 'translation\nno-stray\n' >"$folder/rules"
	cat >"$folder/build" <<-'END'
		! grep -q broken "$1/source"
	END
	cat >"$folder/run" <<-'END'
		grep -q hang "$1/source" && sleep 1000
		grep -q stray "$1/source" && {
			echo '#     translation: that is known of every kernel'
			echo '# verdict: FAILED'
			echo '[ 1.0] io_pgtable_lab: a: rule no-stray violated: a page'
			exit 1
		}
		grep -q early "$1/source" && {
			echo '  no-stray: a page'
			sleep 60
			echo '  translation: another'
			exit 1
		}
		grep -q unknown "$1/source" && { echo '       FAIL suite/case'; exit 1; }
		exit 0
	END
	mutants_edit "$folder" killed no-stray two stray
	mutants_edit "$folder" by-other translation two stray
	mutants_edit "$folder" no-rule odd two unknown
	mutants_edit "$folder" survived odd two 2
	mutants_edit "$folder" hang odd two hang
	mutants_edit "$folder" early no-stray two early
	mutants_edit "$folder" no-build odd two broken
	mutants_edit "$folder" elsewhere odd four 4
	printf 'description: no end\nclass: odd\nfile: source\n--- before ---\ntwo\n' >"$folder/edits/bad.edit"
}

# mutants_edit FOLDER NAME CLASS BEFORE AFTER
mutants_edit() {
	printf 'description: %s\nclass: %s\nfile: source\n--- before ---\n%s\n--- after ---\n%s\n--- end ---\n' \
		"$2" "$3" "$4" "$5" >"$1/edits/$2.edit"
}

# mutant ONLY STATUS SAID [OPTION...]: what comes of the mutants that ONLY names; the
# tree must be as it was
mutant() {
	local name=mutant-$1 is=0 result=pass folder=$work/mutants
	names+=("$name")
	python3 -B "$top/scripts/mutants.py" --tree "$folder/tree" --folder "$folder/edits" --only "$1" \
		--rules "$folder/rules" --build "sh $folder/build $folder/tree" \
		--run "sh $folder/run $folder/tree" --results "$folder/results" --logs "$folder/logs" \
		--timeout 10 "${@:4}" >"$work/$name.err" 2>&1 || is=$?
	if [ "$is" != "$2" ]; then
		result="status $is, where $2 was due"
	elif ! grep -q -- "$3" "$work/$name.err"; then
		result="did not say '$3'"
	elif [ "$(cat "$folder/tree/source")" != $'one\ntwo\nthree' ]; then
		result="left the tree changed"
	fi
	echo "$result" >"$work/$name.result"
}

# A run that was killed, with a mutant in the tree, which the next one takes out
mutant_interrupted() {
	local folder=$work/mutants
	mkdir -p "$folder/tree/.mutated"
	mv "$folder/tree/source" "$folder/tree/.mutated/source"
	printf 'one\nhang\nthree\n' >"$folder/tree/source"
	mutant 'survive[d]' 1 'survived: survived'
}

mutants_tests() {
	mutants_tree "$work/mutants"
	mutant killed 0 'ok   killed: killed by no-stray '
	mutant by-other 1 'FAIL by-other: noticed, but not by the rule.* no-stray '
	mutant no-rule 0 'ok   no-rule: killed by suite/case '
	mutant survived 1 'FAIL survived: survived '
	mutant hang 0 'ok   hang: killed by hang '
	# What would be said later is not waited for.
	mutant early 0 'ok   early: killed by no-stray (' --timeout 300 --quick
	mutant no-build 1 'FAIL no-build: invalid: does not build'
	mutant elsewhere 1 'skip elsewhere: does not apply'
	mutant bad 1 'FAIL bad: invalid: has no before'
	mutant nothing 1 "no mutant in .* is called 'nothing'"
	# What is on record is not run again: its command would say otherwise.
	echo 'exit 1' >"$work/mutants/run"
	mutant '*' 1 '^4 passed, 4 failed, 1 skipped$'
	mutant_interrupted
	# Nothing is said of mutants where the kernel as it is fails.
	rm "$work/mutants/results"
	mutant 'kille[d]' 2 'the kernel as it is does not pass'
}
