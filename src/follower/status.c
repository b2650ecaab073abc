/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   poll(2), sendmsg(2) with SCM_RIGHTS on a Unix socket, write(2) otherwise
 */
#include "follower/follower.h"
#include "plan/json.h"

#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 10000 /* ms that a full pipe is waited for: all the lines together fit into an empty one */

struct line {
    const char *text;
    size_t length;
    int fd; /* goes along with the first byte; -1: none */
};

static bool is_unix_socket(int fd)
{
    int domain = 0;
    socklen_t size = sizeof(domain);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

static ssize_t send_part(int socket, const struct line *line)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)line->text, .iov_len = line->length};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

    if (line->fd >= 0) {
        control.aligned = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.aligned), &line->fd, sizeof(int));
        header.msg_control = &control;
        header.msg_controllen = sizeof(control);
    }
    return sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns the errno, or 0: the follower takes something now. */
static int wait_for_room(const struct follower *follower, bool may_stop)
{
    struct pollfd slots[] = {{.fd = follower->status_fd, .events = POLLOUT},
                             {.fd = may_stop ? follower->control_fd : -1, .events = POLLRDHUP}};
    int ready = poll(slots, ARRAY_LENGTH(slots), PATIENCE);

    if (ready < 0)
        return errno;
    if (slots[1].revents && follower_has_ended(follower->control_fd))
        return ECANCELED;
    slots[1].fd = -1; /* it has ended behind its line, which counts */
    if (slots[1].revents && poll(slots, ARRAY_LENGTH(slots), PATIENCE) < 0)
        return errno;
    if (slots[0].revents & POLLOUT)
        return 0;
    return slots[0].revents ? EPIPE : ETIMEDOUT;
}

/* Returns 0 or -errno. No more than PIPE_BUF at a time: there is room for so much, says poll(2). */
static int write_line(const struct follower *follower, struct line line, bool may_stop)
{
    bool socket = is_unix_socket(follower->status_fd);

    if (!socket)
        line.fd = -1;
    while (line.length > 0) {
        int code = wait_for_room(follower, may_stop);
        size_t most = line.length < PIPE_BUF ? line.length : PIPE_BUF;
        ssize_t count;

        if (code != 0 && code != EINTR)
            return -code;
        if (code == EINTR)
            continue;
        count = socket ? send_part(follower->status_fd, &line) : write(follower->status_fd, line.text, most);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (count <= 0)
            continue;
        line.text += count;
        line.length -= (size_t)count;
        line.fd = -1;
    }
    return 0;
}

/* Releases the object. Returns 0 or -errno. */
static int tell(const struct follower *follower, json_t *object, int fd, bool may_stop)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    CLEANUP_FREE char *line = NULL;
    int length = text ? asprintf(&line, "%s\n", text) : -1;
    int status =
        length < 0 ? -ENOMEM : write_line(follower, (struct line){line, (size_t)length, fd}, may_stop);

    free(text);
    json_decref(object);
    return status;
}

/* What comes before the program runs. */
static int tell_phase(const struct follower *follower, json_t *object, int fd, struct error *error)
{
    int status = 0;

    if (follower->status_fd >= 0)
        status = tell(follower, object, fd, true);
    else
        json_decref(object);
    if (status == -ECANCELED || (follower->control_fd >= 0 && follower_has_ended(follower->control_fd)))
        return error_set(error, ECANCELED, "the control descriptor ended: the start was stopped");
    if (status == 0)
        return 0;
    error_call(error, status, "write", "cannot tell the status descriptor");
    error_hint(error, "nothing was started: whoever follows the start has to read it");
    return status;
}

static int make_digest(const struct plan *plan, char **ret_digest, struct error *error)
{
    CLEANUP_PLAN_LISTING struct plan_listing listing = {0};
    json_t *document = NULL;
    const char *digest;
    int status = plan_list(&listing, plan, error);

    if (status == 0)
        status = plan_to_json(plan, &listing, &document, error);
    if (status < 0)
        return status;
    digest = json_string_value(json_object_get(document, "digest"));
    *ret_digest = digest ? strdup(digest) : NULL;
    json_decref(document);
    return *ret_digest ? 0 : error_memory(error);
}

/* A plan with a path that JSON can't hold has no digest. */
int follower_planned(const struct follower *follower, const struct plan *plan, struct error *error)
{
    CLEANUP_FREE char *digest = NULL;
    json_t *object;

    if (!follower)
        return 0;
    if (follower->status_fd >= 0 && make_digest(plan, &digest, error) < 0) {
        if (error->code != EILSEQ)
            return -error->code;
        error_clear(error);
    }
    object = json_pack("{s:s, s:I, s:s*}", "phase", "planned", "operations", (json_int_t)plan->length,
                       "digest", digest);
    return tell_phase(follower, object, -1, error);
}

int follower_mounted(const struct follower *follower, struct error *error)
{
    return follower ? tell_phase(follower, json_pack("{s:s}", "phase", "mounted"), -1, error) : 0;
}

static json_t *phase_of_process(const char *phase, pid_t pid)
{
    return pid > 0 ? json_pack("{s:s, s:i}", "phase", phase, "pid", (int)pid)
                   : json_pack("{s:s}", "phase", phase);
}

int follower_verified(const struct follower *follower, pid_t pid, int pidfd, struct error *error)
{
    return follower ? tell_phase(follower, phase_of_process("verified", pid), pidfd, error) : 0;
}

static void tell_later(const struct follower *follower, json_t *object)
{
    (void)!tell(follower, object, -1, false);
}

static bool is_told(const struct follower *follower)
{
    return follower && follower->status_fd >= 0;
}

void follower_running(const struct follower *follower, pid_t pid)
{
    if (is_told(follower))
        tell_later(follower, phase_of_process("running", pid));
}

void follower_exited(const struct follower *follower, int status, int signal_number)
{
    json_t *object;

    if (!is_told(follower))
        return;
    object = json_pack("{s:s, s:i}", "phase", "exited", "status", status);
    if (object && signal_number > 0)
        (void)!json_object_set_new(object, "signal", json_integer(signal_number));
    tell_later(follower, object);
}

/* A path may hold bytes that are no UTF-8. */
static json_t *message_of(const struct error *failure)
{
    CLEANUP_FREE char *text = error_format(failure);
    json_t *message = json_string(text ? text : error_name(failure->code));

    for (char *byte = text; byte && *byte && !message; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    return message ? message : json_string(text ? text : "");
}

void follower_failed(const struct follower *follower, const struct error *failure)
{
    if (is_told(follower))
        tell_later(follower, json_pack("{s:s, s:s, s:o}", "phase", "failed", "errno",
                                       error_name(failure->code), "message", message_of(failure)));
}
