/* SPDX-License-Identifier: Apache-2.0 */
/* src/plan: every word of mounts[].options, alone and with its opposite, as what the plan says it does. */
#include "plan_helpers.h"

#include "plan/mount_options.h"

#define HINT_BIND "correct it or leave it out: a bind mount takes no options of the file system"
#define UNKNOWN(word) "option \"" word "\": nothing that a bind mount knows; " HINT_BIND
#define FOR_SOURCE "options \"copy-symlink\" and \"src-nofollow\" are for the source of a bind mount only"
#define FOR_TMPFS "option \"tmpcopyup\" is for a new tmpfs only"
#define WITHOUT_MAPPING(word)                                                                                \
    "option \"" word "\" without a mapping; give the mount uidMappings and gidMappings, or the container a " \
    "user namespace"
#define NOT_WITH_REMOUNT "options \"z\", \"Z\" and \"idmap\" don't go together with \"remount\""

/* The options of one mount, as "ro,nosuid", and what its line in the plan says. */
struct option_case {
    const char *words, *says;
};

static const struct option_case on_bind_mounts[] = {
    {"", " rprivate"},
    {"bind", " rprivate"},
    {"rbind", " recursive rprivate"},
    {"bind,rbind", " recursive rprivate"},
    {"rbind,bind", " rprivate"},
    {"ro", " ro rprivate"},
    {"rw", " rw rprivate"},
    {"ro,rw", " rw rprivate"},
    {"rw,ro", " ro rprivate"},
    {"rro", " rro rprivate"},
    {"rrw", " rrw rprivate"},
    {"rro,rrw", " rrw rprivate"},
    {"rrw,rro", " rro rprivate"},
    {"nosuid", " nosuid rprivate"},
    {"suid", " suid rprivate"},
    {"nosuid,suid", " suid rprivate"},
    {"suid,nosuid", " nosuid rprivate"},
    {"rnosuid", " rnosuid rprivate"},
    {"rsuid", " rsuid rprivate"},
    {"rnosuid,rsuid", " rsuid rprivate"},
    {"rsuid,rnosuid", " rnosuid rprivate"},
    {"nodev", " nodev rprivate"},
    {"dev", " dev rprivate"},
    {"nodev,dev", " dev rprivate"},
    {"dev,nodev", " nodev rprivate"},
    {"rnodev", " rnodev rprivate"},
    {"rdev", " rdev rprivate"},
    {"rnodev,rdev", " rdev rprivate"},
    {"rdev,rnodev", " rnodev rprivate"},
    {"noexec", " noexec rprivate"},
    {"exec", " exec rprivate"},
    {"noexec,exec", " exec rprivate"},
    {"exec,noexec", " noexec rprivate"},
    {"rnoexec", " rnoexec rprivate"},
    {"rexec", " rexec rprivate"},
    {"rnoexec,rexec", " rexec rprivate"},
    {"rexec,rnoexec", " rnoexec rprivate"},
    {"nodiratime", " nodiratime rprivate"},
    {"diratime", " diratime rprivate"},
    {"nodiratime,diratime", " diratime rprivate"},
    {"diratime,nodiratime", " nodiratime rprivate"},
    {"rnodiratime", " rnodiratime rprivate"},
    {"rdiratime", " rdiratime rprivate"},
    {"rnodiratime,rdiratime", " rdiratime rprivate"},
    {"rdiratime,rnodiratime", " rnodiratime rprivate"},
    {"nosymfollow", " nosymfollow rprivate"},
    {"symfollow", " symfollow rprivate"},
    {"nosymfollow,symfollow", " symfollow rprivate"},
    {"symfollow,nosymfollow", " nosymfollow rprivate"},
    {"rnosymfollow", " rnosymfollow rprivate"},
    {"rsymfollow", " rsymfollow rprivate"},
    {"rnosymfollow,rsymfollow", " rsymfollow rprivate"},
    {"rsymfollow,rnosymfollow", " rnosymfollow rprivate"},
    {"relatime", " relatime rprivate"},
    {"norelatime", " rprivate"},
    {"noatime", " noatime rprivate"},
    {"atime", " relatime rprivate"},
    {"strictatime", " strictatime rprivate"},
    {"nostrictatime", " relatime rprivate"},
    {"noatime,atime", " relatime rprivate"},
    {"atime,noatime", " noatime rprivate"},
    {"strictatime,nostrictatime", " relatime rprivate"},
    {"nostrictatime,strictatime", " strictatime rprivate"},
    {"noatime,nostrictatime", " noatime rprivate"},
    {"strictatime,atime", " strictatime rprivate"},
    {"relatime,atime,nostrictatime", " relatime rprivate"},
    {"rnoatime,nostrictatime", " rnoatime rprivate"},
    {"rnoatime,atime", " relatime rnoatime rprivate"},
    {"noatime,rnostrictatime", " noatime rrelatime rprivate"},
    {"strictatime,rnostrictatime", " rrelatime rprivate"},
    {"rnoatime,rnostrictatime", " rnoatime rprivate"},
    {"relatime,norelatime", " relatime rprivate"},
    {"norelatime,relatime", " relatime rprivate"},
    {"noatime,strictatime", " strictatime rprivate"},
    {"strictatime,noatime", " noatime rprivate"},
    {"noatime,relatime", " relatime rprivate"},
    {"relatime,noatime", " noatime rprivate"},
    {"strictatime,relatime", " relatime rprivate"},
    {"relatime,strictatime", " strictatime rprivate"},
    {"noatime,strictatime,relatime,noatime", " noatime rprivate"},
    {"rrelatime", " rrelatime rprivate"},
    {"rnorelatime", " rprivate"},
    {"rnoatime", " rnoatime rprivate"},
    {"ratime", " rrelatime rprivate"},
    {"rstrictatime", " rstrictatime rprivate"},
    {"rnostrictatime", " rrelatime rprivate"},
    {"rnoatime,ratime", " rrelatime rprivate"},
    {"ratime,rnoatime", " rnoatime rprivate"},
    {"rstrictatime,rnostrictatime", " rrelatime rprivate"},
    {"rnostrictatime,rstrictatime", " rstrictatime rprivate"},
    {"rrelatime,rnoatime", " rnoatime rprivate"},
    {"rnoatime,rrelatime", " rrelatime rprivate"},
    {"noatime,rstrictatime", " rstrictatime rprivate"},
    {"rstrictatime,noatime", " noatime rstrictatime rprivate"},
    {"private", " rprivate private"},
    {"rprivate", " rprivate rprivate"},
    {"slave", " rslave slave"},
    {"rslave", " rslave rslave"},
    {"shared", " rslave shared"},
    {"rshared", " rslave rshared"},
    {"unbindable", " rprivate unbindable"},
    {"runbindable", " rprivate runbindable"},
    {"private,rshared", " rslave rshared"},
    {"rshared,private", " rprivate private"},
    {"rslave,shared", " rslave shared"},
    {"defaults", " rprivate"},
    {"silent", " rprivate"},
    {"loud", " rprivate"},
    {"x-systemd.automount,X-mount.mkdir,comment=x", " rprivate"},
    {"auto", " rprivate"},
    {"noauto", " rprivate"},
    {"nofail", " rprivate"},
    {"_netdev", " rprivate"},
    {"user", " rprivate"},
    {"nouser", " rprivate"},
    {"users", " rprivate"},
    {"nousers", " rprivate"},
    {"owner", " rprivate"},
    {"noowner", " rprivate"},
    {"group", " rprivate"},
    {"nogroup", " rprivate"},
    {"iversion", " rprivate"},
    {"noiversion", " rprivate"},
    {"copy-symlink", " copied if a link rprivate"},
    {"src-nofollow", " nofollow rprivate"},
    {"src-nofollow,copy-symlink", " copied if a link rprivate"},
    {"rbind,src-nofollow", " recursive nofollow rprivate"},
    {"dest-nofollow", " rprivate target nofollow"},
    {"private,shared,slave", " rslave slave"},
    {"ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow",
     " ro nosuid nodev noexec noatime nodiratime nosymfollow rprivate"},
    {"ro,rrw", " rrw rprivate"},
    {"rrw,ro", " ro rrw rprivate"},
    {"rro,rw", " rw rro rprivate"},
    {"rro,nosuid", " nosuid rro rprivate"},
    {"z", " rprivate label u:r:t:s0"},
    {"Z", " rprivate label u:r:t:s0:c1,c2"},
    {"z,Z", " rprivate label u:r:t:s0:c1,c2"},
    {"Z,z", " rprivate label u:r:t:s0"},
};

