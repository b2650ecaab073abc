/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl(2) SIOCGIFFLAGS and SIOCSIFFLAGS (netdevice(7)). */
#include "process/network.h"
#include "base/fd.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int network_loopback_up(struct error *error)
{
    struct ifreq request = {.ifr_name = "lo"};
    CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_call(error, errno, "socket", "cannot bring the loopback interface up");
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return error_call(error, errno, "ioctl(SIOCGIFFLAGS)", "cannot bring the loopback interface up");
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    if (ioctl(fd, SIOCSIFFLAGS, &request) == 0)
        return 0;
    error_call(error, errno, "ioctl(SIOCSIFFLAGS)", "cannot bring the loopback interface up");
    if (error->code == EPERM)
        error_hint(
            error,
            "CAP_NET_ADMIN is missing: keep the present network (box --net), or add it (podman, docker: "
            "--cap-add NET_ADMIN)");
    return -error->code;
}
