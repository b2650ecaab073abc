/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in a picture. */
#include "plan/svg_layout.h"

#define CHARACTER 8 /* of 13 pixels' size, at most (DejaVu Sans Mono, Menlo and Courier need 7.83) */
#define INDENTATION 24
#define ROW_PADDING 8
#define TOP 132 /* above the first row */
#define ACCESS_WIDTH 44
#define TEXT_CHARACTERS 76 /* in a line of a row's text */
#define SMALLEST_WIDTH 860

const char *svg_origin_of(const struct plan_tree *tree, const struct tree_row *row)
{
    return row->operation == NO_OPERATION ? "" : tree->listing.operations[row->operation].origin;
}

static int row_depth(const struct tree_row *row)
{
    return row->depth < SVG_DRAWN_DEPTH ? (int)row->depth : SVG_DRAWN_DEPTH;
}

int svg_mark_left(const struct tree_row *row)
{
    return SVG_MARGIN + 8 + INDENTATION * row_depth(row);
}

int svg_row_middle(const struct picture *picture, size_t index)
{
    return picture->tops[index] + ROW_PADDING / 2 + SVG_LINE / 2;
}

int svg_row_height(const struct picture *picture, size_t index)
{
    size_t lines = picture->lines[index].length > 1 ? picture->lines[index].length : 1;

    return (int)lines * SVG_LINE + ROW_PADDING;
}

/* What a row says in one text, for the lines. */
static char *row_text(const struct plan_tree *tree, const struct tree_row *row)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (row->hidden_by != NO_OPERATION)
        fprintf(out, "hidden by %s: ", tree->listing.operations[row->hidden_by].origin);
    fprintf(out, "%s%s%s", row->text, *row->flags ? "   " : "", row->flags);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static bool break_texts(struct picture *picture, struct arena *arena)
{
    for (size_t i = 0; i < picture->tree->length; i++) {
        CLEANUP_FREE char *text = row_text(picture->tree, &picture->tree->rows[i]);

        if (!text || !svg_break(arena, text, TEXT_CHARACTERS, &picture->lines[i]))
            return false;
    }
    return true;
}

/* The columns are as wide as the longest text in them. */
static void place_columns(struct picture *picture)
{
    const struct plan_tree *tree = picture->tree;
    int name = 0, text = 0, origin = 0;

    for (size_t i = 0; i < tree->length; i++) {
        const struct tree_row *row = &tree->rows[i];
        int right = svg_mark_left(row) + 20 + (int)svg_characters(row->name) * CHARACTER;
        int from = (int)svg_characters(svg_origin_of(tree, row)) * CHARACTER;

        name = right > name ? right : name;
        origin = from > origin ? from : origin;
        for (size_t line = 0; line < picture->lines[i].length; line++) {
            int long_text = (int)svg_characters(picture->lines[i].values[line]) * CHARACTER;

            text = long_text > text ? long_text : text;
        }
    }
    picture->access_left = name + 16;
    picture->text_left = picture->access_left + ACCESS_WIDTH;
    picture->width = picture->text_left + text + 24 + origin + SVG_MARGIN;
    if (picture->width < SMALLEST_WIDTH)
        picture->width = SMALLEST_WIDTH;
}

static void place_rows(struct picture *picture)
{
    int top = TOP;

    for (size_t i = 0; i < picture->tree->length; i++) {
        picture->tops[i] = top;
        top += svg_row_height(picture, i) + 2;
    }
    picture->height = top + SVG_MARGIN - 8;
}

bool svg_lay_out(struct picture *picture, struct arena *arena)
{
    size_t length = picture->tree->length;

    picture->lines = arena_allocate(arena, length + 1, sizeof(*picture->lines));
    picture->tops = arena_allocate(arena, length + 1, sizeof(*picture->tops));
    if (!picture->lines || !picture->tops || !break_texts(picture, arena))
        return false;
    place_columns(picture);
    place_rows(picture);
    return true;
}
