#!/bin/sh
#
# join.sh EXTENSION FOLDER: prints the extension's install script.
#
# It is the parts in FOLDER/sql/install, in the order of their names, then the
# rows of sql/install/models.tsv, and then one INSERT for every document below
# FOLDER/templates: the path without ".json" is the template's name.
#
set -eu
LC_ALL=C
export LC_ALL

extension=$1
cd "$2"

# A dollar-quoting tag that does not occur in the file.
tag_for()
{
	tag=json
	while grep -qF "\$$tag\$" "$1"
	do
		tag=${tag}_
	done
	printf '$%s$' "$tag"
}

insert_template()
{
	name=$(printf '%s' "${1#templates/}" | sed -e 's/\.json$//' -e "s/'/''/g")
	tag=$(tag_for "$1")
	printf "\nINSERT INTO synthik_template (name, document) VALUES ('%s', %s" "$name" "$tag"
	cat "$1"
	printf '%s);\n' "$tag"
}

# The first line names the columns; what is empty keeps its default.
insert_models()
{
	awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) column[i] = $i; next }
		{
			columns = values = ""
			for (i = 1; i <= NF; i++) {
				if ($i == "")
					continue
				gsub("\047", "\047\047", $i)
				columns = columns (columns == "" ? "" : ", ") column[i]
				values = values (values == "" ? "" : ", ") "\047" $i "\047"
			}
			print "INSERT INTO synthik_builtin_model (" columns ") VALUES (" values ");"
		}' sql/install/models.tsv
}

printf '/* Joined from the parts in sql/install and from templates. */\n\n'
printf '\\echo Use "CREATE EXTENSION %s" to load this file. \\quit\n' "$extension"

for part in sql/install/*.sql
do
	printf '\n/* %s */\n' "${part##*/}"
	cat "$part"
done

printf '\n/* models.tsv */\n'
insert_models

if test -d templates
then
	find templates -name '*.json' -type f | sort | while IFS= read -r file
	do
		insert_template "$file"
	done
fi
