/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes descriptors by SCM_RIGHTS, for console.bats and seccomp_notify.bats: listens, touches PATH.ready, and takes
 * one message with one descriptor. What came with it is the first line of what it prints.
 *
 *     descriptor-server PATH terminal [ROWS COLUMNS]   then what the terminal says, to its end
 *     descriptor-server PATH pidfd                     then its Pid, NSpid lines, and waits for the process's end
 *     descriptor-server PATH seccomp ERRNO             then a line for each notification, answered by that error
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int take_connection(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), connection, ready;
    char name[sizeof(address.sun_path) + 8];

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    snprintf(name, sizeof(name), "%s.ready", path);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, 1) < 0)
        fail(path);
    ready = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    connection = ready < 0 ? -1 : accept(listener, NULL, NULL);
    if (connection < 0)
        fail("accept");
    close(ready);
    close(listener);
    return connection;
}

static int take_descriptor(int connection)
{
    char text[65536] = "";
    struct iovec data = {text, sizeof(text) - 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr header = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    const struct cmsghdr *first;
    int fd;

    if (recvmsg(connection, &header, MSG_CMSG_CLOEXEC) < 0)
        fail("recvmsg");
    first = CMSG_FIRSTHDR(&header);
    if (!first || first->cmsg_type != SCM_RIGHTS)
        fail("no descriptor came");
    memcpy(&fd, CMSG_DATA(first), sizeof(fd));
    puts(text);
    fflush(stdout);
    return fd;
}

static void copy(int fd)
{
    char text[4096];
    ssize_t count;

    /* EIO: nobody has the other side open any more. */
    while ((count = read(fd, text, sizeof(text))) > 0)
        fwrite(text, 1, (size_t)count, stdout);
}

static void serve_terminal(int fd, char **words)
{
    if (words[0] && words[1]) {
        struct winsize size = {.ws_row = (unsigned short)atoi(words[0]),
                               .ws_col = (unsigned short)atoi(words[1])};

        if (ioctl(fd, TIOCSWINSZ, &size) < 0)
            fail("TIOCSWINSZ");
    }
    copy(fd);
}

static void serve_pidfd(int fd, char **words)
{
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    char path[64], line[256];
    FILE *file;

    (void)words;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    file = fopen(path, "re");
    if (!file)
        fail(path);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "Pid:", 4) == 0 || strncmp(line, "NSpid:", 6) == 0)
            fputs(line, stdout);
    fclose(file);
    fflush(stdout);
    if (poll(&ended, 1, 10000) != 1)
        fail("the process goes on");
    puts("ended");
}

static void serve_seccomp(int fd, char **words)
{
    int answer = words[0] ? atoi(words[0]) : EPERM;
    struct pollfd waiting = {.fd = fd, .events = POLLIN};

    while (poll(&waiting, 1, 10000) == 1 && !(waiting.revents & POLLHUP)) {
        struct seccomp_notif request = {0};
        struct seccomp_notif_resp response = {0};

        if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
            fail("SECCOMP_IOCTL_NOTIF_RECV");
        printf("system call %d\n", request.data.nr);
        fflush(stdout);
        response.id = request.id;
        response.error = -answer;
        if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0)
            fail("SECCOMP_IOCTL_NOTIF_SEND");
    }
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        void (*serve)(int fd, char **words);
    } kinds[] = {{"terminal", serve_terminal}, {"pidfd", serve_pidfd}, {"seccomp", serve_seccomp}};

    for (size_t i = 0; count > 2 && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strcmp(words[2], kinds[i].name) == 0) {
            kinds[i].serve(take_descriptor(take_connection(words[1])), words + 3);
            return 0;
        }
    fprintf(stderr, "see the comment in descriptor-server.c\n");
    return 1;
}
