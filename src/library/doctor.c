/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/doctor.h"
#include "library/edge.h"

#include <assert.h>

static_assert((int)HF_DOCTOR_UNSET == (int)DOCTOR_UNSET && (int)HF_DOCTOR_UNSET + 1 == (int)DOCTOR_STATES,
              "the states of doctor.h are those of holdfast.h");

struct hf_doctor {
    struct doctor doctor;
    struct hf_finding *findings;
};

static struct hf_finding translate(const struct doctor_finding *finding)
{
    return (struct hf_finding){
        .name = finding->name,
        .purpose = finding->purpose,
        .detail = finding->detail,
        .needed = finding->needed,
        .state = (enum hf_doctor_state)finding->state,
        .code = finding->code,
        .advice = finding->advice.values,
        .advice_length = finding->advice.length,
    };
}

static int fill(hf_doctor *doctor, struct error *error)
{
    doctor->findings =
        arena_allocate(&doctor->doctor.arena, doctor->doctor.length + 1, sizeof(*doctor->findings));
    if (!doctor->findings)
        return error_memory(error);
    for (size_t i = 0; i < doctor->doctor.length; i++)
        doctor->findings[i] = translate(&doctor->doctor.findings[i]);
    return 0;
}

int hf_doctor_new(const hf_config *config, hf_doctor **ret_doctor, hf_error **ret_error)
{
    CLEANUP_ERROR struct error error = {0};
    hf_doctor *doctor = calloc(1, sizeof(*doctor));

    if (!doctor)
        error_memory(&error);
    if (!doctor || doctor_examine(&doctor->doctor, config ? &config->config : NULL, &error) < 0 ||
        fill(doctor, &error) < 0) {
        hf_doctor_free(doctor);
        return edge_fail(&error, ret_error);
    }
    *ret_doctor = doctor;
    return 0;
}

void hf_doctor_free(hf_doctor *doctor)
{
    if (doctor)
        doctor_clear(&doctor->doctor);
    free(doctor);
}

bool hf_doctor_works(const hf_doctor *doctor)
{
    return doctor->doctor.works;
}

size_t hf_doctor_length(const hf_doctor *doctor)
{
    return doctor->doctor.length;
}

const struct hf_finding *hf_doctor_finding(const hf_doctor *doctor, size_t index)
{
    return index < doctor->doctor.length ? &doctor->findings[index] : NULL;
}

const char *hf_doctor_state_name(enum hf_doctor_state state)
{
    return (int)state >= 0 && (int)state < (int)DOCTOR_STATES ? doctor_state_name((enum doctor_state)state)
                                                              : NULL;
}
