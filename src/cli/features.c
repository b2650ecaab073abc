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

static json_t *list_words(const struct word *words)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (; words->word && good; words++)
        good = add_word(list, words->word);
    return finish_list(list, good);
}

static json_t *list_hooks(void)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (const struct property *hook = oci_hooks_properties; hook->name && good; hook++)
        good = add_word(list, hook->name);
    return finish_list(list, good);
}

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

/* libseccomp knows the flag for a killable wait since 2.6 (src/process/seccomp.c). */
static json_t *list_supported_flags(void)
{
    json_t *list = json_pack("[sss]", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                             "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
    bool good = list != NULL;

#if SCMP_VER_MAJOR > 2 || (SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR >= 6)
    good = good && add_word(list, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
#endif
    return finish_list(list, good);
}

static json_t *describe_seccomp(void)
{
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "enabled", 1, "actions",
                     list_words(oci_seccomp_actions), "operators", list_words(oci_seccomp_comparisons),
                     "archs", list_architectures(), "knownFlags", list_words(oci_seccomp_flags),
                     "supportedFlags", list_supported_flags());
}

static json_t *describe_cgroup(void)
{
    return json_pack("{s:b, s:b, s:b, s:b, s:b}", "v1", 1, "v2", 1, "systemd", 1, "systemdUser", 1, "rdma",
                     1);
}

static json_t *describe_memory_policy(void)
{
    return json_pack("{s:o, s:o}", "modes", list_words(oci_memory_policy_modes), "flags",
                     list_words(oci_memory_policy_flags));
}

static json_t *describe_linux(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:{s:b}, s:{s:b}, s:{s:b, s:b, s:b}, s:o, s:{s:{s:b}}, s:{s:b}}",
                     "namespaces", list_words(oci_namespace_types), "capabilities", list_capabilities(),
                     "cgroup", describe_cgroup(), "seccomp", describe_seccomp(), "apparmor", "enabled", 1,
                     "selinux", "enabled", 1, "intelRdt", "enabled", 1, "schemata", 1, "monitoring", 1,
                     "memoryPolicy", describe_memory_policy(), "mountExtensions", "idmap", "enabled", 1,
                     "netDevices", "enabled", 1);
}

/* The key is that of runc, crun and youki: clients look there for the library's version. */
static json_t *describe_annotations(void)
{
    const struct scmp_version *version = seccomp_version();

    if (!version)
        return json_object();
    return json_pack("{s:o}", "io.github.seccomp.libseccomp.version",
                     json_sprintf("%u.%u.%u", version->major, version->minor, version->micro));
}

static json_t *describe_features(void)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:[]}", "ociVersionMin", "1.0.0", "ociVersionMax",
                     OCI_VERSION, "hooks", list_hooks(), "mountOptions", list_mount_options(), "linux",
                     describe_linux(), "annotations", describe_annotations(),
                     "potentiallyUnsafeConfigAnnotations");
}

static int print_features(struct error *error)
{
    return cli_print_json(describe_features(), 4, error);
}

static int run(const struct cli_call *call, struct error *error)
{
    const struct cli_option options[] = {{0}};
    int first = cli_parse_words(call, options, 0, 0, error);

    return first <= 0 ? first : print_features(error);
}

const struct cli_command cli_features = {
    .name = "features",
    .arguments = "",
    .summary = "Prints what of the OCI specification is supported, as JSON",
    .text = "",
    .run = run,
};
