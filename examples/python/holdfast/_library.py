# SPDX-License-Identifier: Apache-2.0
"""libholdfast's functions, as ctypes calls them."""

import ctypes
import os
from ctypes import POINTER, Structure, byref, c_bool, c_char_p, c_int, c_size_t, c_void_p


class RootOptions(Structure):
    _fields_ = [("size", c_size_t), ("path", c_char_p), ("fd", c_int), ("readonly", c_bool),
                ("no_pivot_root", c_bool), ("console", c_bool), ("mount_label", c_char_p)]


class Mount(Structure):
    _fields_ = [("size", c_size_t), ("type", c_char_p), ("source", c_char_p), ("source_fd", c_int),
                ("destination", c_char_p), ("writable", c_bool), ("private_mount", c_bool), ("relabel", c_int),
                ("options", POINTER(c_char_p)), ("options_length", c_size_t)]


library = ctypes.CDLL(os.environ.get("HOLDFAST_LIBRARY", "libholdfast.so.0"))


def declare(result: object, name: str, *arguments: object) -> None:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments


OUT = POINTER(c_void_p)  # where a made object, or the error, is put
declare(c_int, "hf_error_code", c_void_p)
for text in ("hf_error_name", "hf_error_message"):
    declare(c_char_p, text, c_void_p)
for release in ("hf_error_free", "hf_config_free", "hf_plan_free", "hf_hazards_free"):
    declare(None, release, c_void_p)
declare(c_int, "hf_config_new", POINTER(RootOptions), OUT, OUT)
declare(c_int, "hf_config_new_mounts", OUT, OUT)
declare(c_int, "hf_config_add_mount", c_void_p, POINTER(Mount), OUT)
declare(c_int, "hf_config_add_system_mounts", c_void_p, OUT)
declare(c_int, "hf_plan_new", c_void_p, OUT, OUT)
declare(c_size_t, "hf_plan_length", c_void_p)
declare(c_char_p, "hf_plan_line", c_void_p, c_size_t)
declare(c_int, "hf_plan_find_hazards", c_void_p, OUT, OUT)
declare(c_size_t, "hf_hazards_length", c_void_p)
for text in ("hf_hazard_id", "hf_hazard_place", "hf_hazard_text", "hf_hazard_hint"):
    declare(c_char_p, text, c_void_p, c_size_t)
declare(c_int, "hf_build", c_void_p, c_void_p, POINTER(c_int), OUT)
declare(c_int, "hf_attach", c_void_p, c_void_p, c_int, OUT)


class Error(OSError):
    """What the library reports: errno, its name, and one line that says where, what and why."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(code, message)
        self.name = name
        self.message = message


def call(name: str, *arguments: object) -> None:
    """Calls the function, with the place for its error at the end; raises what it reports."""
    error = c_void_p()
    if getattr(library, name)(*arguments, byref(error)) == 0:
        return
    try:
        raise Error(library.hf_error_code(error), library.hf_error_name(error).decode(),
                    os.fsdecode(library.hf_error_message(error)))
    finally:
        library.hf_error_free(error)
