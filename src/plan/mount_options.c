/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mount_options.h"

#include <string.h>

/* A flag has four rows: set and cleared, for the mount and for the tree (ro, rw, rro, rrw; nosuid, suid, rnosuid,
 * rsuid; …). */
#define FLAG(set_word, clear_word, attribute, what)                                                          \
    {set_word, OPTION_ATTRIBUTE, attribute, 0, what},                                                        \
        {clear_word, OPTION_ATTRIBUTE, 0, attribute, "undoes " set_word},                                    \
        {"r" set_word, OPTION_TREE_ATTRIBUTE, attribute, 0, what ", the mounts below included"},             \
    {                                                                                                        \
        "r" clear_word, OPTION_TREE_ATTRIBUTE, 0, attribute, "undoes r" set_word                             \
    }

/* The access times are one field with three values, cleared whole before one is set (mount_setattr(2)). */
#define ACCESS_TIME(word, value, what)                                                                       \
    {word, OPTION_ATTRIBUTE, value, ATTRIBUTE_ATIME_FIELD, what},                                            \
    {                                                                                                        \
        "r" word, OPTION_TREE_ATTRIBUTE, value, ATTRIBUTE_ATIME_FIELD, what ", the mounts below included"    \
    }

/* "noatime,nostrictatime" is noatime: such a word takes back what it names, and nothing else (mount(8)). */
#define UNDO_ACCESS_TIME(word, value, what)                                                                  \
    {word, OPTION_UNDO_ACCESS_TIME, value, 0, "undoes " what},                                               \
    {                                                                                                        \
        "r" word, OPTION_TREE_UNDO_ACCESS_TIME, value, 0, "undoes r" what                                    \
    }

#define PROPAGATION(word, value, what)                                                                       \
    {word, OPTION_PROPAGATION, value, 0, what},                                                              \
    {                                                                                                        \
        "r" word, OPTION_TREE_PROPAGATION, value, 0, what ", the mounts below included"                      \
    }

/* Words of fstab(5), which mount(8) keeps for itself. */
#define FOR_OTHERS(word)                                                                                     \
    {                                                                                                        \
        word, OPTION_NOTHING, 0, 0, "nothing: it says when, or for whom, mount(8) mounts"                    \
    }

