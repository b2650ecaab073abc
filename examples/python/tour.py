#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Shows a plan and its hazards, builds it, runs a command in it, and shows an error.

Usage: tour.py ROOT SOURCE COMMAND [ARGUMENT...]        (as root)
"""

import sys
from typing import List

import holdfast


def tour(root: str, source: str, command: List[str]) -> None:
    plan = holdfast.Plan(holdfast.Config(root, readonly=True).bind(source, "/data").mount("tmpfs", "/tmp"))
    for line in plan.lines:
        print("plan:", line)
    for hazard in plan.hazards():
        print(f"hazard: {hazard.id}: {hazard.text}")
    with plan.build() as namespace:
        sys.stdout.flush()
        print("status:", namespace.run(command).returncode)


if len(sys.argv) < 4:
    sys.exit(__doc__)
root, source, *command = sys.argv[1:]
tour(root, source, command)
try:
    tour(root, "/nonexistent", command)
except holdfast.Error as error:
    print(f"error: {error.name}: {error.message}")
