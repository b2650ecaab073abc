/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src/path against a model and against the kernel. A line of the input makes an entry of a tree, or looks for a path in it:
 *
 *     a/        a directory
 *     a/f       a file
 *     l>../f    a link
 *     =l/x      path_ensure(), a directory at the end
 *     +l/x      the same, a file at the end
 */
#include "root.h"

#include "path/path.h"
#include "path_model.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

/* Short enough for the limits of src/path not to be reached, which test_path_properties.c is about. */
#define SIZE_LIMIT 480

static int root = -1;

/* How many entries there are below; they are removed, too, if that is asked for. */
static int count(int directory, bool removing)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fdopendir(fd);
    struct dirent *entry;
    int number = 0;

    REQUIRE(stream);
    while ((entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        number++;
        if (entry->d_type == DT_DIR) {
            CLEANUP_FD int below = openat(fd, entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            REQUIRE(below >= 0);
            number += count(below, removing);
        }
        if (removing)
            REQUIRE(unlinkat(fd, entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0) == 0);
    }
    closedir(stream);
    return number;
}

static void check_node(const struct model *model, int node)
{
    static const mode_t types[] = {S_IFDIR, S_IFREG, S_IFLNK};
    char path[PATH_MAX], target[PATH_MAX] = "";
    CLEANUP_FD int fd = -1;
    struct stat status;

    model_path(model, node, path, sizeof(path));
    fd = kernel_openat2(root, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH);
    REQUIRE(fd >= 0 && fstat(fd, &status) == 0);
    REQUIRE((status.st_mode & S_IFMT) == types[model->nodes[node].kind]);
    if (model->nodes[node].kind == MODEL_LINK) {
        REQUIRE(readlinkat(fd, "", target, sizeof(target) - 1) > 0);
        REQUIRE(strcmp(target, model->nodes[node].target) == 0);
    }
}

/* The tree is the model's, and nothing else. */
static void check_tree(const struct model *model)
{
    for (int i = 0; i < model->length; i++)
        check_node(model, i);
    REQUIRE(count(root, false) == model->length - 1);
}

/* fd, or -errno, is what the model says. While somebody else on the machine renames and mounts without pause, the kernel
 * says EAGAIN of paths with many ".." (openat2(2)), which tells nothing. */
static void check_place(const struct model *model, int node, int fd)
{
    char path[PATH_MAX];
    CLEANUP_FD int expected = -1;
    struct stat one, other;

    if (fd == -EAGAIN)
        return;
    if (node < 0) {
        REQUIRE(fd == node);
        return;
    }
    model_path(model, node, path, sizeof(path));
    expected = kernel_openat2(root, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH);
    REQUIRE(fd >= 0 && expected >= 0 && fstat(fd, &one) == 0 && fstat(expected, &other) == 0);
    REQUIRE(one.st_ino == other.st_ino && one.st_dev == other.st_dev);
}

static void check_kernel(const struct model *model, const char *path)
{
    CLEANUP_FD int fd = kernel_openat2(root, *path ? path : "/", O_PATH, 0, RESOLVE_IN_ROOT);

    check_place(model, model_resolve(model, path), fd);
}

/* Makes what an entry says where the model and the kernel agree that there is a place for it. */
static void make_entry(struct model *model, char *line)
{
    char *target = strchr(line, '>'), *slash, *name;
    size_t length = (target ? (size_t)(target - line) : strlen(line));
    bool directory = !target && length > 1 && line[length - 1] == '/';
    CLEANUP_FD int parent_fd = -1;
    int parent, made;

    line[length - directory] = '\0';
    slash = strrchr(line, '/');
    name = slash ? slash + 1 : line;
    parent_fd = slash ? (*slash = '\0', path_open(root, line, O_PATH)) : path_open(root, "", O_PATH);
    parent = slash ? model_resolve(model, line) : 0;
    check_place(model, parent, parent_fd);
    if (parent < 0 || parent_fd < 0 || model->nodes[parent].kind != MODEL_DIRECTORY)
        return;
    made = target      ? symlinkat(target + 1, parent_fd, name)
           : directory ? mkdirat(parent_fd, name, 0755)
                       : mknodat(parent_fd, name, S_IFREG | 0644, 0);
    if (made == 0)
        (void)model_add(model, parent, name, strlen(name),
                        target      ? MODEL_LINK
                        : directory ? MODEL_DIRECTORY
                                    : MODEL_FILE,
                        target ? target + 1 : NULL);
}

static void ensure(struct model *model, const char *path, bool directory)
{
    CLEANUP_JOURNAL struct path_journal journal = {0};
    int before = model->length, expected = model_ensure(model, path, directory);
    struct path_end end = {0};
    CLEANUP_FD int fd = path_ensure(root, path, directory, &journal, &end);

    check_place(model, expected, fd);
    if (fd != -EAGAIN)
        check_tree(model);
    REQUIRE(fd == -EAGAIN || journal.length == (size_t)(model->length - before));
    REQUIRE(!end.created || expected >= before);
    check_kernel(model, path);
    path_journal_undo(&journal);
    while (model->length > before) {
        free(model->nodes[--model->length].name);
    }
    check_tree(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = fuzz_text(data, size);
    char *rest = text, *line;
    CLEANUP(model_clear) struct model model;

    model_init(&model);
    if (root < 0)
        root = fuzz_make_root();
    while (size <= SIZE_LIMIT && (line = strsep(&rest, "\n"))) {
        check_kernel(&model, line);
        if (*line == '=' || *line == '+')
            ensure(&model, line + 1, *line == '=');
        else if (*line)
            make_entry(&model, line);
    }
    REQUIRE(count(root, true) == model.length - 1);
    return 0;
}
