/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture, from top to bottom: title and summary, legend, and a row for each of the tree's. All texts are of one
 * width a character, so that places can be worked out without a font; what is long goes on in a second line.
 */
#include "plan/svg.h"

#include "base/text.h"
#include "plan/svg_layout.h"

#include <string.h>

/* A class of rows: its colour, and that of the row's background. */
struct look {
    const char *label, *color, *tint;
};

enum { LOOK_WRITABLE_HOST = TREE_CONTENTS, LOOK_HIDDEN, LOOKS };

static const struct look looks[LOOKS] = {
    [TREE_PATH] = {NULL, "#adb5bd", "none"},
    [TREE_HOST] = {"from the host, read-only", "#1971c2", "#e8f3fc"},
    [LOOK_WRITABLE_HOST] = {"from the host, writable", "#e8590c", "#fff0e3"},
    [TREE_MEMORY] = {"in memory", "#2f9e44", "#ebf8ee"},
    [TREE_KERNEL] = {"the kernel's", "#7048e8", "#f3f0ff"},
    [TREE_ENTRY] = {"made: node, link, directory", "#868e96", "none"},
    [TREE_READONLY] = {"made read-only", "#0c8599", "none"},
    [TREE_MASK] = {"masked", "#212529", "none"},
    [TREE_CHANGE] = {"changed", "#c2255c", "none"},
    [LOOK_HIDDEN] = {"hidden by a later mount", "#ced4da", "none"},
};

/* In the order of the legend. */
static const int legend[] = {LOOK_WRITABLE_HOST, TREE_HOST, TREE_MEMORY, TREE_KERNEL,
                             TREE_READONLY,      TREE_MASK, TREE_ENTRY,  LOOK_HIDDEN};

static int look_of(const struct tree_row *row)
{
    if (row->hidden_by != NO_OPERATION)
        return LOOK_HIDDEN;
    return row->content == TREE_HOST && row->access == TREE_RW ? LOOK_WRITABLE_HOST : (int)row->content;
}

static void draw_text(FILE *out, int x, int y, const char *attributes, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" %s>", x, y, attributes);
    svg_put(out, text);
    fputs("</text>\n", out);
}

static void draw_mark(FILE *out, int x, int y, int look)
{
    static const char hollow[] = "fill=\"#fff\" stroke-dasharray=\"2 2\"";
    char solid[32];

    snprintf(solid, sizeof(solid), "fill=\"%s\"", looks[look].color);
    fprintf(out,
            "<rect x=\"%d\" y=\"%d\" width=\"11\" height=\"11\" rx=\"3\" %s stroke=\"%s\" "
            "stroke-width=\"1.5\"/>\n",
            x, y - 6,
            look == LOOK_HIDDEN ? hollow
            : look == TREE_PATH ? "fill=\"#fff\""
                                : solid,
            looks[look].color);
}

/* The line from the row above down to this one. */
static void draw_branch(const struct picture *picture, size_t index)
{
    const struct tree_row *row = &picture->tree->rows[index];
    int x, y = svg_row_middle(picture, index);

    if (row->parent == NO_OPERATION || row->depth > SVG_DRAWN_DEPTH)
        return;
    x = svg_mark_left(&picture->tree->rows[row->parent]) + 5;
    fprintf(picture->out, "<path d=\"M%d %dV%dH%d\"/>\n", x, svg_row_middle(picture, row->parent) + 8, y,
            svg_mark_left(row) - 3);
}

static void draw_access(const struct picture *picture, const struct tree_row *row, int y)
{
    static const char *const words[] = {[TREE_RO] = "ro", [TREE_RW] = "rw"};
    const struct look *look = &looks[look_of(row)];
    char attributes[96];

    if (row->access == TREE_NO_ACCESS || row->operation == NO_OPERATION)
        return;
    fprintf(picture->out,
            "<rect x=\"%d\" y=\"%d\" width=\"30\" height=\"16\" rx=\"8\" fill=\"%s\" stroke=\"%s\"/>\n",
            picture->access_left, y - 8, row->access == TREE_RW ? look->color : "#fff", look->color);
    snprintf(attributes, sizeof(attributes),
             "font-size=\"11\" font-weight=\"700\" text-anchor=\"middle\" fill=\"%s\"",
             row->access == TREE_RW ? "#fff" : look->color);
    draw_text(picture->out, picture->access_left + 15, y + 4, attributes, words[row->access]);
}

