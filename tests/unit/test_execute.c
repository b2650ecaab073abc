/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "base/fd.h"
#include "process/executable.h"
#include "process/execute.h"
#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The tests run in a directory of their own: paths are relative to it, or absolute with its name in front. */
static char directory[] = "/tmp/holdfast-execute-XXXXXX";

static char *program; /* a small dynamically linked program of this machine, as bytes */
static size_t program_length;
static char *interpreter; /* the place in it where its dynamic linker's path is */

static void write_file(const char *path, const void *data, size_t length, mode_t mode)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, data, length), 0);
    assert_int_equal(fchmod(fd, mode), 0);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    write_file(path, text, strlen(text), mode);
}

/* The program with 16 bits at offset replaced. */
static void write_program(const char *path, size_t offset, uint16_t value)
{
    uint16_t saved;

    memcpy(&saved, program + offset, sizeof(saved));
    memcpy(program + offset, &value, sizeof(value));
    write_file(path, program, program_length, 0755);
    memcpy(program + offset, &saved, sizeof(saved));
}

static void load_program(void)
{
    CLEANUP_FD int fd = open("/usr/bin/true", O_RDONLY | O_CLOEXEC);
    Elf64_Ehdr header;
    Elf64_Phdr segment = {0};

    assert_true(fd >= 0);
    assert_int_equal(fd_read_all(fd, 1 << 24, &program, &program_length), 0);
    memcpy(&header, program, sizeof(header));
    for (size_t i = 0; i < header.e_phnum && segment.p_type != PT_INTERP; i++)
        memcpy(&segment, program + header.e_phoff + i * sizeof(segment), sizeof(segment));
    assert_int_equal(segment.p_type, PT_INTERP);
    interpreter = program + segment.p_offset;
}

