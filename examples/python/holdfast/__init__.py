# SPDX-License-Identifier: Apache-2.0
"""Builds a container's file-system view: a configuration becomes a plan, and the plan a mount namespace."""

import ctypes
import os
import subprocess
from ctypes import byref, c_int, c_void_p, sizeof
from types import TracebackType
from typing import Any, List, NamedTuple, Optional, Sequence, Type, Union

from ._library import Error, Mount, RootOptions, call, library

__all__ = ["Config", "Error", "Hazard", "Namespace", "Plan"]

Path = Union[str, "os.PathLike[str]"]
_CLONE_NEWNS = 0x00020000
_libc = ctypes.CDLL(None, use_errno=True)


class Hazard(NamedTuple):
    id: str
    place: str
    text: str
    hint: str


class Config:
    """A root, with mounts; without a root, mounts for a namespace that is there already."""

    def __init__(self, root: Optional[Path] = None, *, readonly: bool = False) -> None:
        self._handle = c_void_p()
        if root is None:
            call("hf_config_new_mounts", byref(self._handle))
            return
        options = RootOptions(size=sizeof(RootOptions), path=os.fsencode(root), readonly=readonly)
        call("hf_config_new", byref(options), byref(self._handle))

    def __del__(self) -> None:
        library.hf_config_free(self._handle)

    def bind(self, source: Union[Path, int], destination: str, *, writable: bool = False,
             options: Sequence[str] = ()) -> "Config":
        """source is a path of the host, or a descriptor, which stays open until the plan is built."""
        given = {"source_fd": source} if isinstance(source, int) else {"source": os.fsencode(source)}
        return self._add("bind", destination, options, writable=writable, **given)

    def mount(self, type: str, destination: str, options: Sequence[str] = ()) -> "Config":
        return self._add(type, destination, options)

    def system_mounts(self) -> "Config":
        call("hf_config_add_system_mounts", self._handle)
        return self

    def _add(self, type: str, destination: str, options: Sequence[str], **members: Any) -> "Config":
        words = (ctypes.c_char_p * len(options))(*map(os.fsencode, options))
        mount = Mount(size=sizeof(Mount), type=type.encode(), destination=os.fsencode(destination),
                      options=words, options_length=len(options), **members)
        call("hf_config_add_mount", self._handle, byref(mount))
        return self


class Namespace:
    """A mount namespace, as a descriptor that it owns."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def enter(self) -> None:
        """Moves the calling process there; it must have one thread."""
        if _libc.setns(self.fd, _CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def run(self, command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[Any]":
        """As subprocess.run(), in there."""
        return subprocess.run(command, preexec_fn=self.enter, **options)


class Plan:
    """The list of operations that a configuration comes to. Nothing is touched yet."""

    def __init__(self, config: Config) -> None:
        self._handle = c_void_p()
        call("hf_plan_new", config._handle, byref(self._handle))

    def __del__(self) -> None:
        library.hf_plan_free(self._handle)

    @property
    def lines(self) -> List[str]:
        return [os.fsdecode(library.hf_plan_line(self._handle, index))
                for index in range(library.hf_plan_length(self._handle))]

    def hazards(self) -> List[Hazard]:
        """What is legal in it and dangerous all the same."""
        found = c_void_p()
        call("hf_plan_find_hazards", self._handle, byref(found))
        try:
            return [Hazard(*(os.fsdecode(getattr(library, "hf_hazard_" + member)(found, index))
                             for member in Hazard._fields))
                    for index in range(library.hf_hazards_length(found))]
        finally:
            library.hf_hazards_free(found)

    def build(self) -> Namespace:
        """All of it, or nothing."""
        fd = c_int(-1)
        call("hf_build", self._handle, None, byref(fd))
        return Namespace(fd.value)

    def attach(self, namespace: Union[Namespace, int]) -> None:
        """Adds the mounts to a namespace in which processes run: all of them, or none."""
        call("hf_attach", self._handle, None, namespace.fd if isinstance(namespace, Namespace) else namespace)
