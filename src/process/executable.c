/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execve(2) says ENOENT alike for a program, for its dynamic linker and for the interpreter of a script. Here
 * the file is read as the kernel does (fs/binfmt_elf.c, fs/binfmt_script.c), to tell them apart. All of it
 * comes from the image and may be anything: each length is checked.
 */
#include "process/executable.h"
#include "base/fd.h"

#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT_DEPTH 5       /* the kernel follows no more (exec_binprm) */
#define FIRST_LINE_LIMIT 256 /* BINPRM_BUF_SIZE */
#define PROGRAM_HEADER_LIMIT 64

struct executable {
    char interpreter[PATH_MAX]; /* "" if it needs none */
    bool script;
    bool elf;
    unsigned int machine; /* of an ELF file */
};

static const struct {
    unsigned int machine;
    const char *name;
} machines[] = {
    {EM_386, "x86 (32 bit)"},         {EM_X86_64, "x86-64"}, {EM_ARM, "ARM (32 bit)"},
    {EM_AARCH64, "ARM 64 (aarch64)"}, {EM_RISCV, "RISC-V"},  {EM_PPC64, "PowerPC 64"},
    {EM_S390, "IBM Z (s390x)"},       {EM_MIPS, "MIPS"},     {EM_LOONGARCH, "LoongArch"},
};

static const char *machine_name(unsigned int machine, char number[32])
{
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].machine == machine)
            return machines[i].name;
    snprintf(number, 32, "machine number %u", machine);
    return number;
}

static bool read_at(int fd, void *data, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX && pread(fd, data, size, (off_t)offset) == (ssize_t)size;
}

/* The path in a PT_INTERP segment, which the kernel wants to end with NUL. */
static void read_interpreter(int fd, uint64_t offset, uint64_t size, struct executable *executable)
{
    if (size < 2 || size > sizeof(executable->interpreter))
        return;
    if (!read_at(fd, executable->interpreter, size, offset) || executable->interpreter[size - 1] != '\0')
        executable->interpreter[0] = '\0';
}

struct segments {
    bool wide; /* of the 64 bit class */
    uint64_t offset;
    unsigned int length;
};

static bool read_segments(int fd, bool wide, struct segments *ret_segments)
{
    Elf64_Ehdr header64;
    Elf32_Ehdr header32;

    if (wide && read_at(fd, &header64, sizeof(header64), 0) && header64.e_phentsize == sizeof(Elf64_Phdr))
        *ret_segments = (struct segments){true, header64.e_phoff, header64.e_phnum};
    else if (!wide && read_at(fd, &header32, sizeof(header32), 0) &&
             header32.e_phentsize == sizeof(Elf32_Phdr))
        *ret_segments = (struct segments){false, header32.e_phoff, header32.e_phnum};
    else
        return false;
    return true;
}

static bool read_segment(int fd, const struct segments *segments, unsigned int index, Elf64_Phdr *ret_segment)
{
    Elf32_Phdr narrow;

    if (segments->wide)
        return read_at(fd, ret_segment, sizeof(*ret_segment),
                       segments->offset + index * sizeof(*ret_segment));
    if (!read_at(fd, &narrow, sizeof(narrow), segments->offset + index * sizeof(narrow)))
        return false;
    *ret_segment =
        (Elf64_Phdr){.p_type = narrow.p_type, .p_offset = narrow.p_offset, .p_filesz = narrow.p_filesz};
    return true;
}

static void find_interpreter(int fd, bool wide, struct executable *executable)
{
    struct segments segments;
    Elf64_Phdr segment;

    if (!read_segments(fd, wide, &segments))
        return;
    for (unsigned int i = 0; i < segments.length && i < PROGRAM_HEADER_LIMIT; i++) {
        if (!read_segment(fd, &segments, i, &segment))
            return;
        if (segment.p_type == PT_INTERP) {
            read_interpreter(fd, segment.p_offset, segment.p_filesz, executable);
            return;
        }
    }
}

