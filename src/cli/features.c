/* SPDX-License-Identifier: Apache-2.0 */
/* The features document of the OCI runtime specification (features.md, features-linux.md), from the tables
 * that the configuration is read by: what is in it is carried out. */
#include "cli/cli.h"
#include "config/oci.h"
#include "plan/mount_options.h"
#include "process/capabilities.h"

#include <jansson.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

/* What features-linux.md lets one name. */
static const char *const architectures[] = {
    "SCMP_ARCH_X86",         "SCMP_ARCH_X86_64",      "SCMP_ARCH_X32",     "SCMP_ARCH_ARM",
    "SCMP_ARCH_AARCH64",     "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",    "SCMP_ARCH_MIPS",
    "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64",
    "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",         "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",
    "SCMP_ARCH_S390",        "SCMP_ARCH_S390X",       "SCMP_ARCH_SH",      "SCMP_ARCH_SHEB",
    "SCMP_ARCH_PARISC",      "SCMP_ARCH_PARISC64",    "SCMP_ARCH_RISCV64",
};

/* jansson's functions take NULL for a value that could not be made, and say so; one check at the end
 * suffices. */
static bool add_word(json_t *list, const char *word)
{
    return json_array_append_new(list, json_string(word)) == 0;
}

static json_t *finish_list(json_t *list, bool good)
{
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *list_mount_options(void)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (const struct mount_option *option = mount_option_table(); option->word && good; option++)
        good = add_word(list, option->word);
    return finish_list(list, good);
}

static json_t *list_words(const struct word *words, uint32_t but)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (; words->word && good; words++)
        if (words->number != but)
            good = add_word(list, words->word);
    return finish_list(list, good);
}

#define BUT_NONE UINT32_MAX

static json_t *list_capabilities(void)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (unsigned bit = 0; bit <= CAP_LAST_CAP && good; bit++)
        good = add_word(list, capability_name(bit));
    return finish_list(list, good);
}

static json_t *list_architectures(void)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (size_t i = 0; i < ARRAY_LENGTH(architectures) && good; i++)
        if (oci_seccomp_architecture(architectures[i]) != 0)
            good = add_word(list, architectures[i]);
    return finish_list(list, good);
}

/* libseccomp 2.5 knows no flag for a killable wait, and filters can't notify anybody yet. */
static json_t *describe_seccomp(void)
{
    json_t *known = list_words(oci_seccomp_flags, BUT_NONE);
    json_t *supported = json_pack("[sss]", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                  "SECCOMP_FILTER_FLAG_SPEC_ALLOW");

    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "enabled", 1, "actions",
                     list_words(oci_seccomp_actions, SCMP_ACT_NOTIFY), "operators",
                     list_words(oci_seccomp_comparisons, BUT_NONE), "archs", list_architectures(),
                     "knownFlags", known, "supportedFlags", supported);
}

static json_t *describe_linux(void)
{
    return json_pack(
        "{s:o, s:o, s:{s:b, s:b, s:b, s:b, s:b}, s:o, s:{s:b}, s:{s:b}, s:{s:b}, s:{s:{s:b}}, s:{s:b}}",
        "namespaces", list_words(oci_namespace_types, BUT_NONE), "capabilities", list_capabilities(),
        "cgroup", "v1", 0, "v2", 0, "systemd", 0, "systemdUser", 0, "rdma", 0, "seccomp", describe_seccomp(),
        "apparmor", "enabled", 0, "selinux", "enabled", 0, "intelRdt", "enabled", 0, "mountExtensions",
        "idmap", "enabled", 1, "netDevices", "enabled", 0);
}

static int print_features(struct error *error)
{
    json_t *features =
        json_pack("{s:s, s:s, s:[], s:o, s:o}", "ociVersionMin", "1.0.0", "ociVersionMax", "1.3.0", "hooks",
                  "mountOptions", list_mount_options(), "linux", describe_linux());
    int status = features ? json_dumpf(features, stdout, JSON_INDENT(4)) : -1;

    json_decref(features);
    if (status < 0)
        return error_memory(error);
    putchar('\n');
    return 0;
}

static int run(const struct cli_command *command, int count, char **arguments, struct error *error)
{
    const struct cli_option options[] = {{0}};
    int first = cli_parse(command, options, count, arguments, error);

    if (first <= 0)
        return first;
    if (first != count)
        return error_set(error, EINVAL, "features: takes no arguments");
    return print_features(error);
}

const struct cli_command cli_features = {
    .name = "features",
    .arguments = "",
    .summary = "Prints what of the OCI specification is supported, as JSON",
    .text = "",
    .run = run,
};
