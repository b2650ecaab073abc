/* SPDX-License-Identifier: Apache-2.0 */
/* A config.json to begin with: the one of runc's spec, whose users find what they know. Ambient capabilities are left
 * out, which without inheritable ones can't be granted (capabilities(7)). */
#include "cli/cli.h"

#include "base/fd.h"
#include "config/oci.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const char format[] =
    "{\n"
    "\t\"ociVersion\": \"%s\",\n"
    "\t\"process\": {\n"
    "\t\t\"terminal\": true,\n"
    "\t\t\"user\": {\n"
    "\t\t\t\"uid\": 0,\n"
    "\t\t\t\"gid\": 0\n"
    "\t\t},\n"
    "\t\t\"args\": [\n"
    "\t\t\t\"sh\"\n"
    "\t\t],\n"
    "\t\t\"env\": [\n"
    "\t\t\t\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
    "\t\t\t\"TERM=xterm\"\n"
    "\t\t],\n"
    "\t\t\"cwd\": \"/\",\n"
    "\t\t\"capabilities\": {\n"
    "\t\t\t\"bounding\": [\n"
    "\t\t\t\t\"CAP_AUDIT_WRITE\",\n"
    "\t\t\t\t\"CAP_KILL\",\n"
    "\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n"
    "\t\t\t],\n"
    "\t\t\t\"effective\": [\n"
    "\t\t\t\t\"CAP_AUDIT_WRITE\",\n"
    "\t\t\t\t\"CAP_KILL\",\n"
    "\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n"
    "\t\t\t],\n"
    "\t\t\t\"permitted\": [\n"
    "\t\t\t\t\"CAP_AUDIT_WRITE\",\n"
    "\t\t\t\t\"CAP_KILL\",\n"
    "\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t\"rlimits\": [\n"
    "\t\t\t{\n"
    "\t\t\t\t\"type\": \"RLIMIT_NOFILE\",\n"
    "\t\t\t\t\"hard\": 1024,\n"
    "\t\t\t\t\"soft\": 1024\n"
    "\t\t\t}\n"
    "\t\t],\n"
    "\t\t\"noNewPrivileges\": true\n"
    "\t},\n"
    "\t\"root\": {\n"
    "\t\t\"path\": \"rootfs\",\n"
    "\t\t\"readonly\": true\n"
    "\t},\n"
    "\t\"hostname\": \"holdfast\",\n"
    "\t\"mounts\": [\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/proc\",\n"
    "\t\t\t\"type\": \"proc\",\n"
    "\t\t\t\"source\": \"proc\"\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/dev\",\n"
    "\t\t\t\"type\": \"tmpfs\",\n"
    "\t\t\t\"source\": \"tmpfs\",\n"
    "\t\t\t\"options\": [\n"
    "\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"strictatime\",\n"
    "\t\t\t\t\"mode=755\",\n"
    "\t\t\t\t\"size=65536k\"\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/dev/pts\",\n"
    "\t\t\t\"type\": \"devpts\",\n"
    "\t\t\t\"source\": \"devpts\",\n"
    "\t\t\t\"options\": [\n"
    "\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"noexec\",\n"
    "\t\t\t\t\"newinstance\",\n"
    "\t\t\t\t\"ptmxmode=0666\",\n"
    "\t\t\t\t\"mode=0620\"%s\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/dev/shm\",\n"
    "\t\t\t\"type\": \"tmpfs\",\n"
    "\t\t\t\"source\": \"shm\",\n"
    "\t\t\t\"options\": [\n"
    "\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"noexec\",\n"
    "\t\t\t\t\"nodev\",\n"
    "\t\t\t\t\"mode=1777\",\n"
    "\t\t\t\t\"size=65536k\"\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/dev/mqueue\",\n"
    "\t\t\t\"type\": \"mqueue\",\n"
    "\t\t\t\"source\": \"mqueue\",\n"
    "\t\t\t\"options\": [\n"
    "\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"noexec\",\n"
    "\t\t\t\t\"nodev\"\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/sys\",\n"
    "%s\t\t\t\"options\": [\n"
    "%s\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"noexec\",\n"
    "\t\t\t\t\"nodev\",\n"
    "\t\t\t\t\"ro\"\n"
    "\t\t\t]\n"
    "\t\t},\n"
    "\t\t{\n"
    "\t\t\t\"destination\": \"/sys/fs/cgroup\",\n"
    "\t\t\t\"type\": \"cgroup\",\n"
    "\t\t\t\"source\": \"cgroup\",\n"
    "\t\t\t\"options\": [\n"
    "\t\t\t\t\"nosuid\",\n"
    "\t\t\t\t\"noexec\",\n"
    "\t\t\t\t\"nodev\",\n"
    "\t\t\t\t\"relatime\",\n"
    "\t\t\t\t\"ro\"\n"
    "\t\t\t]\n"
    "\t\t}\n"
    "\t],\n"
    "\t\"linux\": {\n"
    "%s\t\t\"namespaces\": [\n"
    "\t\t\t{\n"
    "\t\t\t\t\"type\": \"pid\"\n"
    "\t\t\t},\n"
    "%s\t\t\t{\n"
    "\t\t\t\t\"type\": \"ipc\"\n"
    "\t\t\t},\n"
    "\t\t\t{\n"
    "\t\t\t\t\"type\": \"uts\"\n"
    "\t\t\t},\n"
    "\t\t\t{\n"
    "\t\t\t\t\"type\": \"mount\"\n"
    "\t\t\t}%s\n"
    "\t\t],\n"
    "\t\t\"maskedPaths\": [\n"
    "\t\t\t\"/proc/acpi\",\n"
    "\t\t\t\"/proc/asound\",\n"
    "\t\t\t\"/proc/kcore\",\n"
    "\t\t\t\"/proc/keys\",\n"
    "\t\t\t\"/proc/latency_stats\",\n"
    "\t\t\t\"/proc/timer_list\",\n"
    "\t\t\t\"/proc/timer_stats\",\n"
    "\t\t\t\"/proc/sched_debug\",\n"
    "\t\t\t\"/sys/firmware\",\n"
    "\t\t\t\"/proc/scsi\"\n"
    "\t\t],\n"
    "\t\t\"readonlyPaths\": [\n"
    "\t\t\t\"/proc/bus\",\n"
    "\t\t\t\"/proc/fs\",\n"
    "\t\t\t\"/proc/irq\",\n"
    "\t\t\t\"/proc/sys\",\n"
    "\t\t\t\"/proc/sysrq-trigger\"\n"
    "\t\t]\n"
    "\t}\n"
    "}\n";

