/* SPDX-License-Identifier: MIT */
/* wire.h - the composition root: knows all rooms, is known by none
 */
#ifndef GW_WIRE_H
#define GW_WIRE_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"

struct spawner;
struct wire;

/* Every top-level key of muster.yaml. */
extern const struct config_root wire_roots[];

/* Builds and opens everything the configuration names, in an order in which
 * nothing answers before what it stands on is loaded.  note: what failed. */
enum gw_err wire_new(const char *config_path, struct config *cfg,
		     struct spawner *spawner, struct wire **out,
		     struct err_note *note) GW_CHECKED;
void wire_run(struct wire *w); /* until SIGTERM or SIGINT */
void wire_free(struct wire **w);

#endif
