// SPDX-License-Identifier: Apache-2.0
//! holdfast/holdfast.h, as far as it is used here.

use std::os::raw::{c_char, c_int};

macro_rules! opaque {
    ($($name:ident)*) => { $(#[repr(C)] pub struct $name { _private: [u8; 0] })* };
}
opaque!(hf_error hf_config hf_plan hf_hazards hf_build_options);

#[repr(C)]
pub struct hf_root_options {
    pub size: usize,
    pub path: *const c_char,
    pub fd: c_int,
    pub readonly: bool,
    pub no_pivot_root: bool,
    pub console: bool,
    pub mount_label: *const c_char,
}

#[repr(C)]
pub struct hf_mount {
    pub size: usize,
    pub kind: *const c_char,
    pub source: *const c_char,
    pub source_fd: c_int,
    pub destination: *const c_char,
    pub writable: bool,
    pub private_mount: bool,
    pub relabel: c_int,
    pub options: *const *const c_char,
    pub options_length: usize,
}

extern "C" {
    pub fn hf_error_code(error: *const hf_error) -> c_int;
    pub fn hf_error_name(error: *const hf_error) -> *const c_char;
    pub fn hf_error_message(error: *const hf_error) -> *const c_char;
    pub fn hf_error_free(error: *mut hf_error);
    pub fn hf_config_new(options: *const hf_root_options, config: *mut *mut hf_config, error: *mut *mut hf_error) -> c_int;
    pub fn hf_config_add_mount(config: *mut hf_config, mount: *const hf_mount, error: *mut *mut hf_error) -> c_int;
    pub fn hf_config_free(config: *mut hf_config);
    pub fn hf_plan_new(config: *mut hf_config, plan: *mut *mut hf_plan, error: *mut *mut hf_error) -> c_int;
    pub fn hf_plan_length(plan: *const hf_plan) -> usize;
    pub fn hf_plan_line(plan: *mut hf_plan, index: usize) -> *const c_char;
    pub fn hf_plan_free(plan: *mut hf_plan);
    pub fn hf_plan_find_hazards(plan: *const hf_plan, hazards: *mut *mut hf_hazards, error: *mut *mut hf_error) -> c_int;
    pub fn hf_hazards_length(hazards: *const hf_hazards) -> usize;
    pub fn hf_hazard_id(hazards: *const hf_hazards, index: usize) -> *const c_char;
    pub fn hf_hazard_text(hazards: *const hf_hazards, index: usize) -> *const c_char;
    pub fn hf_hazards_free(hazards: *mut hf_hazards);
    pub fn hf_build(plan: *const hf_plan, options: *const hf_build_options, fd: *mut c_int, error: *mut *mut hf_error) -> c_int;
    pub fn setns(fd: c_int, kind: c_int) -> c_int;
}

pub const CLONE_NEWNS: c_int = 0x0002_0000;
