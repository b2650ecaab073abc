/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of the two plans are pairs if they do the same; then if they make something at the same target, or are of
 * the same kind there. What has no other is new or gone. The longest sequence of pairs that both plans have in the same
 * order stays; the other ones have moved.
 */
#include "plan/compare.h"

#include "base/text.h"
#include "plan/order.h"
#include "plan/print.h"

#include <string.h>

struct comparison {
    FILE *out;
    const struct plan_listing *before, *after;
    size_t *pair_before; /* the index in before, for each of after; NO_OPERATION: none */
    size_t *pair_after;
    bool same;
};

/* What makes the thing at a path: of these there is one in the end, whichever kind it is of. */
static const char *const makers[] = {"bind", "mount", "overlay", "console", "directory", "device", "link"};

static bool is_maker(const struct plan_description *description)
{
    for (size_t i = 0; i < ARRAY_LENGTH(makers); i++)
        if (strcmp(makers[i], description->kind->name) == 0)
            return true;
    return false;
}

static bool concern_same(const struct plan_description *one, const struct plan_description *other)
{
    return strcmp(one->target, other->target) == 0 &&
           (one->kind == other->kind || (is_maker(one) && is_maker(other)));
}

static bool strings_equal(const struct strings *one, const struct strings *other)
{
    if (one->length != other->length)
        return false;
    for (size_t i = 0; i < one->length; i++)
        if (strcmp(one->values[i], other->values[i]) != 0)
            return false;
    return true;
}

static bool do_same(const struct plan_description *one, const struct plan_description *other)
{
    if (one->kind != other->kind || strcmp(one->target, other->target) != 0)
        return false;
    for (size_t i = 0; i < PLAN_FIELDS; i++)
        if (!strings_equal(&one->values[i], &other->values[i]))
            return false;
    return true;
}

/* Pairs those that are alike and have no other yet, in the order of the plans. Most plans are nearly the same, so the
 * search begins behind the last pair. */
static void pair(struct comparison *comparison,
                 bool (*alike)(const struct plan_description *, const struct plan_description *))
{
    const struct plan_listing *before = comparison->before, *after = comparison->after;
    size_t start = 0;

    for (size_t j = 0; j < after->length && before->length > 0; j++) {
        if (comparison->pair_before[j] != NO_OPERATION)
            continue;
        for (size_t step = 0; step < before->length; step++) {
            size_t i = (start + step) % before->length;

            if (comparison->pair_after[i] != NO_OPERATION ||
                !alike(&before->operations[i], &after->operations[j]))
                continue;
            comparison->pair_after[i] = j;
            comparison->pair_before[j] = i;
            start = i + 1;
            break;
        }
    }
}

static void print_whole(struct comparison *comparison, const char *sign,
                        const struct plan_description *description)
{
    fprintf(comparison->out, "%s ", sign);
    plan_print_operation(comparison->out, description);
    plan_print_place(comparison->out, description);
    putc('\n', comparison->out);
    comparison->same = false;
}

static bool has_word(const struct strings *words, const char *word)
{
    for (size_t i = 0; i < words->length; i++)
        if (strcmp(words->values[i], word) == 0)
            return true;
    return false;
}

/* The words that the other list lacks. Returns how many there are; out NULL: only counts. */
static size_t print_missing(FILE *out, const struct strings *words, const struct strings *other)
{
    size_t count = 0;

    for (size_t i = 0; i < words->length; i++) {
        if (has_word(other, words->values[i]))
            continue;
        if (out) {
            fputs(count ? " " : "", out);
            text_print(out, words->values[i]);
        }
        count++;
    }
    return count;
}

static void print_all(FILE *out, const struct strings *words)
{
    static const struct strings nothing = {0};

    print_missing(out, words, &nothing);
}

/* "was size=64k, is size=1m", "now ro", "no longer noexec" */
static void print_words(FILE *out, const struct strings *before, const struct strings *after)
{
    size_t gone = print_missing(NULL, before, after), new = print_missing(NULL, after, before);
    bool reordered = gone == 0 && new == 0;

    fputs(reordered || (gone && new) ? "was " : gone ? "no longer " : "now ", out);
    if (reordered)
        print_all(out, before);
    else
        print_missing(out, gone ? before : after, gone ? after : before);
    if (!reordered && !(gone && new))
        return;
    fputs(", is ", out);
    if (reordered)
        print_all(out, after);
    else
        print_missing(out, after, before);
}

