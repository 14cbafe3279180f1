EXTENSION = synthik
MODULE_big = synthik
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
PG_CPPFLAGS = -I$(srcdir)/src
# Values must have the same bits on every machine: no fused multiply-add.
PG_CFLAGS = -std=gnu11 -fvisibility=hidden -ffp-contract=off
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
