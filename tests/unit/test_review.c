/* SPDX-License-Identifier: Apache-2.0 */
/* What is read out of an upper layer, also of kinds that this machine's kernel doesn't make by itself. */
#include "base/fd.h"
#include "child.h"
#include "review/review.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scan_case {
    bool user_xattr;
    const char *machine, *upper; /* shell commands that fill the two */
    const char *expected;        /* "kind path what", sorted as they are reported */
};

#define TRUSTED false
#define USER true

static const struct scan_case cases[] = {
    {TRUSTED, "", "", ""},
    {TRUSTED, "echo x >a", "echo x >a; touch -r $M/a a", ""},
    {TRUSTED, "", "echo x >a", "added /a\n"},
    {TRUSTED, "echo x >a", "echo y >a", "changed /a content\n"},
    {TRUSTED, "echo x >a", "echo xx >a; chmod 600 a", "changed /a content,mode\n"},
    {TRUSTED, "echo x >a", "cp -p $M/a a; touch -d @5 a", "changed /a times\n"},
    {TRUSTED, "echo x >a", "cp -p $M/a a; chown 5:6 a", "changed /a owner\n"},
    {TRUSTED, "echo x >a", "cp -p $M/a a; setfattr -n user.a -v b a", "changed /a xattrs\n"},
    {TRUSTED, "echo x >a; setfattr -n user.a -v b a", "cp -p $M/a a", "changed /a xattrs\n"},
    {TRUSTED, "echo x >a; setfattr -n user.a -v b a", "cp -p $M/a a; setfattr -n user.a -v b a", ""},
    /* What overlayfs notes is nobody's change; of the other name it is. */
    {TRUSTED, "mkdir d", "cp -a $M/d d; setfattr -n trusted.overlay.impure -v y d", ""},
    {TRUSTED, "mkdir d", "cp -a $M/d d; setfattr -n user.overlay.impure -v y d", "changed /d xattrs\n"},
    {USER, "mkdir d", "cp -a $M/d d; setfattr -n user.overlay.impure -v y d", ""},
    /* Whiteouts, of both kinds. */
    {TRUSTED, "touch a b", "mknod a c 0 0", "removed /a\n"},
    {USER, "mkdir a; touch a/b", "mknod a c 0 0", "removed /a\n"},
    {TRUSTED, "", "mknod a c 0 0", ""},
    {TRUSTED, "", "mknod a c 1 3", "added /a\n"},
    {TRUSTED, "mknod a c 1 3", "mknod a c 1 5; touch -r $M/a a", "changed /a device\n"},
    {TRUSTED, "mkdir d; touch d/a d/b",
     "mkdir d; touch d/a -r $M/d/a; setfattr -n trusted.overlay.opaque -v x d; "
     ": >d/b; setfattr -n trusted.overlay.whiteout -v y d/b",
     "removed /d/b\n"},
    {USER, "touch b", ": >b; setfattr -n user.overlay.whiteout -v y b", "removed /b\n"},
    {TRUSTED, "touch b", ": >b; setfattr -n user.overlay.whiteout -v y b; touch -r $M/b b",
     "changed /b xattrs\n"},
    /* Opaque directories, and what is below them. */
    {TRUSTED, "mkdir d; touch d/a d/b", "mkdir d; touch d/c", "added /d/c\n"},
    {TRUSTED, "mkdir d; touch d/a d/c d/e", "mkdir d; touch d/b; setfattr -n trusted.overlay.opaque -v y d",
     "removed /d/a\nadded /d/b\nremoved /d/c\nremoved /d/e\n"},
    {USER, "mkdir d; touch d/a", "mkdir d; setfattr -n trusted.overlay.opaque -v y d", "changed /d xattrs\n"},
    {USER, "mkdir d; touch d/a", "mkdir d; setfattr -n user.overlay.opaque -v y d", "removed /d/a\n"},
    {TRUSTED, "mkdir -p d/e; touch d/e/a d/e/b",
     "mkdir -p d/e; cp -p $M/d/e/a d/e; setfattr -n trusted.overlay.opaque -v y d", "removed /d/e/b\n"},
    /* One kind in another's place. */
    {TRUSTED, "mkdir d; touch d/a", "touch d", "changed /d type\n"},
    {TRUSTED, "touch d", "mkdir d; touch d/a", "changed /d type\nadded /d/a\n"},
    {TRUSTED, "ln -s d l; mkdir d; touch d/a", "mkdir l; touch l/a", "changed /l type\nadded /l/a\n"},
    {TRUSTED, "ln -s a l", "ln -s b l", "changed /l target\n"},
    /* Links that lead elsewhere are what they are on both sides. */
    {TRUSTED, "ln -s /etc l", "mkdir l; mknod l/passwd c 0 0", "changed /l type\n"},
    {TRUSTED, "", "ln -s /etc l", "added /l\n"},
    /* The directory of the layer itself. */
    {TRUSTED, "", "chmod 700 .", "changed  mode\n"},
    {TRUSTED, "", "touch a; ln a b; ln a c", "added /a\nadded /b = a\nadded /c = a\n"},
};