/* Of these the words say enough. */
static bool needs_name(enum plan_field field)
{
    return plan_fields[field].form != FORM_FLAG && field != FIELD_ATTRIBUTES && field != FIELD_PARAMETERS &&
           field != FIELD_PROPAGATION;
}

static void print_fields(FILE *out, const struct plan_description *before,
                         const struct plan_description *after)
{
    const char *separator = "";

    for (size_t i = 0; i < PLAN_FIELDS; i++) {
        if (strings_equal(&before->values[i], &after->values[i]))
            continue;
        fputs(separator, out);
        if (needs_name((enum plan_field)i))
            fprintf(out, "%s ", plan_fields[i].name);
        print_words(out, &before->values[i], &after->values[i]);
        separator = "; ";
    }
}

static void print_change(struct comparison *comparison, const struct plan_description *before,
                         const struct plan_description *after)
{
    FILE *out = comparison->out;

    if (do_same(before, after))
        return;
    fputs("~ ", out);
    if (!is_maker(after))
        fprintf(out, "%s ", after->kind->name);
    text_print(out, after->target);
    fputs(": ", out);
    if (before->kind == after->kind) {
        print_fields(out, before, after);
    } else {
        fputs("was ", out);
        plan_print_operation(out, before);
        fputs(", is ", out);
        plan_print_operation(out, after);
    }
    plan_print_place(out, after);
    putc('\n', out);
    comparison->same = false;
}

static void print_differences(struct comparison *comparison)
{
    const struct plan_listing *before = comparison->before, *after = comparison->after;

    for (size_t i = 0; i < before->length; i++)
        if (comparison->pair_after[i] == NO_OPERATION)
            print_whole(comparison, "-", &before->operations[i]);
    for (size_t j = 0; j < after->length; j++) {
        if (comparison->pair_before[j] == NO_OPERATION)
            print_whole(comparison, "+", &after->operations[j]);
        else
            print_change(comparison, &before->operations[comparison->pair_before[j]], &after->operations[j]);
    }
}

static void print_operation_name(FILE *out, const struct plan_listing *listing, size_t index)
{
    fprintf(out, "%s ", listing->operations[index].kind->name);
    text_print(out, listing->operations[index].target);
}

/* "first", or what comes before it. */
static void print_position(FILE *out, const struct plan_listing *listing, size_t index)
{
    if (index == 0) {
        fputs("first", out);
        return;
    }
    fputs("after ", out);
    print_operation_name(out, listing, index - 1);
}

static int print_order(struct comparison *comparison, struct arena *arena, struct error *error)
{
    size_t length = comparison->after->length;
    bool *stays = plan_find_order(arena, comparison->pair_before, length);

    if (!stays)
        return error_memory(error);
    for (size_t j = 0; j < length; j++) {
        if (stays[j] || comparison->pair_before[j] == NO_OPERATION)
            continue;
        fputs("order: ", comparison->out);
        print_operation_name(comparison->out, comparison->after, j);
        fputs(": was ", comparison->out);
        print_position(comparison->out, comparison->before, comparison->pair_before[j]);
        fputs(", is ", comparison->out);
        print_position(comparison->out, comparison->after, j);
        putc('\n', comparison->out);
        comparison->same = false;
    }
    return 0;
}

static size_t *no_pairs(struct arena *arena, size_t length)
{
    size_t *pairs = arena_allocate(arena, length + 1, sizeof(*pairs));

    for (size_t i = 0; i < length && pairs; i++)
        pairs[i] = NO_OPERATION;
    return pairs;
}

int plan_compare(FILE *out, const struct plan_listing *before, const struct plan_listing *after,
                 bool *ret_same, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    struct comparison comparison = {
        .out = out,
        .before = before,
        .after = after,
        .pair_before = no_pairs(&arena, after->length),
        .pair_after = no_pairs(&arena, before->length),
        .same = true,
    };
    int status;

    if (!comparison.pair_before || !comparison.pair_after)
        return error_memory(error);
    pair(&comparison, do_same);
    pair(&comparison, concern_same);
    print_differences(&comparison);
    status = print_order(&comparison, &arena, error);
    if (status == 0)
        *ret_same = comparison.same;
    return status;
}