#define RESOURCES \
    "\t\t\"resources\": {\n" \
    "\t\t\t\"devices\": [\n" \
    "\t\t\t\t{\n" \
    "\t\t\t\t\t\"allow\": false,\n" \
    "\t\t\t\t\t\"access\": \"rwm\"\n" \
    "\t\t\t\t}\n" \
    "\t\t\t]\n" \
    "\t\t},\n"

#define MAPPING(key) \
    "\t\t\"" key "\": [\n\t\t\t{\n\t\t\t\t\"containerID\": 0,\n" \
    "\t\t\t\t\"hostID\": %u,\n\t\t\t\t\"size\": 1\n\t\t\t}\n\t\t],\n"

#define SYSTEM_MOUNT(type, source) "\t\t\t\"type\": \"" type "\",\n\t\t\t\"source\": \"" source "\",\n"

#define NAMESPACE(type) "\t\t\t{\n\t\t\t\t\"type\": \"" type "\"\n\t\t\t}"
/* clang-format on */

static int format_rootful(char **ret_text)
{
    return asprintf(ret_text, format, OCI_VERSION, ",\n\t\t\t\t\"gid=5\"", SYSTEM_MOUNT("sysfs", "sysfs"), "",
                    RESOURCES, NAMESPACE("network") ",\n", "");
}

/* The user is the root of a user namespace that has this one id; it shows the machine's network and /sys. */
static int format_rootless(char **ret_text)
{
    char mappings[512];

    snprintf(mappings, sizeof(mappings), MAPPING("uidMappings") MAPPING("gidMappings"), geteuid(), getegid());
    return asprintf(ret_text, format, OCI_VERSION, "", SYSTEM_MOUNT("none", "/sys"), "\t\t\t\t\"rbind\",\n",
                    mappings, "", ",\n" NAMESPACE("user"));
}

static int write_text(int directory, const char *text, struct error *error)
{
    CLEANUP_FD int fd = openat(directory, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int result;

    if (fd < 0 && errno == EEXIST) {
        error_set(error, EEXIST, "spec: there is a config.json already");
        error_hint(error, "remove it first, or name another directory by --bundle");
        return -EEXIST;
    }
    if (fd < 0)
        return error_call(error, errno, "openat", "spec: cannot make config.json");
    result = fd_write_all(fd, text, strlen(text));
    if (result == 0)
        return 0;
    (void)unlinkat(directory, "config.json", 0);
    return error_call(error, result, "write", "spec: cannot write config.json");
}

static int write_spec(const char *bundle, bool rootless, struct error *error)
{
    CLEANUP_FD int directory = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *text;
    int result;

    if (directory < 0)
        return error_call(error, errno, "open", "spec: cannot open the bundle directory %s", bundle);
    if ((rootless ? format_rootless(&text) : format_rootful(&text)) < 0)
        return error_memory(error);
    result = write_text(directory, text, error);
    free(text);
    return result;
}

static int run(const struct cli_call *call, struct error *error)
{
    const char *bundle = ".";
    bool rootless = false;
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &bundle, "DIR", "where to write it (default: .)"},
        {"rootless", 0, CLI_FLAG, &rootless, NULL, "for an ordinary user: with a user namespace"},
        {0},
    };
    int first = cli_parse_words(call, options, 0, 0, error);

    return first <= 0 ? first : write_spec(bundle, rootless, error);
}

const struct cli_command cli_spec = {
    .name = "spec",
    .arguments = "",
    .summary = "Writes a config.json to begin with",
    .text = "It runs \"sh\" on a terminal in the directory rootfs.\n",
    .run = run,
};
