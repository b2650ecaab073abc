// SPDX-License-Identifier: Apache-2.0
//! Builds a container's file-system view: a [`Config`] becomes a [`Plan`], and the plan a [`Namespace`].

#[allow(non_camel_case_types)]
mod ffi;

use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{fmt, io, ptr};

/// What the library reports.
#[derive(Debug)]
pub struct Error {
    pub code: i32,
    pub name: String,
    message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

unsafe fn text(pointer: *const c_char) -> String {
    CStr::from_ptr(pointer).to_string_lossy().into_owned()
}

/// Calls the function with the place for its error.
fn call(function: impl FnOnce(*mut *mut ffi::hf_error) -> i32) -> Result<()> {
    let mut error = ptr::null_mut();
    if function(&mut error) == 0 {
        return Ok(());
    }
    unsafe {
        let reported = Error {
            code: ffi::hf_error_code(error),
            name: text(ffi::hf_error_name(error)),
            message: text(ffi::hf_error_message(error)),
        };
        ffi::hf_error_free(error);
        Err(reported)
    }
}

fn c_string(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|_| Error {
        code: 22,
        name: "EINVAL".into(),
        message: "a text with a NUL".into(),
    })
}

/// A root, with mounts.
pub struct Config(*mut ffi::hf_config);

impl Config {
    pub fn new(root: impl AsRef<Path>, readonly: bool) -> Result<Config> {
        let path = c_string(root.as_ref().as_os_str().as_bytes())?;
        let options = ffi::hf_root_options {
            size: std::mem::size_of::<ffi::hf_root_options>(),
            path: path.as_ptr(),
            fd: -1,
            readonly,
            no_pivot_root: false,
            console: false,
            mount_label: ptr::null(),
        };
        let mut config = ptr::null_mut();
        call(|error| unsafe { ffi::hf_config_new(&options, &mut config, error) })?;
        Ok(Config(config))
    }

    /// Shows a file or directory of the host.
    pub fn bind(&mut self, source: impl AsRef<Path>, destination: &str, writable: bool) -> Result<&mut Config> {
        let source = c_string(source.as_ref().as_os_str().as_bytes())?;
        self.add("bind", source.as_ptr(), destination, writable)
    }

    /// Mounts a new file system.
    pub fn filesystem(&mut self, kind: &str, destination: &str) -> Result<&mut Config> {
        self.add(kind, ptr::null(), destination, false)
    }

    fn add(&mut self, kind: &str, source: *const c_char, destination: &str, writable: bool) -> Result<&mut Config> {
        let (kind, destination) = (c_string(kind.as_bytes())?, c_string(destination.as_bytes())?);
        let mount = ffi::hf_mount {
            size: std::mem::size_of::<ffi::hf_mount>(),
            kind: kind.as_ptr(),
            source,
            source_fd: -1,
            destination: destination.as_ptr(),
            writable,
            private_mount: false,
            relabel: 0,
            options: ptr::null(),
            options_length: 0,
        };
        call(|error| unsafe { ffi::hf_config_add_mount(self.0, &mount, error) })?;
        Ok(self)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        unsafe { ffi::hf_config_free(self.0) }
    }
}

/// Something that is legal in a plan and dangerous all the same.
pub struct Hazard {
    pub id: String,
    pub text: String,
}

/// The list of operations that a configuration comes to. Nothing is touched yet.
pub struct Plan(*mut ffi::hf_plan);

impl Plan {
    pub fn new(config: &Config) -> Result<Plan> {
        let mut plan = ptr::null_mut();
        call(|error| unsafe { ffi::hf_plan_new(config.0, &mut plan, error) })?;
        Ok(Plan(plan))
    }

    pub fn lines(&self) -> Vec<String> {
        let length = unsafe { ffi::hf_plan_length(self.0) };
        (0..length).map(|index| unsafe { text(ffi::hf_plan_line(self.0, index)) }).collect()
    }

    pub fn hazards(&self) -> Result<Vec<Hazard>> {
        let mut found = ptr::null_mut();
        call(|error| unsafe { ffi::hf_plan_find_hazards(self.0, &mut found, error) })?;
        unsafe {
            let hazards = (0..ffi::hf_hazards_length(found))
                .map(|index| Hazard {
                    id: text(ffi::hf_hazard_id(found, index)),
                    text: text(ffi::hf_hazard_text(found, index)),
                })
                .collect();
            ffi::hf_hazards_free(found);
            Ok(hazards)
        }
    }

    /// All of it, or nothing.
    pub fn build(&self) -> Result<Namespace> {
        let mut fd = -1;
        call(|error| unsafe { ffi::hf_build(self.0, ptr::null(), &mut fd, error) })?;
        Ok(Namespace(unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        unsafe { ffi::hf_plan_free(self.0) }
    }
}

/// A mount namespace.
pub struct Namespace(OwnedFd);

impl Namespace {
    /// The command will run in there.
    pub fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let fd = self.0.as_raw_fd();
        // Between fork and exec: a system call and nothing else.
        unsafe {
            command.pre_exec(move || match ffi::setns(fd, ffi::CLONE_NEWNS) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            })
        }
    }
}