static int set_up(void **state)
{
    uint16_t other = EM_AARCH64;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(chmod(directory, 0755), 0);
    load_program();
    assert_int_equal(mkdir("bin", 0755), 0);
    assert_int_equal(mkdir("sbin", 0755), 0);
    assert_int_equal(mkdir("sbin/tool", 0755), 0);
    assert_int_equal(mkdir("folder", 0755), 0);
    write_text("data", "just text", 0644);
    write_text("sbin/data", "just text", 0644);
    write_text("text", "just text\n", 0755);
    write_text("empty", "", 0755);
    write_text("script", "#!/nowhere/python3 -I\nprint()\n", 0755);
    write_text("carriage", "#!/bin/sh\r\ntrue\r\n", 0755);
    write_text("blanks", "#! \t/nowhere/blank\t-x\n", 0755);
    write_text("nothing", "#!\n", 0755);
    write_text("unended", "#!/nowhere/unended", 0755);
    write_text("plain", "#!./data\n", 0755);
    write_text("status", "#!/bin/sh\nexit 42\n", 0755);
    write_text("bin/tool", "#!/bin/sh\nexit 43\n", 0755);
    write_program("other", offsetof(Elf64_Ehdr, e_machine), other);
    interpreter[1] = '!';
    write_file("linker", program, program_length, 0755);
    write_text("uselinker", "#!./linker\n", 0755);
    interpreter[1] = 'l';
    program[EI_DATA] = ELFDATA2MSB;
    write_program("big", offsetof(Elf64_Ehdr, e_machine), __builtin_bswap16(EM_S390));
    program[EI_DATA] = ELFDATA2LSB;
    assert_int_equal(mkfifo("pipe", 0755), 0);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    free(program);
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

struct attempt {
    const char *program;
    int code;
    const char *says;
};

/* What execve(2) itself finds, with a path that is there. */
static void check_attempt(const void *argument)
{
    const struct attempt *attempt = argument;
    CLEANUP_ERROR struct error error = {0};
    const char *arguments[] = {attempt->program, NULL}, *environment[] = {NULL};
    struct execution execution = {attempt->program, arguments, environment};

    CHECK(execute_program(&execution, &error) == -attempt->code);
    CHECK(error.code == attempt->code);
    CHECK(error_says(&error, attempt->says));
}

static void test_failures_are_explained(void **state)
{
    static const struct attempt attempts[] = {
        {"./missing", ENOENT, "cannot execute ./missing"},
        {"./folder", EACCES, "cannot execute ./folder"},
        {"./data", EACCES, "cannot execute ./data"},
        {"./pipe", EACCES, "cannot execute ./pipe"},
        {"./text", ENOEXEC, "neither a program nor a script"},
        {"./empty", ENOEXEC, "neither a program nor a script"},
        {"./nothing", ENOEXEC, "cannot execute ./nothing"},
        {"./script", ENOENT, "./script: its first line asks for /nowhere/python3, which is not in the "},
        {"./blanks", ENOENT, "./blanks: its first line asks for /nowhere/blank, which"},
        {"./unended", ENOENT, "its first line asks for /nowhere/unended, which"},
        {"./carriage", ENOENT, "the line ends with a carriage return"},
        {"./plain", EACCES, "its first line asks for ./data, which may not be executed"},
        {"./linker", ENOENT, "./linker: needs the interpreter /!ib64/ld-linux-x86-64.so.2, which is n"},
        {"./uselinker", ENOENT, "./linker: needs the interpreter /!ib64/ld-linux-x86-64.so.2, which is n"},
        {"./other", ENOEXEC, "cannot execute ./other, a program for ARM 64 (aarch64)"},
        {"./big", ENOEXEC, "cannot execute ./big, a program for IBM Z (s390x)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(attempts); i++)
        in_child(check_attempt, &attempts[i]);
}

/* Cut off anywhere, and with any byte of its head changed: whatever is said, no byte outside is read. */
static void test_broken_programs_are_survived(void **state)
{
    (void)state;
    for (size_t length = 0; length < 1200; length++) {
        CLEANUP_ERROR struct error error = {0};

        write_file("broken", program, length, 0755);
        assert_int_equal(executable_explain("./broken", ENOEXEC, &error), -ENOEXEC);
    }
    for (size_t i = 0; i < 1200; i++) {
        CLEANUP_ERROR struct error error = {0};
        char saved = program[i];

        program[i] = (char)~saved;
        write_file("broken", program, 4096, 0755);
        program[i] = saved;
        assert_int_equal(executable_explain("./broken", ENOENT, &error), -ENOENT);
    }
}

/* The length of the interpreter's path is the image's word too. */
static void test_long_interpreter(void **state)
{
    static const uint16_t sizes[] = {0, 1, 2, 4096, 4097, 8192, UINT16_MAX};
    size_t place = 0;

    (void)state;
    for (size_t i = sizeof(Elf64_Ehdr); !place; i += sizeof(Elf64_Phdr))
        if (*(const uint32_t *)(const void *)(program + i) == PT_INTERP)
            place = i + offsetof(Elf64_Phdr, p_filesz);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        CLEANUP_ERROR struct error error = {0};

        write_program("long", place, sizes[i]);
        assert_int_equal(executable_explain("./long", ENOEXEC, &error), -ENOEXEC);
    }
}

struct lookup {
    const char *name;
    const char *path; /* PATH, "@" standing for the directory; NULL for none */
    const char *found;
    int code;
    const char *says;
};

static char *with_directory(struct arena *arena, const char *text)
{
    char *whole = arena_copy(arena, "");

    for (; whole && *text; text++)
        whole = *text == '@' ? arena_printf(arena, "%s%s", whole, directory)
                             : arena_printf(arena, "%s%c", whole, *text);
    assert_non_null(whole);
    return whole;
}

static void check_lookup(const struct lookup *lookup)
{
    CLEANUP_ERROR struct error error = {0};
    CLEANUP(arena_clear) struct arena arena = {0};
    const char *name = lookup->name;
    const char *path =
        arena_printf(&arena, "PATH=%s", lookup->path ? with_directory(&arena, lookup->path) : "");
    struct config_process process = {
        .args = {.values = &name, .length = 1},
        .env = {.values = &path, .length = lookup->path != NULL},
    };
    struct execution execution = {.program = "untouched"};
    int result = execute_resolve(&process, NULL, &arena, &execution, &error);

    assert_int_equal(result, -lookup->code);
    if (lookup->code) {
        assert_int_equal(error.code, lookup->code);
        assert_true(error_says(&error, with_directory(&arena, lookup->says)));
        assert_string_equal(execution.program, "untouched");
    } else {
        assert_string_equal(execution.program, with_directory(&arena, lookup->found));
        assert_string_equal(execution.arguments[0], lookup->name);
        assert_null(execution.arguments[1]);
    }
}

static void test_lookup(void **state)
{
    static const struct lookup lookups[] = {
        {"tool", "@/bin", "@/bin/tool", 0, NULL},
        {"tool", "/nowhere:@/bin", "@/bin/tool", 0, NULL},
        {"tool", "@/sbin:@/bin", "@/bin/tool", 0, NULL},
        {"tool", "@/data:@/bin:", "@/bin/tool", 0, NULL},
        {"./status", "/nowhere", "./status", 0, NULL},
        {"bin/tool", NULL, "bin/tool", 0, NULL},
        {"tool", NULL, NULL, ENOENT, "process.env has no PATH"},
        {"tool", "", NULL, ENOENT, "executable file not found in $PATH ()"},
        {"tool", "/nowhere:@/folder", NULL, ENOENT, "executable file not found in $PATH (/nowhere:@/folder)"},
        {"tool", "bin", NULL, ENOENT, "executable file not found in $PATH (bin)"},
        {"status", ":.", NULL, ENOENT, "executable file not found in $PATH"},
        {"tool", "@/sbin", NULL, EACCES, "@/sbin/tool: permission denied: it is a directory"},
        {"data", "@/sbin", NULL, EACCES, "cannot execute @/sbin/data"},
        {"./missing", "/bin", NULL, ENOENT, "./missing: no such file or directory in the container"},
        {"./folder", "/bin", NULL, EACCES, "./folder: permission denied: it is a directory"},
        {"./data", "/bin", NULL, EACCES, "check its mode"},
        {"data/thing", "/bin", NULL, ENOTDIR, "cannot execute data/thing"},
        {"", "/bin", NULL, EINVAL, "does not name a program"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lookups); i++)
        check_lookup(&lookups[i]);
}

static void execute_script(const void *argument)
{
    CLEANUP_ERROR struct error error = {0};
    struct arena arena = {0};
    const char *const *texts = argument;
    const char *arguments[] = {"sh", "-c", texts[0]}, *variables[] = {texts[1], texts[2]};
    struct config_process process = {.args = {arguments, 3}, .env = {variables, 2}};
    struct execution execution;

    CHECK_OK(execute_resolve(&process, "/home/joe", &arena, &execution, &error), &error);
    CHECK_OK(execute_program(&execution, &error), &error);
}

/* The program sees its arguments, and of the environment only what it was given. */
static void test_program_runs(void **state)
{
    static const char *const texts[] = {
        "test \"$A\" = 2 && test \"$HOME\" = /home/joe && test -z \"$OUTSIDE\" && exit 7",
        "PATH=/usr/bin:/bin",
        "A=2",
    };
    int status;

    (void)state;
    assert_int_equal(setenv("OUTSIDE", "1", 1), 0);
    status = child_status(execute_script, texts);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_are_explained), cmocka_unit_test(test_broken_programs_are_survived),
        cmocka_unit_test(test_long_interpreter),       cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_program_runs),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