static void draw_row(const struct picture *picture, size_t index)
{
    const struct tree_row *row = &picture->tree->rows[index];
    bool hidden = row->hidden_by != NO_OPERATION;
    int y = svg_row_middle(picture, index);
    int look = look_of(row);

    draw_mark(picture->out, svg_mark_left(row), y, look);
    draw_text(picture->out, svg_mark_left(row) + 18, y + 4,
              hidden ? "fill=\"#868e96\" text-decoration=\"line-through\""
                     : "font-weight=\"700\" fill=\"#212529\"",
              row->name);
    draw_access(picture, row, y);
    for (size_t i = 0; i < picture->lines[index].length; i++)
        draw_text(picture->out, picture->text_left, y + 4 + (int)i * SVG_LINE,
                  hidden ? "fill=\"#868e96\"" : "fill=\"#343a40\"", picture->lines[index].values[i]);
    draw_text(picture->out, picture->width - SVG_MARGIN - 8, y + 4, "text-anchor=\"end\" fill=\"#868e96\"",
              svg_origin_of(picture->tree, row));
}

static void draw_background(const struct picture *picture, size_t index)
{
    const struct look *look = &looks[look_of(&picture->tree->rows[index])];

    if (strcmp(look->tint, "none") != 0)
        fprintf(picture->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"%s\"/>\n",
                SVG_MARGIN - 8, picture->tops[index], picture->width - 2 * SVG_MARGIN + 16,
                svg_row_height(picture, index), look->tint);
}

static void draw_legend(const struct picture *picture)
{
    int x = SVG_MARGIN, y = 96;

    for (size_t i = 0; i < ARRAY_LENGTH(legend); i++) {
        const char *label = looks[legend[i]].label;
        int width = 18 + (int)strlen(label) * 7 + 18;

        if (x + width > picture->width - SVG_MARGIN) {
            x = SVG_MARGIN;
            y += 20;
        }
        draw_mark(picture->out, x, y, legend[i]);
        draw_text(picture->out, x + 17, y + 4, "font-size=\"11\" fill=\"#495057\"", label);
        x += width;
    }
}

static void draw_summary(const struct picture *picture)
{
    size_t counts[LOOKS] = {0};

    for (size_t i = 0; i < picture->tree->length; i++)
        counts[look_of(&picture->tree->rows[i])]++;
    fprintf(picture->out,
            "<text x=\"%d\" y=\"66\" fill=\"#495057\">%zu from the host, writable · %zu from the host, "
            "read-only · %zu in memory · %zu of the kernel · %zu masked · %zu hidden</text>\n",
            SVG_MARGIN, counts[LOOK_WRITABLE_HOST], counts[TREE_HOST], counts[TREE_MEMORY],
            counts[TREE_KERNEL], counts[TREE_MASK], counts[LOOK_HIDDEN]);
}

static void draw(const struct picture *picture, const char *title)
{
    FILE *out = picture->out;
    size_t length = picture->tree->length;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"'DejaVu Sans Mono', Menlo, 'Courier New', monospace\" font-size=\"13\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            picture->width, picture->height, picture->width, picture->height);
    draw_text(out, SVG_MARGIN, 42, "font-size=\"18\" font-weight=\"700\" fill=\"#212529\"", title);
    draw_summary(picture);
    draw_legend(picture);
    for (size_t i = 0; i < length; i++)
        draw_background(picture, i);
    fputs("<g fill=\"none\" stroke=\"#ced4da\" stroke-width=\"1.5\">\n", out);
    for (size_t i = 0; i < length; i++)
        draw_branch(picture, i);
    fputs("</g>\n", out);
    for (size_t i = 0; i < length; i++)
        draw_row(picture, i);
    fputs("</svg>\n", out);
}

static int draw_all(struct picture *picture, const char *title, struct error *error)
{
    CLEANUP(arena_clear) struct arena arena = {0};
    CLEANUP_FREE char *escaped = text_escape(title ? title : "The container's file system");

    if (!escaped || !svg_lay_out(picture, &arena))
        return error_memory(error);
    draw(picture, escaped);
    return 0;
}

int plan_tree_draw(const struct plan_tree *tree, const char *title, char **ret_text, size_t *ret_length,
                   struct error *error)
{
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    struct picture picture = {.out = open_memstream(&text, &length), .tree = tree};
    int status;

    if (!picture.out)
        return error_memory(error);
    status = draw_all(&picture, title, error);
    if (fclose(picture.out) != 0 && status == 0)
        status = error_memory(error);
    if (status < 0)
        return status;
    *ret_text = pointer_take(&text);
    *ret_length = length;
    return 0;
}