static const struct option_case on_new_file_systems[] = {
    {"", ""},
    {"ro,nosuid", " ro nosuid with ro"},
    {"rro", " ro with ro"},
    {"ro,rw", ""},
    {"rro,rrw", ""},
    {"ro,rrw", ""},
    {"rrw,ro", " ro with ro"},
    {"rro,rw", ""},
    {"nosuid,rsuid", ""},
    {"suid,rnosuid", " nosuid"},
    {"noatime", " noatime"},
    {"rstrictatime", " strictatime"},
    {"noatime,rstrictatime", " strictatime"},
    {"noatime,rrelatime", ""},
    {"noatime,nodiratime,atime", " nodiratime"},
    {"shared", " shared"},
    {"unbindable", " unbindable"},
    {"rslave", " slave"},
    {"sync", " with sync"},
    {"async", " with async"},
    {"sync,async", " with sync,async"},
    {"dirsync", " with dirsync"},
    {"lazytime", " with lazytime"},
    {"nolazytime", " with nolazytime"},
    {"mand", " with mand"},
    {"nomand", " with nomand"},
    {"size=1k,nosuid,mode=0700", " nosuid with size=1k,mode=0700"},
    {"sync,size=1k,ro", " ro with size=1k,sync,ro"},
    {"Ro", " with Ro"},
    {"ro ", " with ro "},
    {"rootcontext=x", " with rootcontext=x"},
    {"x-a,X-b,comment=c", ""},
    {"nofail,auto,noauto,_netdev,user,users,owner,group,iversion", ""},
    {"dest-nofollow", " target nofollow"},
};

