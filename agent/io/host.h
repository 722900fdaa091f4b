/*
 * host: what the doctor wants to know of the node: files, sysctls, routes of others, the clock.
 *
 * Only reads. Everything is looked at once, in the caller's own network namespace; what cannot be
 * seen is "not known", never a failure. It takes its time with many routes, so leafpeerctl calls
 * it, not the agent's loop; host_tcp alone is a small file.
 */
#ifndef LEAFPEER_IO_HOST_H
#define LEAFPEER_IO_HOST_H

#include "agent/show/doctor.h"

#define HOST_FILE_MAX   (1024 * 1024)      /* octets of a file that is read */
#define HOST_PLUGIN_MAX (64 * 1024 * 1024) /* of the plugin */
#define HOST_NAMES_MAX  1024               /* of a directory */

struct host_where {
	const char *root;     /* before the node's own paths: "" or where they are mounted */
	const char *conf_dir; /* of the lists of plugins */
	const char *bin_dir;  /* of the plugins */
	const char *cilium;   /* directory or file with Cilium's configuration; NULL: look for it */
};

/* Strings of where are borrowed. */
void host_look(const struct host_where *where, const struct doctor_node *node,
	       struct doctor_host *out);
void host_tcp(struct doctor_tcp *out);

/* ---- between the files of this */

struct text;
/* Appends the file; false with errno. */
bool host_read(const char *path, size_t max, struct text *out);
/* host_cni.c */
void host_look_cni(const struct host_where *where, struct doctor_host *out);
void host_look_cilium(const struct host_where *where, struct doctor_host *out);
/* host_routes.c */
void host_look_routes(const struct doctor_node *node, struct doctor_host *out);

#endif
