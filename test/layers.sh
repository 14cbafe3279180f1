#!/usr/bin/env bash
#
# Checks who includes whom below src/.  A folder may include itself, the
# folders named for it in may_include, compat.h and guc.h.  A few headers may
# be used by one place alone.  Prints every fault; exits with 1 if there is one.
#
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../src"

declare -A may_include=(
	[util]=""
	[schema]="util"
	[rows]="util schema"
	[server]="util schema"
	[net]="util"
	[local]="util schema rows"
	[fit]="util schema rows"
	[provider]="util schema rows server worker net"
	[worker]="util server net"
	[job]="util schema rows server local fit provider worker"
	[file]="util schema rows server local fit provider worker"
	[anonymize]="util schema rows server local fit provider worker"
	[populate]="util schema rows server local fit provider worker"
	[report]="util schema rows server local fit provider worker"
	[api]="util schema rows server local fit provider worker job file anonymize populate report"
)

faults=0

fault()
{
	echo "$1"
	faults=$((faults + 1))
}

# The folder of an included header, "" for one of src/ itself, or nothing
# and status 1 for a header that is not ours.
folder_of_header()
{
	local from_folder=$1 header=$2

	if [[ $header != */* ]]; then
		if [ -f "$from_folder/$header" ]; then
			echo "$from_folder"
		elif [ -f "$header" ]; then
			echo ""
		else
			return 1
		fi
	elif [ -n "${may_include[${header%%/*}]+known}" ] && [ -f "$header" ]; then
		echo "${header%%/*}"
	else
		return 1
	fi
}

# One include: file (relative to src/), line number, the header's name.
check_include()
{
	local file=$1 line=$2 header=$3
	local folder="" target

	[[ $file == */* ]] && folder=${file%%/*}
	if [[ $header == ../* || $header == */../* ]]; then
		fault "src/$file:$line: includes \"$header\" by way of \"..\""
		return
	fi
	target=$(folder_of_header "$folder" "$header") || return 0
	if [ -z "$target" ]; then
		case $header in
			compat.h | guc.h) ;;
			*) [ -z "$folder" ] || fault "src/$file:$line: includes \"$header\" from src/ itself" ;;
		esac
	elif [ -n "$folder" ] && [ "$target" != "$folder" ] &&
		[[ " ${may_include[$folder]} " != *" $target "* ]]; then
		fault "src/$file:$line: $folder/ may not include \"$header\""
	fi
}

check_folders()
{
	local file folder

	for file in */; do
		folder=${file%/}
		[ -n "${may_include[$folder]+known}" ] ||
			fault "src/$folder: a folder that has no place in test/layers.sh"
	done
}

check_includes()
{
	local file line text

	while IFS=: read -r file line text; do
		text=${text#*[\"<]}
		check_include "$file" "$line" "${text%%[\">]*}"
	done < <(grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]+["<]' . | sed 's#^\./##')
}

# A pattern that may stand only in files that match the second argument.
check_only_in()
{
	local pattern=$1 allowed=$2 what=$3 hit

	while IFS= read -r hit; do
		[[ ${hit%%:*} =~ $allowed ]] || fault "src/$hit ($what)"
	done < <(grep -rnE --include='*.[ch]' "$pattern" . | sed 's#^\./##')
}

# A pattern that may not stand in files whose path matches.
check_never_in()
{
	local files=$1 pattern=$2 what=$3 hit

	while IFS= read -r hit; do
		[[ ${hit%%:*} =~ $files ]] && fault "src/$hit ($what)"
	done < <(grep -rnE --include='*.[ch]' "$pattern" . | sed 's#^\./##')
	return 0
}

# Every C file begins with postgres.h, and then compat.h (but for headers in <>).
check_first_includes()
{
	local file first

	while IFS= read -r file; do
		first=$(grep -m 2 -oE '^#include "[^"]+' "$file" | sed 's/.*"//' | paste -sd ' ' -)
		[ "$first" = "postgres.h compat.h" ] ||
			fault "src/${file#./}: begins with \"$first\", not \"postgres.h compat.h\""
	done < <(find . -name '*.c' | LC_ALL=C sort)
}

check_folders
check_includes
check_first_includes
check_only_in 'PG_VERSION_NUM|PG_MAJORVERSION' '^compat\.h$' "version tests belong in compat.h"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]jansson' '^util/json\.c$' "jansson is used by util/json.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]curl/' '^net/' "curl is used by net/ alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]zlib\.h' '^file/gzip\.c$' "zlib is used by file/gzip.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]zstd' '^file/zstd\.c$' "zstd is used by file/zstd.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]snappy' '^file/snappy\.c$' "snappy is used by file/snappy.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]lz4' '^file/lz4\.c$' "lz4 is used by file/lz4.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]minizip/' '^file/zip\.c$' "minizip is used by file/zip.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]expat' '^file/xml\.c$' "expat is used by file/xml.c alone"
check_only_in '#[[:space:]]*include[[:space:]]+[<"]xlsxwriter' '^file/xlsx_write\.c$' "libxlsxwriter is used by file/xlsx_write.c alone"
check_never_in '^util/json\.c$' '#[[:space:]]*include[[:space:]]+"utils/builtins\.h"' "clashes with jansson"
check_never_in '^provider/' '#[[:space:]]*include[[:space:]]+"net/([^s]|s[^s]|ss[^e])' "of net/, the framing of events alone"
check_never_in '^worker/dispatcher' '#[[:space:]]*include[[:space:]]+"(schema/|provider/|util/json\.h)' \
	"the dispatcher moves bytes only"

[ "$faults" -eq 0 ]
