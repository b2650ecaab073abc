/* SPDX-License-Identifier: Apache-2.0 */
/* Attaches many bind mounts of a directory below itself. Usage: many-mounts DIRECTORY COUNT */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count != 3 || chdir(arguments[1]) < 0 || mkdir("source", 0755) < 0)
        err(EXIT_FAILURE, "usage: many-mounts DIRECTORY COUNT");
    for (int i = 0; i < atoi(arguments[2]); i++) {
        char name[16];
        int tree = open_tree(AT_FDCWD, "source", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

        snprintf(name, sizeof(name), "%d", i);
        if (tree < 0 || mkdir(name, 0755) < 0 ||
            move_mount(tree, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
            err(EXIT_FAILURE, "%s", name);
        close(tree);
    }
    return EXIT_SUCCESS;
}
