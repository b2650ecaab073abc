/* SPDX-License-Identifier: Apache-2.0 */
/* A line a facility, and below what does not work what to change. */
#include "doctor/doctor.h"
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define JSON_VERSION 1

static bool has_same_advice(const struct doctor_finding *one, const struct doctor_finding *other)
{
    if (one->advice.length != other->advice.length)
        return false;
    for (size_t i = 0; i < one->advice.length; i++)
        if (strcmp(one->advice.values[i], other->advice.values[i]) != 0)
            return false;
    return true;
}

/* What is the same as for an earlier finding is not said again. */
static void print_advice(const struct doctor *doctor, const struct doctor_finding *finding)
{
    for (const struct doctor_finding *earlier = doctor->findings; earlier < finding; earlier++)
        if (earlier->advice.length > 1 && has_same_advice(earlier, finding)) {
            printf("    to change: as for %s\n", earlier->name);
            return;
        }
    for (size_t i = 0; i < finding->advice.length; i++)
        printf("    to change: %s\n", finding->advice.values[i]);
}

static void print_finding(const struct doctor *doctor, const struct doctor_finding *finding)
{
    const char *state = doctor_state_name(finding->state);

    if (*finding->detail)
        printf("%-28s %-10s %s\n", finding->name, state, finding->detail);
    else
        printf("%-28s %s\n", finding->name, state);
    if (finding->state == DOCTOR_WORKS)
        return;
    printf("    %s: %s\n", finding->needed ? "needed for" : "would be used for", finding->purpose);
    print_advice(doctor, finding);
}

static void print_doctor(const struct doctor *doctor)
{
    size_t failing = 0;

    for (size_t i = 0; i < doctor->length; i++) {
        print_finding(doctor, &doctor->findings[i]);
        failing += doctor->findings[i].needed && doctor->findings[i].state != DOCTOR_WORKS;
    }
    if (failing == 0)
        puts("All that is needed works.");
    else
        printf("%zu of what is needed %s not work.\n", failing, failing == 1 ? "does" : "do");
}

static json_t *describe_advice(const struct strings *advice)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < advice->length; i++)
        if (json_array_append_new(list, json_string(advice->values[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *describe_finding(const struct doctor_finding *finding)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:s?, s:s, s:o}", "name", finding->name, "purpose",
                     finding->purpose, "needed", finding->needed, "state", doctor_state_name(finding->state),
                     "errno", finding->code ? error_name(finding->code) : NULL, "detail", finding->detail,
                     "advice", describe_advice(&finding->advice));
}

static json_t *describe_doctor(const struct doctor *doctor)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < doctor->length; i++)
        if (json_array_append_new(list, describe_finding(&doctor->findings[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return json_pack("{s:i, s:b, s:o}", "version", JSON_VERSION, "works", doctor->works, "facilities", list);
}

static int examine(const char *bundle, const char *name, struct doctor *ret_doctor, struct error *error)
{
    CLEANUP_CONFIG struct config config = {0};

    if (!bundle)
        return doctor_examine(ret_doctor, NULL, error);
    if (config_read_bundle(&config, bundle, name, error) < 0)
        return -error->code;
    return doctor_examine(ret_doctor, &config, error);
}

static int run(const struct cli_call *call, struct error *error)
{
    const char *bundle = NULL, *name = "config.json";
    bool as_json = false;
    const struct cli_option options[] = {
        {"bundle", 'b', CLI_STRING, &bundle, "DIR",
         "looks at what this OCI bundle needs, and at nothing else"},
        {"config", 'f', CLI_STRING, &name, "FILE",
         "the configuration, in the bundle or a path (default: config.json)"},
        {"json", 0, CLI_FLAG, &as_json, NULL, "prints JSON"},
        {0},
    };
    int first = cli_parse_words(call, options, 0, 0, error);
    CLEANUP_DOCTOR struct doctor doctor = {0};
    int status;

    if (first <= 0)
        return first;
    status = examine(bundle, name, &doctor, error);
    if (status < 0)
        return status;
    if (!as_json)
        print_doctor(&doctor);
    else if (cli_print_json(describe_doctor(&doctor), 4, error) < 0)
        return -error->code;
    return doctor.works ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct cli_command cli_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "Tries what this machine lets this user do, and says what to change",
    .text = "The exit status is 0 if all that is needed works: by the bundle's configuration, or by an\n"
            "ordinary container. Nothing is changed by trying.\n",
    .run = run,
};
