/* SPDX-License-Identifier: Apache-2.0 */
#include "library/edge.h"

#include <string.h>

struct hf_error {
    struct error error;
    char *message;
};

const char *hf_version(void)
{
    return HOLDFAST_VERSION;
}

int hf_error_code(const hf_error *error)
{
    return error->error.code;
}

const char *hf_error_message(const hf_error *error)
{
    return error->message ? error->message : hf_error_name(error);
}

const char *hf_error_name(const hf_error *error)
{
    return error_name(error->error.code);
}

const char *hf_error_place(const hf_error *error)
{
    return error->error.place;
}

const char *hf_error_text(const hf_error *error)
{
    return error->error.text;
}

const char *hf_error_call(const hf_error *error)
{
    return error->error.call;
}

const char *hf_error_kernel_log(const hf_error *error)
{
    return error->error.kernel;
}

const char *hf_error_hint(const hf_error *error)
{
    return error->error.hint;
}

void hf_error_free(hf_error *error)
{
    if (!error)
        return;
    error_clear(&error->error);
    free(error->message);
    free(error);
}

int edge_fail(struct error *error, hf_error **ret_error)
{
    hf_error *made = ret_error ? calloc(1, sizeof(*made)) : NULL;
    int code = error->code;

    if (ret_error)
        *ret_error = made;
    if (!made) {
        error_clear(error);
        return -code;
    }
    made->message = error_format(error);
    made->error = *error;
    *error = (struct error){0};
    return -code;
}

static bool is_zero(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

int edge_copy_options(const void *options, void *ret_options, size_t size, struct error *error)
{
    size_t given = 0;

    memset(ret_options, 0, size);
    if (!options)
        return 0;
    memcpy(&given, options, sizeof(given));
    if (given < sizeof(given))
        return error_set(error, EINVAL, "an options structure without its size");
    if (given > size && !is_zero((const char *)options + size, given - size))
        return error_set(error, E2BIG, "an options structure from a later version of holdfast");
    memcpy(ret_options, options, given < size ? given : size);
    return 0;
}
