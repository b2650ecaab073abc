/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that operations are described by. */
#include "plan/describe.h"

const struct plan_field_row plan_fields[PLAN_FIELDS] = {
    [FIELD_TYPE] = {"type", FORM_TEXT, " type ", "", ""},
    [FIELD_SOURCE] = {"source", FORM_TEXT, " from ", "", ""},
    [FIELD_FROM_ROOT] = {"fromRoot", FORM_FLAG, " in the root", "", ""},
    [FIELD_IN_MEMORY] = {"inMemory", FORM_FLAG, ", changes in memory", "", ""},
    [FIELD_LAYERS] = {"layers", FORM_TEXT, ", changes in ", "", ""},
    [FIELD_TO] = {"to", FORM_TEXT, " to ", "", ""},
    [FIELD_ONLY_WITH] = {"onlyWith", FORM_TEXT, " if ", "", " exists"},
    [FIELD_RECURSIVE] = {"recursive", FORM_FLAG, " recursive", "", ""},
    [FIELD_COPIES_SYMLINK] = {"copiesLink", FORM_FLAG, " copied if a link", "", ""},
    [FIELD_NOFOLLOW] = {"nofollow", FORM_FLAG, " nofollow", "", ""},
    [FIELD_ATTRIBUTES] = {"attributes", FORM_WORDS, " ", " ", ""},
    [FIELD_PROPAGATION] = {"propagation", FORM_WORDS, " ", " ", ""},
    [FIELD_IDMAP] = {"idmap", FORM_WORDS, " ", " ", ""},
    [FIELD_PARAMETERS] = {"parameters", FORM_WORDS, " with ", ",", ""},
    [FIELD_COPIES_UP] = {"copiesUp", FORM_FLAG, " copy of what it covers", "", ""},
    [FIELD_DEVICE] = {"device", FORM_TEXT, " ", "", ""},
    [FIELD_MODE] = {"mode", FORM_TEXT, " mode ", "", ""},
    [FIELD_OWNER] = {"owner", FORM_TEXT, " owner ", "", ""},
    [FIELD_LABEL] = {"label", FORM_TEXT, " label ", "", ""},
    [FIELD_ONLY_DEVICE] = {"onlyDevice", FORM_TEXT, " device ", "", ""},
    [FIELD_HOOKS] = {"hooks", FORM_WORDS, " ", ", ", ": may mount below the root"},
    [FIELD_BY] = {"by", FORM_TEXT, " by ", "", ""},
    [FIELD_TARGET_NOFOLLOW] = {"targetNofollow", FORM_FLAG, " target nofollow", "", ""},
    [FIELD_HOST_SOURCE] = {"hostSource", FORM_FLAG, NULL, NULL, NULL},
    [FIELD_GIVEN] = {"given", FORM_FLAG, NULL, NULL, NULL},
    [FIELD_REAL_DIRECTORY] = {"realDirectory", FORM_FLAG, NULL, NULL, NULL},
    [FIELD_KEEPS_MODE] = {"keepsMode", FORM_FLAG, NULL, NULL, NULL},
    [FIELD_GIVES_ROOT] = {"givesRoot", FORM_FLAG, NULL, NULL, NULL},
};
