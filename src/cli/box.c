/* SPDX-License-Identifier: Apache-2.0 */
#include "box/box.h"
#include "cli/follow.h"
#include "cli/review.h"
#include "cli/rule_options.h"
#include "cli/timing_print.h"
#include "mount/namespace.h"
#include "process/launch.h"

#include <string.h>
#include <sys/stat.h>

/* A first word that names a directory the way nobody names a command: "/srv/root", "./root", "..". */
static bool is_root(const char *word)
{
    struct stat status;

    return (strchr(word, '/') || strcmp(word, ".") == 0 || strcmp(word, "..") == 0) &&
           stat(word, &status) == 0 && S_ISDIR(status.st_mode);
}

/* ROOT may stand before the options or after them, but before "--". Returns as cli_parse(). */
static int parse(const struct cli_call *call, const struct cli_option *options, const char **root,
                 struct error *error)
{
    struct cli_call rest = *call;
    int first = cli_parse(call, options, error);
    int more;

    if (first <= 0 || first == call->count || strcmp(call->arguments[first - 1], "--") == 0 ||
        !is_root(call->arguments[first]))
        return first;
    *root = call->arguments[first];
    rest.count -= first;
    rest.arguments += first;
    more = cli_parse(&rest, options, error);
    return more <= 0 ? more : first + more;
}

static int launch(struct box *box, const struct review_options *review_options, struct timing *timing,
                  const struct follower *follower, struct error *error)
{
    const struct launch_options options = {.end_with_launcher = true,
                                           .own_init = true,
                                           .start_fd = -1,
                                           .report_fd = -1,
                                           .warn = cli_warn,
                                           .follower = follower,
                                           .timing = timing,
                                           .report = timing_print};
    CLEANUP_CONFIG struct config config = {0};
    CLEANUP_REVIEW struct review review = REVIEW_NONE;
    int exit_status = 0;
    int status;

    status = mount_namespace_find_privilege(&box->privileged, error);
    if (status == 0)
        status = TIMED(timing, TIMING_CONFIG, box_configure(box, &config, error));
    for (size_t i = 0; i < box->rules->warnings.length && status == 0; i++)
        cli_warn(box->rules->warnings.values[i]);
    if (status == 0 && review_options->name.given)
        status = review_prepare(&review, review_options, &config, box->command, error);
    if (status == 0)
        status = launch_run(&config, &options, &exit_status, error);
    if (review_options->name.given && review.lock >= 0)
        return review_finish(&review, review_options, status < 0 ? status : exit_status, error);
    return status < 0 ? status : exit_status;
}

static int run_box(const struct cli_call *call, struct error *error)
{
    CLEANUP_RULES struct rules rules = {0};
    CLEANUP_TIMING struct timing timing = TIMING_NONE;
    struct review_options review = {0};
    CLEANUP_RULE_OPTIONS struct rule_options given = {0};
    struct box box = {.rules = &rules};
    struct cli_follow follow = CLI_FOLLOW_NONE;
    struct follower follower = FOLLOWER_NONE;
    bool timed = false;
    const struct cli_option options[] = {
        RULE_OPTIONS(&given),
        {"net", 0, CLI_FLAG, &box.host_network, NULL, "keeps the machine's network"},
        REVIEW_OPTIONS(review),
        {"timing", 0, CLI_FLAG, &timed, NULL, TIMING_HELP},
        CLI_FOLLOW_OPTIONS(&follow),
        {0},
    };
    int first = parse(call, options, &box.root, error);

    if (first <= 0)
        return first;
    if (cli_follow_open(&follow, 0, true, &follower, error) < 0)
        return -error->code;
    if (review_check_options(&review, error) < 0 || rule_options_read(&given, &rules, error) < 0)
        return cli_follow_end(&follower, -error->code, error);
    box.command = call->arguments + first;
    if (timed)
        timing_begin(&timing);
    return cli_follow_end(&follower, launch(&box, &review, timed ? &timing : NULL, &follower, error), error);
}

/* "box commit NAME" and its like; a program of such a name is run by "box -- commit". */
static int run(const struct cli_call *call, struct error *error)
{
    const struct cli_command *command = call->count > 1 ? review_find_command(call->arguments[1]) : NULL;
    struct cli_call rest = *call;

    if (!command)
        return run_box(call, error);
    rest.command = command;
    rest.count--;
    rest.arguments++;
    return command->run(&rest, error);
}

const struct cli_command cli_box = {
    .name = "box",
    .arguments = "[ROOT] [--] [COMMAND...]",
    .summary = "Runs a command in a box, without a bundle",
    .text = "Without ROOT the command sees this machine's own files, and whatever it does to them is\n"
            "gone when it ends: changes stay in memory. With ROOT, a directory (written with a \"/\",\n"
            "or \".\" or \"..\"), that is its root and is changed for good, unless --ro / is given.\n"
            "Rules say what is shown where: of those about a path the one with the longest path wins.\n"
            "Without COMMAND there is a shell. Ordinary users may use it, too.\n",
    .program_follows = true,
    .run = run,
};
