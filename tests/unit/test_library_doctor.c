/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor as values. */
#include "library_helpers.h"

static void free_doctor(hf_doctor **doctor)
{
    hf_doctor_free(*doctor);
}

static const struct hf_finding *find(const hf_doctor *doctor, const char *name)
{
    for (size_t i = 0; i < hf_doctor_length(doctor); i++)
        if (strcmp(hf_doctor_finding(doctor, i)->name, name) == 0)
            return hf_doctor_finding(doctor, i);
    return NULL;
}

static void test_everything(void **state)
{
    __attribute__((cleanup(free_doctor))) hf_doctor *doctor = NULL;
    const struct hf_finding *finding;

    (void)state;
    assert_int_equal(hf_doctor_new(NULL, &doctor, NULL), 0);
    assert_null(hf_doctor_finding(doctor, hf_doctor_length(doctor)));
    finding = find(doctor, "openat2");
    assert_non_null(finding);
    assert_int_equal(finding->state, HF_DOCTOR_WORKS);
    assert_true(finding->needed);
    assert_string_equal(finding->purpose, "paths inside the container");
    assert_string_equal(finding->detail, "");
    assert_int_equal(finding->advice_length, 0);
    assert_false(find(doctor, "systemd")->needed);
}

static void test_configuration(void **state)
{
    __attribute__((cleanup(free_doctor))) hf_doctor *doctor = NULL;
    CLEANUP_HF_CONFIG hf_config *config = new_config("/r");
    const struct hf_mount mount = {
        .size = sizeof(mount), .type = "nothing", .source = "nothing", .destination = "/data"};
    const struct hf_finding *finding;

    (void)state;
    assert_int_equal(hf_config_add_mount(config, &mount, NULL), 0);
    assert_int_equal(hf_doctor_new(config, &doctor, NULL), 0);
    assert_false(hf_doctor_works(doctor));
    for (size_t i = 0; i < hf_doctor_length(doctor); i++)
        assert_true(hf_doctor_finding(doctor, i)->needed);
    finding = find(doctor, "file system nothing");
    assert_non_null(finding);
    assert_int_equal(finding->state, HF_DOCTOR_MISSING);
    assert_int_equal(finding->code, ENODEV);
    assert_int_equal(finding->advice_length, 1);
    assert_string_equal(finding->advice[0], "load its module, or use a kernel that has it");
}

static void test_states(void **state)
{
    (void)state;
    assert_string_equal(hf_doctor_state_name(HF_DOCTOR_WORKS), "works");
    assert_string_equal(hf_doctor_state_name(HF_DOCTOR_UNSET), "not set up");
    assert_null(hf_doctor_state_name((enum hf_doctor_state)(HF_DOCTOR_UNSET + 1)));
    hf_doctor_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
