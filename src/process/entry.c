/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the kernel enters the command, before the C library starts: `-Wl,-e,entry` in src/meson.build makes this the ELF entry in
 * place of the C library's _start, which follows. In a program that is dynamically linked, the dynamic loader enters here, when it
 * has relocated the program: then what is saved is only the rest of the start.
 *
 * 1. A container may reach holdfast's own binary by /proc/PID/exe and write to it (CVE-2019-5736, own_executable.h), so commands
 *    that enter containers execute themselves anew from where it can't be written. Which those are, enters_container() says: the
 *    same as have `.protects_executable` in src/cli (cli.h). It does what own_executable_protect() does, but earlier: the C
 *    library's start costs as much as a third of what holdfast does itself for a container, half of that for CPUID instructions
 *    that a virtual machine's host answers, and it is for nothing in a process that executes itself anew at once.
 *
 *        readlink(/proc/self/exe), open_tree(/proc/self/exe, OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_RDONLY), execveat(fd, "")
 *
 * 2. In a static program the pages of its data, all of which the start writes to (relocations), come by one call instead of
 *    a page fault each. A dynamic loader has done that already.
 *
 *        madvise(MADV_POPULATE_WRITE)
 *
 * Nothing here is relied upon: main() looks again whether the binary is protected, and does what was not done. In a static
 * program there are no relocations yet, no thread-local storage and so no stack protector (src/meson.build), and nothing may be
 * called.
 */
#include <elf.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "src/meson.build has this file for x86-64 only"
#endif

#define POPULATE_WRITE 23 /* MADV_POPULATE_WRITE, Linux 5.14 */
#define PAGE_MASK (~4095ul)

/* The linker's name for the beginning of the program in memory. */
extern const Elf64_Ehdr program __asm__("__ehdr_start") __attribute__((visibility("hidden")));

void entry_run(char *const *stack);

/* The kernel's stack begins with the number of arguments (System V ABI, "Initial Stack"); %rdx is for _start, too. */
__asm__(".globl entry\n"
        ".type entry, @function\n"
        "entry:\n"
        "    endbr64\n"
        "    mov %rsp, %rdi\n"
        "    push %rdx\n"
        "    sub $8, %rsp\n"
        "    call entry_run\n"
        "    add $8, %rsp\n"
        "    pop %rdx\n"
        "    jmp _start\n");

static long call(long number, long first, const void *second, long third, const void *fourth, long fifth)
{
    register const void *r10 __asm__("r10") = fourth;
    register long r8 __asm__("r8") = fifth;
    long result = number;

    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static int is_same(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

/* Whether a word of the command line is the name of a command with `.protects_executable` (cli.h). If it is something else,
 * an ID, a path, a word of a box's command, the binary is protected for nothing. */
static int enters_container(char *const *words)
{
    for (; *words; words++)
        if (is_same(*words, "run") || is_same(*words, "create") || is_same(*words, "exec") ||
            is_same(*words, "mounts"))
            return 1;
    return 0;
}

/* own_executable.c says why the link of a protected binary is "/". */
static int may_be_protected(void)
{
    char path[2];
    long length = call(SYS_readlink, (long)"/proc/self/exe", path, sizeof(path), 0, 0);

    return length < 0 || (length == 1 && path[0] == '/');
}

static void protect(char *const *arguments, long count)
{
    const struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    long clone = call(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);

    if (clone < 0)
        return;
    if (call(SYS_mount_setattr, clone, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) == 0)
        call(SYS_execveat, clone, "", (long)arguments, arguments + count + 1, AT_EMPTY_PATH);
    call(SYS_close, clone, 0, 0, 0, 0);
}

static int is_loaded_dynamically(const Elf64_Phdr *segments)
{
    for (int i = 0; i < program.e_phnum; i++)
        if (segments[i].p_type == PT_INTERP)
            return 1;
    return 0;
}

static void populate_data(void)
{
    const Elf64_Phdr *segments = (const void *)((const char *)&program + program.e_phoff);
    unsigned long base = program.e_type == ET_DYN ? (unsigned long)&program : 0;

    if (is_loaded_dynamically(segments))
        return;
    for (int i = 0; i < program.e_phnum; i++) {
        const Elf64_Phdr *segment = &segments[i];
        unsigned long begin = base + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W))
            call(SYS_madvise, (long)(begin & PAGE_MASK),
                 (const void *)(begin + segment->p_memsz - (begin & PAGE_MASK)), POPULATE_WRITE, 0, 0);
    }
}

/* The kernel's stack begins with the number of arguments, and they follow. */
void entry_run(char *const *stack)
{
    char *const *arguments = stack + 1;

    if (enters_container(arguments) && !may_be_protected())
        protect(arguments, (long)stack[0]);
    populate_data();
}
