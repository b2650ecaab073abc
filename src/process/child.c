/* SPDX-License-Identifier: Apache-2.0 */
#include "process/child.h"
#include "base/fd.h"
#include "kernel/procfs.h"
#include "process/capabilities.h"
#include "process/executed.h"
#include "process/message.h"
#include "process/seccomp.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int child_open(struct child *child, struct error *error)
{
    int ends[2];
    int status = message_pair(ends, error);

    if (status < 0)
        return status;
    child->socket = ends[0];
    child->far_socket = ends[1];
    return procfs_open(&child->proc_fd, error);
}

void child_clear(struct child *child)
{
    fd_close(&child->proc_fd);
    fd_close(&child->socket);
    fd_close(&child->far_socket);
    fd_close(&child->pidfd);
}

static void warn_of_refused(uint64_t refused, void (*warn)(const char *message))
{
    for (unsigned bit = 0; bit < 64 && warn; bit++) {
        char message[128];

        if (!(refused & (UINT64_C(1) << bit)))
            continue;
        snprintf(message, sizeof(message),
                 "process.capabilities: %s can't be granted in every set that has it", capability_name(bit));
        warn(message);
    }
}

static int pass_on_listener(const struct child *child, const struct child_owner *owner,
                            const struct message *message, struct error *error)
{
    CLEANUP_FREE char *state =
        owner->describe ? owner->describe(owner->owner, false, child->pid) : strdup("{}");

    if (!state)
        return error_memory(error);
    if (message->fds_length != 1)
        return error_set(error, EPROTO, "the first process sent no listener");
    return seccomp_send_listener(owner->config, message->fds[0], child->pid, state, error);
}

static int take_ready(const struct message *message, const struct child_owner *owner, struct error *error)
{
    uint64_t refused;

    if (message->length != sizeof(refused))
        return error_set(error, EPROTO, "the first process sent %zu bytes of capabilities", message->length);
    memcpy(&refused, message->data, sizeof(refused));
    warn_of_refused(refused, owner->warn);
    return 0;
}

int child_wait_until_ready(const struct child *child, const struct child_owner *owner, struct error *error)
{
    CLEANUP_MESSAGE struct message message = {0};
    int status = message_receive(child->socket, &message, error);

    if (status == 0 && message.kind == MESSAGE_LISTENER) {
        status = pass_on_listener(child, owner, &message, error);
        message_clear(&message);
        if (status == 0)
            status = message_receive(child->socket, &message, error);
    }
    if (status == 0)
        status = message_check(&message, MESSAGE_READY, error);
    return status == 0 ? take_ready(&message, owner, error) : status;
}

int child_start(const struct child *child, bool own_init, struct error *error)
{
    CLEANUP_MESSAGE struct message last = {0};
    int status = message_send(child->socket, MESSAGE_START, NULL, 0, NULL, 0, error);

    if (status == 0)
        status = message_receive(child->socket, &last, error);
    if (status < 0)
        return status;
    if (last.kind == MESSAGE_ERROR) {
        error_unpack(error, last.data, last.length);
        return -error->code;
    }
    if (last.kind != MESSAGE_END)
        return error_set(error, EPROTO, "the first process sent an unknown message");
    return own_init ? 0 : executed_check(child->proc_fd, child->pid, child->pidfd, error);
}

void child_prefer_its_word(const struct child *child, struct error *error)
{
    CLEANUP_ERROR struct error none = {0};
    bool found = false;

    while (!found && message_is_there(child->socket)) {
        CLEANUP_MESSAGE struct message word = {0};

        if (message_receive(child->socket, &word, &none) < 0)
            return;
        found = word.kind == MESSAGE_ERROR;
        if (found)
            error_unpack(error, word.data, word.length);
    }
}

void child_end(struct child *child)
{
    if (child->pid <= 0)
        return;
    (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
    while (waitpid(child->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    child->pid = 0;
}
