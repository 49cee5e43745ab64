// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and replacing the startup-config. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "startup.h"

static int fail(char *err, size_t size, const char *path, int error)
{
	snprintf(err, size, "%s: %s", path, strerror(error));
	return -error;
}

static int read_all(int fd, struct text *out)
{
	char buffer[4096];
	int error = 0;
	ssize_t n;

	while (!error && (n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			error = errno;
		else if (out->len + n > STARTUP_SIZE_MAX)
			error = EFBIG;
		else
			text_add(out, buffer, n);
	}
	explicit_bzero(buffer, sizeof(buffer));
	return error;
}

int startup_read(const char *path, struct text *out, char *err, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error;

	if (fd < 0)
		return fail(err, size, path, errno);
	error = read_all(fd, out);
	close(fd);
	return error ? fail(err, size, path, error) : 0;
}

static int write_all(int fd, const struct text *content)
{
	size_t done = 0;

	while (done < content->len) {
		ssize_t n = write(fd, content->data + done, content->len - done);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			done += n;
	}
	return fsync(fd) ? errno : 0;
}

/* The directory entry has to reach the disk too. */
static int sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = fsync(fd) ? errno : 0;
	close(fd);
	return error;
}

static int make_directory(const char *directory)
{
	struct stat st;

	if (stat(directory, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
	return mkdir(directory, 0700) && errno != EEXIST ? errno : 0;
}

static int replace(const char *path, const char *directory, const struct text *content)
{
	char temporary[PATH_MAX];
	int fd, error;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary))
		return ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);	/* 0600 */
	if (fd < 0)
		return errno;
	error = write_all(fd, content);
	if (close(fd) && !error)
		error = errno;
	if (!error && rename(temporary, path))
		error = errno;
	if (error) {
		unlink(temporary);
		return error;
	}
	return sync_directory(directory);
}

int startup_write(const char *path, const struct text *content, char *err, size_t size)
{
	char *copy = strdup(path);
	char *directory;
	int error;

	if (!copy)
		return fail(err, size, path, ENOMEM);
	directory = dirname(copy);
	error = make_directory(directory);
	if (!error)
		error = replace(path, directory, content);
	free(copy);
	return error ? fail(err, size, path, error) : 0;
}

int startup_erase(const char *path, char *err, size_t size)
{
	if (unlink(path) && errno != ENOENT)
		return fail(err, size, path, errno);
	return 0;
}
