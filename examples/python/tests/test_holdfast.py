# SPDX-License-Identifier: Apache-2.0
"""As root: HOLDFAST_TEST_ROOT=DIRECTORY python3 -m unittest discover tests"""

import errno
import os
import tempfile
import unittest

import holdfast

ROOT = os.environ["HOLDFAST_TEST_ROOT"]  # with a shell, below a directory that can be written


class Test(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory(dir="/mnt")
        self.addCleanup(self.directory.cleanup)
        self.note = os.path.join(self.directory.name, "note")
        with open(self.note, "w", encoding="ascii") as file:
            file.write("hello\n")

    def test_plan(self) -> None:
        lines = holdfast.Plan(holdfast.Config(ROOT).bind(self.note, "/data", options=["nosuid"])).lines
        self.assertEqual(lines[1], f"bind /data from {self.note} recursive ro nosuid rprivate (mounts[0])")

    def test_hazards(self) -> None:
        hazards = holdfast.Plan(holdfast.Config(ROOT).bind(self.note, "/data")).hazards()
        self.assertEqual([(hazard.id, hazard.place) for hazard in hazards], [("single-file-bind", "mounts[0] (/data)")])

    def test_run(self) -> None:
        with holdfast.Plan(holdfast.Config(ROOT).bind(self.note, "/data")).build() as namespace:
            done = namespace.run(["sh", "-c", "cat /data; exit 7"], capture_output=True, text=True)
            self.assertEqual((done.stdout, done.returncode), ("hello\n", 7))

    def test_attach(self) -> None:
        with holdfast.Plan(holdfast.Config(ROOT)).build() as namespace:
            holdfast.Plan(holdfast.Config().bind(self.note, "/added")).attach(namespace)
            done = namespace.run(["cat", "/added"], capture_output=True, text=True)
            self.assertEqual(done.stdout, "hello\n")

    def test_errors(self) -> None:
        with self.assertRaises(holdfast.Error) as raised:
            holdfast.Plan(holdfast.Config(ROOT).bind("/nonexistent", "/data")).build()
        self.assertEqual((raised.exception.errno, raised.exception.name), (errno.ENOENT, "ENOENT"))
        self.assertTrue(raised.exception.message.startswith(
            "mounts[0] (/data): cannot open the source /nonexistent: openat2: ENOENT"))
        with self.assertRaises(holdfast.Error):
            holdfast.Config("relative")


if __name__ == "__main__":
    unittest.main()