static char ground[] = "/tmp/test-review-XXXXXX";

static void shell(const char *directory, const char *commands)
{
    CLEANUP_FREE char *line = NULL;

    assert_true(asprintf(&line, "cd %s/%s && M=%s/machine && set -- x && { %s\n:; }", ground, directory,
                         ground, commands) > 0);
    assert_int_equal(system(line), 0);
}

static void fill(struct review *review, struct review_layer *layer, const struct scan_case *row)
{
    static char target[64];
    struct stat status;

    shell("", "rm -rf machine 0; mkdir -p machine 0/upper");
    shell("machine", row->machine);
    shell("machine", "find . -exec touch -h -d @1000 {} +");
    assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &review->started), 0);
    shell("0/upper", row->upper);
    shell("0/upper", "touch -r $M .");
    snprintf(target, sizeof(target), "%s/machine", ground);
    assert_int_equal(stat(target, &status), 0);
    *layer = (struct review_layer){target, 0, status.st_ino, status.st_uid, status.st_gid, status.st_mode};
    review->directory = open(ground, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(review->directory >= 0);
    review->path = ground;
    review->name = "test";
    review->token = "0123456789abcdef";
    review->user_xattr = row->user_xattr;
    review->layers = layer;
    review->layers_length = 1;
}

static void print(FILE *out, const struct review_change *change)
{
    static const char *const kinds[] = {"same", "added", "changed", "removed"};
    const char *separator = " ";
    size_t length = strlen(ground) + strlen("/machine");

    fprintf(out, "%s %s", kinds[change->kind], change->path + length);
    for (size_t i = 0; review_words[i]; i++)
        if (change->what & (1u << i)) {
            fprintf(out, "%s%s", separator, review_words[i]);
            separator = ",";
        }
    if (change->link)
        fprintf(out, " = %s", change->link + length + 1);
    fputc('\n', out);
}

static void test_scan(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP_REVIEW struct review review = REVIEW_NONE;
        CLEANUP_CHANGES struct review_changes changes = {0};
        CLEANUP_ERROR struct error error = {0};
        CLEANUP_FREE char *text = NULL;
        struct review_layer layer;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        fill(&review, &layer, &cases[i]);
        if (review_scan(&review, &changes, &error) < 0)
            fprintf(out, "%s", error.text);
        for (size_t k = 0; k < changes.length; k++)
            print(out, &changes.values[k]);
        fclose(out);
        if (strcmp(text, cases[i].expected) != 0)
            fail_msg("%s | %s:\n%s", cases[i].machine, cases[i].upper, text);
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(ground) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    shell("", "rm -rf machine 0");
    return rmdir(ground);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
