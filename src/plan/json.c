/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/json.h"

#include <jansson.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#define DIGEST_PREFIX "sha256:"

/* For any value that could not be made; what JSON can't hold has been refused before. */
static int fill(json_t *object, const char *key, json_t *value, struct error *error)
{
    return json_object_set_new(object, key, value) < 0 ? error_memory(error) : 0;
}

/* RFC 8259, section 8.1: JSON is UTF-8. A path that isn't can only come from the library's caller. */
static json_t *make_text(const char *text, struct error *error)
{
    json_t *string = json_string(text);
    json_t *unchecked = string ? NULL : json_string_nocheck(text);

    if (!string && !unchecked)
        error_memory(error);
    else if (!string)
        error_set(error, EILSEQ, "JSON can't hold a text that is not UTF-8");
    json_decref(unchecked);
    return string;
}

static json_t *make_words(const struct strings *words, struct error *error)
{
    json_t *array = json_array();

    if (!array) {
        error_memory(error);
        return NULL;
    }
    for (size_t i = 0; i < words->length; i++) {
        json_t *word = make_text(words->values[i], error);

        if (word && json_array_append_new(array, word) == 0)
            continue;
        if (word)
            error_memory(error);
        json_decref(array);
        return NULL;
    }
    return array;
}

static int add_text(json_t *object, const char *key, const char *text, struct error *error)
{
    json_t *value = make_text(text, error);

    return value ? fill(object, key, value, error) : -error->code;
}

static int add_words(json_t *object, const char *key, const struct strings *words, struct error *error)
{
    json_t *value = make_words(words, error);

    return value ? fill(object, key, value, error) : -error->code;
}

static int add_field(json_t *object, enum plan_field field, const struct strings *values, struct error *error)
{
    const char *name = plan_fields[field].name;

    if (values->length == 0)
        return 0;
    switch (plan_fields[field].form) {
    case FORM_TEXT:
        return add_text(object, name, values->values[0], error);
    case FORM_WORDS:
        return add_words(object, name, values, error);
    case FORM_FLAG:
        return fill(object, name, json_true(), error);
    }
    return 0;
}

static int fill_operation(json_t *object, const struct plan_description *description, struct error *error)
{
    int status = add_text(object, "kind", description->kind->name, error);

    if (status == 0)
        status = add_text(object, "target", description->target, error);
    for (size_t field = 0; field < PLAN_FIELDS && status == 0; field++)
        status = add_field(object, (enum plan_field)field, &description->values[field], error);
    if (status == 0)
        status = add_text(object, PLAN_JSON_ORIGIN, description->origin, error);
    if (status == 0 && description->line)
        status = fill(object, PLAN_JSON_LINE, json_integer((json_int_t)description->line), error);
    return status;
}

static int fill_operations(json_t *array, const struct plan_listing *listing, struct error *error)
{
    int status = 0;

    for (size_t i = 0; i < listing->length && status == 0; i++) {
        json_t *object = json_object();

        if (json_array_append_new(array, object) < 0)
            return error_memory(error);
        status = fill_operation(object, &listing->operations[i], error);
    }
    return status;
}

static json_t *make_ranges(const struct id_mappings *mappings)
{
    json_t *array = json_array();

    for (size_t i = 0; i < mappings->length && array; i++) {
        const struct id_mapping *range = &mappings->ranges[i];
        json_t *triple = json_pack("[I, I, I]", (json_int_t)range->container_id, (json_int_t)range->host_id,
                                   (json_int_t)range->size);

        if (json_array_append_new(array, triple) == 0)
            continue;
        json_decref(array);
        array = NULL;
    }
    return array;
}

static json_t *make_environment(const struct plan_machine *machine)
{
    static const char *const cgroups[] = {
        [PLAN_CGROUPS_UNASKED] = NULL, [PLAN_CGROUPS_V1] = "v1", [PLAN_CGROUPS_V2] = "v2"};

    return json_pack("{s:b, s:b, s:s?, s:o}", "selinux", machine->selinux, "initialUserNamespace",
                     machine->initial_user_namespace, "cgroups", cgroups[machine->cgroups], "gidMappings",
                     make_ranges(&machine->gid_mappings));
}

static int fill_document(json_t *document, const struct plan *plan, json_t *operations, struct error *error)
{
    CLEANUP_FREE char *digest = NULL;
    int status = plan_json_digest(operations, &digest, error);

    if (status == 0)
        status = fill(document, "version", json_integer(PLAN_JSON_VERSION), error);
    if (status == 0)
        status = add_text(document, "digest", digest, error);
    if (status == 0)
        status = fill(document, "environment", make_environment(&plan->machine), error);
    if (status == 0)
        status = fill(document, PLAN_JSON_OPERATIONS, json_incref(operations), error);
    return status == 0 ? add_words(document, "warnings", &plan->warnings, error) : status;
}

int plan_to_json(const struct plan *plan, const struct plan_listing *listing, struct json_t **ret_json,
                 struct error *error)
{
    json_t *document = json_object();
    json_t *operations = json_array();
    int status = document && operations ? fill_operations(operations, listing, error) : error_memory(error);

    if (status == 0)
        status = fill_document(document, plan, operations, error);
    json_decref(operations);
    if (status == 0)
        *ret_json = document;
    else
        json_decref(document);
    return status;
}

/* What is done, without where it was written. */
static json_t *strip(const json_t *operations)
{
    json_t *copy = json_deep_copy(operations);
    json_t *operation;
    size_t i;

    json_array_foreach(copy, i, operation)
    {
        (void)json_object_del(operation, PLAN_JSON_ORIGIN);
        (void)json_object_del(operation, PLAN_JSON_LINE);
    }
    return copy;
}

int plan_json_digest(const struct json_t *operations, char **ret_digest, struct error *error)
{
    char digest[sizeof(DIGEST_PREFIX) + SHA256_DIGEST_STRING_LENGTH] = DIGEST_PREFIX;
    json_t *stripped = strip(operations);
    CLEANUP_FREE char *text = stripped ? json_dumps(stripped, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    char *copy;

    json_decref(stripped);
    if (!text || !SHA256Data((const uint8_t *)text, strlen(text), digest + strlen(DIGEST_PREFIX)))
        return error_memory(error);
    copy = strdup(digest);
    if (!copy)
        return error_memory(error);
    *ret_digest = copy;
    return 0;
}
