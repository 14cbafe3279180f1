# Builds synthik with PGXS: make && make install && make installcheck,
# with PG_CONFIG=… for a PostgreSQL that is not the first in PATH.

EXTENSION = synthik
MODULE_big = synthik

# Where the sources are; also right when built from another folder with
# make -f …/Makefile (PGXS knows its srcdir only after the include below).
top := $(patsubst %/,%,$(if $(VPATH),$(VPATH),$(dir $(firstword $(MAKEFILE_LIST)))))
find_below = $(shell cd $(top) && find $(1) -name '$(2)' -type f 2>/dev/null | LC_ALL=C sort)

EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(top)/synthik.control)
OBJS = $(patsubst $(top)/%.c,%.o,$(sort $(wildcard $(top)/src/*.c $(top)/src/*/*.c)))

PG_CPPFLAGS = -I$(srcdir)/src -DSYNTHIK_VERSION='"$(EXTVERSION)"'
# Values must have the same bits on every machine: no fused multiply-add.
# -MMD -MP: an object is built anew when a header that it includes changes.
PG_CFLAGS = -std=gnu11 -fvisibility=hidden -ffp-contract=off -MMD -MP

# No bitcode for the JIT compiler: it would be compiled without the flags
# above, and the build would need clang.  Nothing here is worth inlining.
override with_llvm := no
# PGXS has dependency tracking of its own, which knows no folders.
override autodepend := no

# The install script is joined from its parts, the models and the templates.
INSTALL_SCRIPT_SQL = sql/$(EXTENSION)--$(EXTVERSION).sql
install_parts := $(addprefix $(top)/,$(call find_below,sql/install,*.sql))
model_file := $(top)/sql/install/models.tsv
template_files := $(addprefix $(top)/,$(call find_below,templates,*.json))
DATA_built = $(INSTALL_SCRIPT_SQL)
DATA = $(call find_below,sql/upgrade,$(EXTENSION)--*.sql)
locale_files := $(patsubst locale/%,%,$(call find_below,locale,*.tsv))

REGRESS = $(sort $(patsubst $(top)/sql/%.sql,%,$(filter-out $(top)/sql/$(EXTENSION)--%,$(wildcard $(top)/sql/*.sql))))
REGRESS_OPTS = --load-extension=$(EXTENSION)

ISOLATION = $(sort $(patsubst $(top)/test/specs/%.spec,%,$(wildcard $(top)/test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir)/test --load-extension=$(EXTENSION)

PROVE_TESTS = $(patsubst $(top)/%,%,$(sort $(wildcard $(top)/test/t/*.pl)))
ifneq (,$(wildcard $(top)/test/t/*.pl))
TAP_TESTS = 1
endif

EXTRA_CLEAN = $(OBJS:.o=.d) $(INSTALL_SCRIPT_SQL).tmp output_iso tmp_check tmp_check_iso

# HTTP, the wire's JSON, packed files and workbooks: each library is included
# by one file or folder alone (test/layers.sh).
SHLIB_LINK = -lcurl -ljansson -lz -lzstd -lsnappy -llz4 -lminizip -lexpat -lxlsxwriter

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# A folder is a prerequisite too, so that a removed part or template counts.
$(INSTALL_SCRIPT_SQL): $(top)/sql/join.sh $(top)/synthik.control $(install_parts) $(model_file) $(template_files) \
		$(patsubst %/,%,$(sort $(dir $(install_parts) $(template_files))))
	@$(MKDIR_P) $(CURDIR)/sql
	sh $(top)/sql/join.sh $(EXTENSION) $(top) > $@.tmp
	mv $@.tmp $@

# Names, words and semantic types are data, which the library reads from
# SHAREDIR/extension/synthik.
synthik_datadir = $(DESTDIR)$(datadir)/extension/$(EXTENSION)
locale_target = $(1)

define install_locale_file
$(INSTALL_DATA) '$(top)/locale/$(1)' '$(synthik_datadir)/$(call locale_target,$(1))'

endef

.PHONY: install-locale uninstall-locale
install: install-locale
install-locale:
	$(MKDIR_P) $(foreach d,$(sort $(dir $(foreach f,$(locale_files),$(call locale_target,$(f))))),'$(synthik_datadir)/$(d)')
	$(foreach f,$(locale_files),$(call install_locale_file,$(f)))

uninstall: uninstall-locale
uninstall-locale:
	rm -f $(foreach f,$(locale_files),'$(synthik_datadir)/$(call locale_target,$(f))')
	-test ! -d '$(synthik_datadir)' || find '$(synthik_datadir)' -depth -type d -empty -delete

# Folders for the objects, when not built beside the sources.
object_folders := $(addprefix $(CURDIR)/,$(patsubst %/,%,$(sort $(dir $(OBJS)))))
$(OBJS): | $(object_folders)
$(object_folders):
	$(MKDIR_P) $@

-include $(OBJS:.o=.d)