static const struct mount_option table[] = {
    {"bind", OPTION_BIND, 0, 0, "shows the source at the destination, without the mounts below it"},
    {"rbind", OPTION_TREE_BIND, 0, 0, "shows the source at the destination, the mounts below it included"},
    /* These are "ro", "rw", "rro" and "rrw", and so are the words of the other flags. */
    FLAG("ro", "rw", ATTRIBUTE_RDONLY, "read-only"),
    FLAG("nosuid", "suid", ATTRIBUTE_NOSUID, "set-user-ID bits and file capabilities have no effect"),
    FLAG("nodev", "dev", ATTRIBUTE_NODEV, "device nodes can't be opened"),
    FLAG("noexec", "exec", ATTRIBUTE_NOEXEC, "programs can't be executed"),
    FLAG("nodiratime", "diratime", ATTRIBUTE_NODIRATIME, "access times of directories are not kept"),
    FLAG("nosymfollow", "symfollow", ATTRIBUTE_NOSYMFOLLOW, "symbolic links are not followed"),
    ACCESS_TIME("relatime", ATTRIBUTE_RELATIME, "access times are kept roughly"),
    ACCESS_TIME("noatime", ATTRIBUTE_NOATIME, "access times are not kept"),
    ACCESS_TIME("strictatime", ATTRIBUTE_STRICTATIME, "access times are kept always"),
    UNDO_ACCESS_TIME("atime", ATTRIBUTE_NOATIME, "noatime"),
    UNDO_ACCESS_TIME("nostrictatime", ATTRIBUTE_STRICTATIME, "strictatime"),
    {"norelatime", OPTION_NOTHING, 0, 0, "undoes relatime, which is the kernel's default all the same"},
    {"rnorelatime", OPTION_NOTHING, 0, 0, "undoes rrelatime, which is the kernel's default all the same"},
    PROPAGATION("private", PROPAGATE_PRIVATE, "later mounts are neither sent nor received"),
    PROPAGATION("slave", PROPAGATE_SLAVE, "later mounts of the host are received"),
    PROPAGATION("shared", PROPAGATE_SHARED, "later mounts are sent and received"),
    PROPAGATION("unbindable", PROPAGATE_UNBINDABLE, "private, and can't be a bind mount's source"),
    {"sync", OPTION_SUPERBLOCK, 0, 0, "writes are synchronous"},
    {"async", OPTION_SUPERBLOCK, 0, 0, "undoes sync"},
    {"dirsync", OPTION_SUPERBLOCK, 0, 0, "changes of directories are synchronous"},
    {"lazytime", OPTION_SUPERBLOCK, 0, 0, "time stamps are written late"},
    {"nolazytime", OPTION_SUPERBLOCK, 0, 0, "undoes lazytime"},
    {"mand", OPTION_SUPERBLOCK, 0, 0, "mandatory locks"},
    {"nomand", OPTION_SUPERBLOCK, 0, 0, "undoes mand"},
    {"z", OPTION_RELABEL_SHARED, 0, 0, "the source gets the mount label, for any container"},
    {"Z", OPTION_RELABEL_PRIVATE, 0, 0, "the source gets the mount label, for this container alone"},
    {"defaults", OPTION_NOTHING, 0, 0, "nothing"},
    {"silent", OPTION_NOTHING, 0, 0, "nothing: there is no message to leave out"},
    {"loud", OPTION_NOTHING, 0, 0, "nothing"},
    {"idmap", OPTION_IDMAP, 0, 0, "an idmapped mount"},
    {"ridmap", OPTION_TREE_IDMAP, 0, 0, "idmapped mounts, the ones below included"},
    {"remount", OPTION_CHOICE, CHOICE_REMOUNT, 0, "changes what is mounted at the destination"},
    {"tmpcopyup", OPTION_CHOICE, CHOICE_COPY_UP, 0, "a tmpfs starts with a copy of what it covers"},
    {"copy-symlink", OPTION_CHOICE, CHOICE_COPY_SYMLINK, 0,
     "a source that is a link is made again at the destination"},
    {"src-nofollow", OPTION_CHOICE, CHOICE_SOURCE_NOFOLLOW, 0,
     "a source that is a link is mounted itself, and not what it leads to"},
    {"dest-nofollow", OPTION_CHOICE, CHOICE_TARGET_NOFOLLOW, 0,
     "a destination that is a link is mounted on itself, and not on what it leads to"},
    FOR_OTHERS("auto"),
    FOR_OTHERS("noauto"),
    FOR_OTHERS("nofail"),
    FOR_OTHERS("_netdev"),
    FOR_OTHERS("user"),
    FOR_OTHERS("nouser"),
    FOR_OTHERS("users"),
    FOR_OTHERS("nousers"),
    FOR_OTHERS("owner"),
    FOR_OTHERS("noowner"),
    FOR_OTHERS("group"),
    FOR_OTHERS("nogroup"),
    {"iversion", OPTION_NOTHING, 0, 0, "nothing: a file system that can count changes does so anyway"},
    {"noiversion", OPTION_NOTHING, 0, 0, "nothing"},
    {NULL, OPTION_NOTHING, 0, 0, NULL},
};

const struct mount_option *mount_option_table(void)
{
    return table;
}

static const struct mount_option *find(const char *word)
{
    for (const struct mount_option *option = table; option->word; option++)
        if (strcmp(option->word, word) == 0)
            return option;
    return NULL;
}

static void change(struct mount_attributes *attributes, const struct mount_option *option)
{
    attributes->set = (attributes->set & ~option->clear) | option->set;
    attributes->clear = (attributes->clear & ~option->set) | option->clear;
}

/* A later word for the tree is one for the mount itself, too. */
static void forget(struct mount_attributes *attributes, const struct mount_option *option)
{
    attributes->set &= ~(option->set | option->clear);
    attributes->clear &= ~(option->set | option->clear);
}

static const struct mount_option relatime = {.set = ATTRIBUTE_RELATIME, .clear = ATTRIBUTE_ATIME_FIELD};

static bool chooses_another(const struct mount_attributes *attributes, uint64_t access_time)
{
    return (attributes->clear & ATTRIBUTE_ATIME_FIELD) &&
           (attributes->set & ATTRIBUTE_ATIME_FIELD) != access_time;
}

/* What the tree has holds for the mount itself, too, unless that has a word of its own. */
static void undo_access_time(struct mount_options *options, const struct mount_option *option)
{
    const struct mount_attributes *chosen =
        options->top.clear & ATTRIBUTE_ATIME_FIELD ? &options->top : &options->tree;

    if (!chooses_another(chosen, option->set))
        change(&options->top, &relatime);
}