/* Words that are refused, and the error after the mount's place. */
static const struct option_case refused_on_bind_mounts[] = {
    {"nosiud", UNKNOWN("nosiud")},
    {"ro,size=1k", UNKNOWN("size=1k")},
    {"sync,mode=1777", UNKNOWN("mode=1777")},
    {"mode=1777,sync", UNKNOWN("mode=1777")},
    {"ro,=x", "options[1]: the option \"=x\" has no name"},
    {"idmap", WITHOUT_MAPPING("idmap")},
    {"ro,ridmap", WITHOUT_MAPPING("ridmap")},
    {"tmpcopyup", FOR_TMPFS},
    {"remount,tmpcopyup", FOR_TMPFS},
    {"remount,copy-symlink", FOR_SOURCE},
    {"remount,src-nofollow", FOR_SOURCE},
    {"remount,z", NOT_WITH_REMOUNT},
    {"remount,idmap", NOT_WITH_REMOUNT},
    {"remount,size=1k", UNKNOWN("size=1k")},
};

static const struct option_case refused_on_new_file_systems[] = {
    {"z", "options \"z\" and \"Z\" are for bind mounts only"},
    {"ro,Z", "options \"z\" and \"Z\" are for bind mounts only"},
    {"size=1k,", "options[1]: the option \"\" has no name"},
    {"=", "options[0]: the option \"=\" has no name"},
    {"copy-symlink", FOR_SOURCE},
    {"src-nofollow", FOR_SOURCE},
    {"tmpcopyup,remount", FOR_TMPFS},
};

/* A configuration with one mount of that type at /d. The caller frees it. */
static char *config_with(const char *type, const char *words)
{
    CLEANUP_FREE char *list = strdup(words);
    char *rest = list, *word, *json = NULL;
    size_t size;
    FILE *out = open_memstream(&json, &size);

    assert_non_null(list);
    assert_non_null(out);
    fprintf(out, "{'ociVersion':'1.3.0','root':{'path':'r'},'linux':{'mountLabel':'u:r:t:s0:c1,c2'},");
    fprintf(out, "'mounts':[{'destination':'/d','source':'s','type':'%s','options':[", type);
    for (const char *comma = ""; *words && (word = strsep(&rest, ",")); comma = ",")
        fprintf(out, "%s'%s'", comma, word);
    fputs("]}]}", out);
    assert_int_equal(fclose(out), 0);
    return json;
}

static void check_accepted(const char *type, const char *start, const struct option_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_FREE char *json = config_with(type, cases[i].words);
        CLEANUP_FREE char *line = NULL;
        CLEANUP_CONFIG struct config config = {0};

        assert_true(asprintf(&line, "%s%s (mounts[0])\n", start, cases[i].says) > 0);
        read_config(&config, json);
        assert_plan_of(&config, &plain_machine, "mounts[0]", line);
    }
}

static void check_refused(const char *type, const struct option_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_FREE char *json = config_with(type, cases[i].words);
        CLEANUP_FREE char *line = NULL;

        assert_true(asprintf(&line, "config.json:1: mounts[0] (/d): %s", cases[i].says) > 0);
        assert_plan_refused(json, line);
    }
}

static void test_bind_mounts(void **state)
{
    (void)state;
    check_accepted("bind", "bind /d from s", on_bind_mounts, ARRAY_LENGTH(on_bind_mounts));
}

static void test_new_file_systems(void **state)
{
    (void)state;
    check_accepted("ext4", "mount /d type ext4 source s", on_new_file_systems,
                   ARRAY_LENGTH(on_new_file_systems));
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("bind", refused_on_bind_mounts, ARRAY_LENGTH(refused_on_bind_mounts));
    check_refused("tmpfs", refused_on_new_file_systems, ARRAY_LENGTH(refused_on_new_file_systems));
}

static bool is_tested(const char *word, const struct option_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cases[i].words, word) == 0)
            return true;
    return false;
}

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (; *words; words += strspn(words, ",")) {
        size_t next = strcspn(words, ",");

        if (next == length && strncmp(words, word, length) == 0)
            return true;
        words += next;
    }
    return false;
}

static bool is_refused(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(refused_on_bind_mounts); i++)
        if (has_word(refused_on_bind_mounts[i].words, word))
            return true;
    return false;
}

/* A new row in the table needs a row here; a word stands there once, with a text for the documents. */
static void test_every_word_is_tested(void **state)
{
    (void)state;
    for (const struct mount_option *option = mount_option_table(); option->word; option++) {
        if (!is_tested(option->word, on_bind_mounts, ARRAY_LENGTH(on_bind_mounts)) &&
            !is_tested(option->word, on_new_file_systems, ARRAY_LENGTH(on_new_file_systems)) &&
            !is_refused(option->word))
            fail_msg("%s is not tested alone", option->word);
        assert_true(option->help && *option->help);
        for (const struct mount_option *other = mount_option_table(); other < option; other++)
            assert_string_not_equal(option->word, other->word);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind_mounts),
        cmocka_unit_test(test_new_file_systems),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_every_word_is_tested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
