/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON text that is read by tables of properties: config.json, parts of it, a policy. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "config/property.h"

struct document {
    const char *section; /* as config->section */
    custom_reader *read; /* the whole text into the target */
    int (*check)(const struct config *config,
                 struct error *error); /* what must hold then; NULL: nothing more */
};

/* Parses length bytes and reads them. config keeps text and strings, and knows the places of errors; file is the text's
 * name there. On failure *config is cleared. */
int document_read(struct config *config, const struct document *document, void *target, const char *text,
                  size_t length, const char *file, struct error *error) MUST_USE;

#endif
