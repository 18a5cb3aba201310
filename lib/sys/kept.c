/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tree keeps of a register's log between one append and the next. */
#include "sys/kept.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kept *kept_new(void)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->dir = -1;
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	if (k->dir >= 0)
		close(k->dir);
	free(k->path);
	free(k->name);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

int kept_dir(struct kept *k, const char *path, struct kept_id ret_ids[3])
{
	int fd = -1;

	pthread_mutex_lock(&k->lock);
	if (k->dir >= 0 && strcmp(k->path, path) == 0) {
		/* Another thread may replace it while this one goes on with its own. */
		fd = fcntl(k->dir, F_DUPFD_CLOEXEC, 3);
		memcpy(ret_ids, k->ids, sizeof(k->ids));
	}
	pthread_mutex_unlock(&k->lock);
	return fd;
}

void kept_set_dir(struct kept *k, const char *path, int dir, const struct kept_id ids[3])
{
	char *copy = strdup(path);
	int fd = copy ? fcntl(dir, F_DUPFD_CLOEXEC, 3) : -1;

	pthread_mutex_lock(&k->lock);
	if (k->dir >= 0)
		close(k->dir);
	free(k->path);
	k->dir = fd;
	k->path = copy;
	memcpy(k->ids, ids, sizeof(k->ids));
	pthread_mutex_unlock(&k->lock);
}

char *kept_name(struct kept *k)
{
	char *name;

	pthread_mutex_lock(&k->lock);
	name = k->name ? strdup(k->name) : NULL;
	pthread_mutex_unlock(&k->lock);
	return name;
}

void kept_set_name(struct kept *k, const char *name)
{
	pthread_mutex_lock(&k->lock);
	if (!k->name)
		k->name = strdup(name);
	pthread_mutex_unlock(&k->lock);
}
