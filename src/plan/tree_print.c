/* SPDX-License-Identifier: Apache-2.0 */
/* A plan's tree as lines. */
#include "base/text.h"
#include "plan/tree.h"

#include <string.h>

#define DRAWN_DEPTH 32 /* a configuration may stack mounts as deep as it likes */
#define WIDEST_NAME 48

/* SGR of ECMA-48. */
#define COLOR_HIDDEN "2;9"
#define COLOR_WRITABLE_HOST "33"

static const char *const colors_of[TREE_CONTENTS] = {
    [TREE_PATH] = "2",   [TREE_HOST] = "34", [TREE_MEMORY] = "32", [TREE_KERNEL] = "35",
    [TREE_ENTRY] = "36", [TREE_MASK] = "2",  [TREE_READONLY] = "", [TREE_CHANGE] = "33",
};

static const char *const access_words[] = {[TREE_NO_ACCESS] = "  ", [TREE_RO] = "ro", [TREE_RW] = "rw"};

static size_t lead_width(const struct tree_row *row)
{
    size_t depth = row->depth < DRAWN_DEPTH ? row->depth : DRAWN_DEPTH;

    return depth * 3;
}

/* "│  └─ " */
static void print_lead(FILE *out, const struct plan_tree *tree, const struct tree_row *row)
{
    bool continues[DRAWN_DEPTH];
    size_t depth = 0;

    for (const struct tree_row *at = row; at->parent != NO_OPERATION && depth < DRAWN_DEPTH;
         at = &tree->rows[at->parent])
        continues[depth++] = !at->last;
    while (depth > 1)
        fputs(continues[--depth] ? "│  " : "   ", out);
    if (depth == 1)
        fputs(continues[0] ? "├─ " : "└─ ", out);
}

static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static size_t widest_name(const struct plan_tree *tree)
{
    size_t widest = 0;

    for (size_t i = 0; i < tree->length; i++) {
        size_t width = lead_width(&tree->rows[i]) + text_width(tree->rows[i].name);

        if (width > widest && width <= WIDEST_NAME)
            widest = width;
    }
    return widest;
}

static const char *row_color(const struct tree_row *row)
{
    if (row->hidden_by != NO_OPERATION)
        return COLOR_HIDDEN;
    if (row->content == TREE_HOST && row->access == TREE_RW)
        return COLOR_WRITABLE_HOST;
    return colors_of[row->content];
}

static void print_colored(FILE *out, const char *text, const char *color, bool colors)
{
    if (colors && *color && *text)
        fprintf(out, "\033[%sm%s\033[m", color, text);
    else
        fputs(text, out);
}

/* "hidden by 7 mounts[4]", and what is hidden. */
static void print_hidden(FILE *out, const struct plan_tree *tree, const struct tree_row *row)
{
    fprintf(out, "hidden by %s at ", tree->listing.operations[row->hidden_by].origin);
    text_print(out, tree->listing.operations[row->hidden_by].target);
    fputs(": ", out);
}

static void print_row(FILE *out, const struct plan_tree *tree, const struct tree_row *row, size_t width,
                      bool colors)
{
    size_t used = lead_width(row) + text_width(row->name);

    print_lead(out, tree, row);
    print_colored(out, row->name, row->hidden_by == NO_OPERATION ? "1" : COLOR_HIDDEN, colors);
    if (row->operation == NO_OPERATION) {
        putc('\n', out);
        return;
    }
    fprintf(out, "%*s  %s  ", used < width ? (int)(width - used) : 0, "", access_words[row->access]);
    if (row->hidden_by != NO_OPERATION)
        print_hidden(out, tree, row);
    print_colored(out, row->text, row_color(row), colors);
    fprintf(out, "%s%s", *row->flags ? "  " : "", row->flags);
    fprintf(out, "  (%s)\n", tree->listing.operations[row->operation].origin);
}

void plan_tree_print(FILE *out, const struct plan_tree *tree, bool colors)
{
    size_t width = widest_name(tree);

    for (size_t i = 0; i < tree->length; i++)
        print_row(out, tree, &tree->rows[i], width, colors);
}