static void undo_tree_access_time(struct mount_options *options, const struct mount_option *option)
{
    if (!chooses_another(&options->tree, option->set))
        change(&options->tree, &relatime);
    if (!chooses_another(&options->top, option->set))
        forget(&options->top, &relatime);
}

static int append(struct strings *strings, const char *word, struct arena *arena, struct error *error)
{
    const char **place =
        arena_append(arena, (void **)&strings->values, &strings->length, sizeof(*strings->values));

    if (!place)
        return error_memory(error);
    *place = word;
    return 0;
}

static int apply(struct mount_options *options, const struct mount_option *option, struct arena *arena,
                 struct error *error)
{
    switch (option->effect) {
    case OPTION_ATTRIBUTE:
        change(&options->top, option);
        return 0;
    case OPTION_TREE_ATTRIBUTE:
        change(&options->tree, option);
        forget(&options->top, option);
        return 0;
    case OPTION_UNDO_ACCESS_TIME:
        undo_access_time(options, option);
        return 0;
    case OPTION_TREE_UNDO_ACCESS_TIME:
        undo_tree_access_time(options, option);
        return 0;
    case OPTION_PROPAGATION:
    case OPTION_TREE_PROPAGATION:
        options->propagation = option->set;
        options->tree_propagation = option->effect == OPTION_TREE_PROPAGATION;
        return 0;
    case OPTION_SUPERBLOCK:
        return append(&options->superblock, option->word, arena, error);
    case OPTION_BIND:
    case OPTION_TREE_BIND:
        options->bind = true;
        options->recursive = option->effect == OPTION_TREE_BIND;
        return 0;
    case OPTION_IDMAP:
    case OPTION_TREE_IDMAP:
        options->idmap = true;
        options->tree_idmap = option->effect == OPTION_TREE_IDMAP;
        return 0;
    case OPTION_RELABEL_SHARED:
        options->relabel = RELABEL_SHARED;
        return 0;
    case OPTION_RELABEL_PRIVATE:
        options->relabel = RELABEL_PRIVATE;
        return 0;
    case OPTION_CHOICE:
        options->choices |= option->set;
        return 0;
    case OPTION_NOTHING:
        break;
    }
    return 0;
}

/* What is for the file system must not be mistaken for a word of ours, nor for one of another tool. */
static int add_data(struct mount_options *options, const char *word, struct arena *arena, struct error *error)
{
    if (!*word || *word == '=')
        return error_set(error, EINVAL, "the option \"%s\" has no name", word);
    if (strncmp(word, "x-", 2) == 0 || strncmp(word, "X-", 2) == 0 || strncmp(word, "comment=", 8) == 0)
        return 0; /* comments for other programs, mount(8) */
    return append(&options->data, word, arena, error);
}

static int check_choices(const struct mount_options *options, struct error *error)
{
    bool remount = options->choices & CHOICE_REMOUNT;
    bool for_source = options->choices & (CHOICE_COPY_SYMLINK | CHOICE_SOURCE_NOFOLLOW);

    if (for_source && (remount || !options->bind))
        return error_set(error, EINVAL,
                         "options \"copy-symlink\" and \"src-nofollow\" are for the source of "
                         "a bind mount only");
    if ((options->choices & CHOICE_COPY_UP) && (remount || options->bind))
        return error_set(error, EINVAL, OPTION_COPY_UP_REFUSED);
    if (remount && (options->relabel != RELABEL_NONE || options->idmap))
        return error_set(error, EINVAL,
                         "options \"z\", \"Z\" and \"idmap\" don't go together with \"remount\"");
    return 0;
}

static int check_bind(const struct mount_options *options, struct error *error)
{
    if (!options->bind || options->data.length == 0)
        return 0;
    error_set(error, EINVAL, "option \"%s\": nothing that a bind mount knows", options->data.values[0]);
    error_hint(error, "correct it or leave it out: a bind mount takes no options of the file system");
    return -EINVAL;
}

int mount_options_parse(const struct strings *words, bool bind, struct arena *arena,
                        struct mount_options *ret_options, struct error *error)
{
    struct mount_options options = {.bind = bind};
    int status;

    for (size_t i = 0; i < words->length; i++) {
        const struct mount_option *option = find(words->values[i]);

        status = option ? apply(&options, option, arena, error)
                        : add_data(&options, words->values[i], arena, error);
        if (status < 0) {
            error_place(error, "options[%zu]", i);
            return status;
        }
    }
    status = check_bind(&options, error);
    if (status == 0)
        status = check_choices(&options, error);
    if (status < 0)
        return status;
    *ret_options = options;
    return 0;
}
