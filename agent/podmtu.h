/*
 * podmtu: interface-mtu, for the plugin.
 *
 * The MTU is of pods, as CloudEOS has it, and pods' interfaces are the plugin's to set: the agent
 * leaves it in a file of the state directory, which the plugin reads when its own configuration has
 * no mtu, whether or not the agent is running by then. Pods that are there already keep theirs.
 */
#ifndef LEAFPEER_PODMTU_H
#define LEAFPEER_PODMTU_H

#include <stdint.h>

/* 0: none, and the file goes. What does not work is said on the log. */
void podmtu_set(const char *state_dir, uint32_t mtu);

#endif
