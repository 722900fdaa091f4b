/*
 * ctl_install: leafpeerctl install-cni and uninstall-cni: the plugin's place on a node.
 *
 * Whenever it is killed the node can still start and stop pods: the program is in place before a
 * list of plugins names it, the list is replaced whole, and at the end the list is cleared first
 * and the program stays, to answer DEL for pods that were started with it.
 */
#ifndef LEAFPEER_CTL_INSTALL_H
#define LEAFPEER_CTL_INSTALL_H

#include "agent/conf/conflist.h"
#include "agent/ctl.h"

enum install_mode {
	INSTALL_CONFIGMAP, /* somebody else writes the list, with leafpeer in it */
	INSTALL_DROPIN,    /* a file of ours beside the list: libcni 1.3 and later */
	INSTALL_PATCH      /* our entry in somebody else's list */
};

struct install {
	enum install_mode mode;
	bool watch;
	bool quiet;                     /* about lists that are left alone: said before */
	const char *bin_dir, *conf_dir; /* of the node */
	const char *network;            /* whose list it is */
	const char *program;            /* the plugin, to be copied */
	struct conflist_options options;
	struct text entry; /* ours, as JSON */
};

/* What became of a list of plugins. */
enum install_result {
	INSTALL_DONE,    /* it was changed */
	INSTALL_ALREADY, /* it was as wanted */
	INSTALL_NO_LIST, /* there is none of that network */
	INSTALL_FAILED   /* said why */
};

/* Runs argv if its first word is one of these, or install-seccomp: true, with an exit status. They
 * have flags rather than words, and are for programs, so they are none of the prompt's. */
bool ctl_install(const struct ctl *ctl, int argc, char **argv, int *status);

/* ctl_cni.c: one step each, on the directories of the node. They say on standard error why they
 * failed. */
bool cni_place_program(const struct install *in, bool *changed);
/* Our entry in the network's list, if it is not there. name: of the file that was looked at. */
enum install_result cni_patch(const struct install *in, char name[256]);
/* What that would come to, without doing it. */
enum install_result cni_patch_wanted(const struct install *in, char name[256]);
enum install_result cni_drop_in(const struct install *in);
/* The first list that names leafpeer, in name; false if there is none. */
bool cni_is_chained(const struct install *in, char name[256]);
/* Takes our entry out of every list, and away the drop-in of every network, as asked for; *n is how
 * many files changed. False if one of them could not be. */
bool cni_remove(const struct install *in, bool lists, bool dropins, unsigned int *n);

/* ctl_seccomp.c: install-seccomp; an exit status. */
int ctl_install_seccomp(int argc, char **argv);

/* ctl_watch.c: keeps program and entry where they are until it is told to stop; an exit status. */
int cni_watch(struct install *in);

#endif