/* e_ident, e_type and e_machine lie at the same place for all classes; the bytes are in the order of the
 * file's machine. A file in the other order can't run here, so its segments are of no interest. */
static void read_elf(int fd, struct executable *executable)
{
    Elf32_Ehdr header;
    unsigned char native = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;

    if (!read_at(fd, &header, offsetof(Elf32_Ehdr, e_version), 0))
        return;
    executable->elf = true;
    executable->machine = header.e_machine;
    if (header.e_ident[EI_DATA] != native)
        executable->machine = __builtin_bswap16(header.e_machine);
    else
        find_interpreter(fd, header.e_ident[EI_CLASS] == ELFCLASS64, executable);
}

/* "#!", blanks, the interpreter, and what comes after a blank is its argument. */
static void read_script(const char *line, struct executable *executable)
{
    const char *start = line + 2 + strspn(line + 2, " \t");
    size_t length = strcspn(start, " \t\n");

    executable->script = true;
    memcpy(executable->interpreter, start, length);
    executable->interpreter[length] = '\0';
}

/* false: it can't be read, which doesn't keep it from being executed. */
static bool read_executable(const char *path, struct executable *ret_executable)
{
    struct executable executable = {0};
    char start[FIRST_LINE_LIMIT + 1] = "";
    struct stat status;
    CLEANUP_FD int fd = -1;

    /* What is no regular file is not opened: it could wait, or have an effect. */
    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || pread(fd, start, FIRST_LINE_LIMIT, 0) < 0)
        return false;
    if (memcmp(start, ELFMAG, SELFMAG) == 0)
        read_elf(fd, &executable);
    else if (strncmp(start, "#!", 2) == 0)
        read_script(start, &executable);
    *ret_executable = executable;
    return true;
}

/* The interpreter is there; what it needs in turn may not be. Returns whether that was the reason. */
static bool explain_interpreter(const char *path, const struct executable *executable, int code,
                                struct error *error)
{
    const char *asks = executable->script ? "its first line asks for" : "needs the interpreter";
    const char *interpreter = executable->interpreter;

    if (access(interpreter, F_OK) < 0) {
        error_call(error, code, "execve", "%s: %s %s, which is not in the container", path, asks,
                   interpreter);
        if (executable->script && *interpreter && interpreter[strlen(interpreter) - 1] == '\r')
            error_hint(error, "the line ends with a carriage return: convert the file to Unix line ends");
        return true;
    }
    if (faccessat(AT_FDCWD, interpreter, X_OK, AT_EACCESS) < 0) {
        error_call(error, code, "execve", "%s: %s %s, which may not be executed", path, asks, interpreter);
        return true;
    }
    return false;
}

static int explain_file(const char *path, const struct executable *executable, int code, struct error *error)
{
    char number[32];

    if (code != ENOEXEC)
        return error_call(error, code, "execve", "cannot execute %s", path);
    if (executable->elf)
        return error_call(error, code, "execve", "cannot execute %s, a program for %s", path,
                          machine_name(executable->machine, number));
    error_call(error, code, "execve", "cannot execute %s", path);
    error_hint(error, "it is neither a program nor a script that begins with \"#!\"");
    return -code;
}

int executable_explain(const char *path, int code, struct error *error)
{
    char current[PATH_MAX];
    struct executable executable = {0};

    if (snprintf(current, sizeof(current), "%s", path) >= (int)sizeof(current))
        return explain_file(path, &executable, code, error);
    for (int depth = 0; depth < SCRIPT_DEPTH && read_executable(current, &executable); depth++) {
        if (!executable.interpreter[0])
            break;
        if (explain_interpreter(current, &executable, code, error))
            return -code;
        if (!executable.script)
            break;
        memcpy(current, executable.interpreter, sizeof(current));
    }
    return explain_file(current, &executable, code, error);
}
