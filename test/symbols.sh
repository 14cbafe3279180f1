#!/usr/bin/env bash
#
# symbols.sh [FOLDER]: looks at the built library in FOLDER (default: the tree).
#
# 1. It exports what SQL calls and nothing else: exported names clash between
#    extensions.
# 2. It does not import json_object: the server has a function of that name,
#    and jansson's would be bound to it.
# 3. What makes values does not call the functions of libm whose last bits
#    differ between processors.
#
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

library=synthik.so
faults=0

# Prints the lines of stdin as faults of the kind named.
report()
{
	local line

	while IFS= read -r line; do
		echo "$1: $line"
		faults=$((faults + 1))
	done
}

# The linker's own names are exported where a library, as libxlsxwriter, has
# them too; they are bound to nothing.
exported()
{
	nm -D --defined-only "$library" | awk '{print $NF}' | { grep -vxE '__bss_start|_edata|_end' || true; }
}

imported()
{
	nm -D --undefined-only "$library" | awk '{print $NF}'
}

inexact='(exp|exp2|expm1|exp10|log|log2|log10|log1p|pow|sin|cos|tan|sincos|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|lgamma|tgamma|cbrt|hypot)[fl]?'

inexact_calls()
{
	local object

	for object in src/{util,schema,rows,local}/*.o; do
		[ -f "$object" ] || continue
		nm --undefined-only "$object" | awk '{print $NF}' | sed 's/@.*//' |
			{ grep -xE "(__)?$inexact(_finite)?" || true; } | sed "s#\$# in $object#"
	done
}

[ -f "$library" ] || { echo "$library is not built"; exit 1; }

report "exported, but not for SQL" < <(exported |
	grep -vxE '_PG_init|Pg_magic_func|(pg_finfo_)?synthik_[a-z0-9_]+' || true)
report "bound to the server's own function" < <(imported | grep -xE 'json_object(@.*)?' || true)
report "differs between processors" < <(inexact_calls)

[ "$faults" -eq 0 ]
