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
	k->end = &k->first;
	k->process = getpid();
	pthread_mutex_init(&k->lock, NULL);
	pthread_mutex_init(&k->lines_lock, NULL);
	pthread_cond_init(&k->turn, NULL);
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
	lines_done(&k->lines);
	pthread_cond_destroy(&k->turn);
	pthread_mutex_destroy(&k->lines_lock);
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

bool kept_is_ours(const struct kept *k)
{
	return k->process == getpid();
}

bool kept_wait(struct kept *k, struct kept_waiting *w)
{
	bool leads;

	*w = (struct kept_waiting){ 0 };
	pthread_mutex_lock(&k->lock);
	*k->end = w;
	k->end = &w->next;
	while (!w->answered && k->is_led)
		pthread_cond_wait(&k->turn, &k->lock);
	leads = !w->answered;
	k->is_led |= leads;
	pthread_mutex_unlock(&k->lock);
	return leads;
}

size_t kept_take(struct kept *k, struct kept_waiting **ret, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&k->lock);
	for (; k->first && n < max; n++) {
		ret[n] = k->first;
		k->first = k->first->next;
	}
	if (!k->first)
		k->end = &k->first;
	pthread_mutex_unlock(&k->lock);
	return n;
}

void kept_answer(struct kept *k, struct kept_waiting **all, size_t n)
{
	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < n; i++)
		all[i]->answered = true;
	pthread_cond_broadcast(&k->turn);
	pthread_mutex_unlock(&k->lock);
}

void kept_resign(struct kept *k)
{
	pthread_mutex_lock(&k->lock);
	k->is_led = false;
	pthread_cond_broadcast(&k->turn);
	pthread_mutex_unlock(&k->lock);
}
