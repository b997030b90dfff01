"""ergon.EnergyTable, over a table whose laws are known: 2 uJ a launch, 10 pJ/flop, 50 pJ/byte,
100 W, intervals of 10 %; and over one that `ergon fit` has just written. package.py sets where."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy

import ergon

GOLDEN = pathlib.Path(os.environ["ERGON_SOURCE"]) / "tests/analysis/golden/bert_table.json"
FITTED = pathlib.Path(os.environ["ERGON_TABLE"])
PROGRAM = os.environ["ERGON_PROGRAM"]


def joules(m: int, n: int, k: int) -> float:
    return 2e-6 + 10e-12 * 2 * m * n * k + 50e-12 * 4 * (m * k + k * n + m * n)


class Table(unittest.TestCase):
    def setUp(self) -> None:
        self.table = ergon.EnergyTable.load(GOLDEN)

    def test_one_shape_costs_what_the_law_says(self) -> None:
        prediction = self.table.predict("gemm/made", m=256, n=512, k=256)
        self.assertIsInstance(prediction, ergon.Prediction)
        expected = joules(256, 512, 256)
        self.assertAlmostEqual(prediction.energy_j, expected, delta=1e-12 * expected)
        self.assertAlmostEqual(prediction.low_j, 0.9 * expected, delta=1e-12)
        self.assertAlmostEqual(prediction.high_j, 1.1 * expected, delta=1e-12)
        self.assertAlmostEqual(prediction.power_w, 100, delta=1e-9)
        self.assertFalse(prediction.extrapolated)
        self.assertEqual(prediction.source, "simulated")
        self.assertIn("(simulated)", str(prediction))

    def test_arrays_say_what_each_shape_is_told(self) -> None:
        m = numpy.arange(1, 301)
        k = numpy.array([[1], [64], [4096]])
        answer = self.table.predict("gemm/made", m=m, n=7, k=k)
        self.assertIsInstance(answer, ergon.Predictions)
        self.assertEqual(answer.energy_j.shape, (3, 300))
        self.assertEqual(answer.extrapolated.dtype, numpy.bool_)
        for row in range(3):
            for column in (0, 63, 64, 299):
                one = self.table.predict("gemm/made", m=int(m[column]), n=7, k=int(k[row, 0]))
                for name in ("energy_j", "low_j", "high_j", "time_s"):
                    found = getattr(answer, name)[row, column]
                    self.assertAlmostEqual(found, getattr(one, name), delta=1e-12 * found)
                self.assertEqual(bool(answer.extrapolated[row, column]), one.extrapolated)
        frame = answer.to_frame()
        self.assertEqual(len(frame), 900)
        self.assertEqual(frame.attrs["source"], "simulated")
        self.assertEqual(frame.attrs["units"]["energy_j"], "J")

    def test_arrays_of_any_layout_and_integer_type_are_taken(self) -> None:
        wide = numpy.arange(1, 41).reshape(5, 8)
        plain = self.table.predict("gemm/made", m=numpy.ascontiguousarray(wide.T), n=2, k=3)
        for array in (wide.T, wide.T.astype(numpy.uint16), wide.astype(">i4").T):
            answer = self.table.predict("gemm/made", m=array, n=[2], k=numpy.int32(3))
            numpy.testing.assert_array_equal(answer.energy_j, plain.energy_j)
        self.assertEqual(len(self.table.predict("gemm/made", m=[], n=1, k=1)), 0)
        self.assertEqual(self.table.predict("gemm/made", m=[5], n=1, k=1).energy_j.shape, (1,))

    def test_options_are_by_name(self) -> None:
        plain = self.table.predict("gemm/made", m=8, n=8, k=8)
        biased = self.table.predict("gemm/made", m=8, n=8, k=8, options={"bias": "yes"})
        # 8 x 8 FLOPs more, and 8 numbers more to read.
        self.assertAlmostEqual(
            biased.energy_j - plain.energy_j, 64 * 10e-12 + 32 * 50e-12, delta=1e-18
        )
        row = self.table.row("gemm/made")
        self.assertEqual(row.axes, ("m", "n", "k"))
        self.assertEqual(row.options["bias"], ("no", "yes"))
        many = row.predict(m=[8, 8], n=8, k=8, options={"bias": "yes"})
        self.assertAlmostEqual(many.energy_j[1], biased.energy_j, delta=1e-18)

    def test_rows_say_what_they_hold_for(self) -> None:
        self.assertEqual(len(self.table.rows), 12)
        row = self.table.row("softmax/made", threads=1, cold=False, dtypes="f32")
        self.assertEqual(row.kernel, "softmax/made")
        self.assertEqual((row.device, row.boundary), ("Made CPU", "package"))
        self.assertEqual(row.dtypes, ("f32", "f32", "f32", "f32"))
        self.assertEqual(
            (row.threads, row.fill, row.cold, row.weights), (1, "uniform", False, "plain")
        )
        self.assertEqual(row.hull, {"rows": (1, 10**9), "columns": (1, 10**9)})
        self.assertIn("simulated", repr(row))
        self.assertIn("simulated", repr(self.table))
        self.assertIn("simulated", self.table.warning)
        self.assertEqual(self.table.energy, "gross")
        self.assertEqual(self.table.data["source"], "simulated")
        self.assertIn("gemm/made", self.table.summary())

    def test_errors_say_what_is_wrong(self) -> None:
        cases = [
            ("gemm/made", {"m": 1, "n": 1}, "the shape lacks k"),
            ("gemm/made", {"m": [1], "n": 1}, "the shape lacks k"),
            ("gemm/made", {"m": 1, "n": 1, "k": 1, "o": 1}, "no axis 'o'"),
            ("gemm/made", {"m": 1, "n": 1, "k": [1], "o": 1}, "no axis 'o'"),
            ("gemm/made", {"m": 1, "n": 1, "k": 0}, "expected an integer of 1 or more"),
            ("gemm/made", {"m": 2**70, "n": 1, "k": 1}, "expected an integer below"),
            ("gemm/made", {"m": [1, 1, -5], "n": 1, "k": 1}, "shape 2 of 3"),
            ("gemm/made", {"m": [2**40], "n": 2**40, "k": 1}, "m n k is over 2\\^58"),
            ("gemm/avx9", {"m": 1, "n": 1, "k": 1}, "no row with kernel 'gemm/avx9'"),
            (None, {"m": 1, "n": 1, "k": 1}, "has rows for kernel"),
        ]
        for kernel, axes, words in cases:
            with self.assertRaisesRegex(ergon.Error, words):
                self.table.predict(kernel, **axes)
        with self.assertRaisesRegex(ergon.Error, "no row with threads '3'; the table has: '1'"):
            self.table.predict("gemm/made", threads=3, m=1, n=1, k=1)
        with self.assertRaisesRegex(ergon.Error, "option bias=maybe: expected one of no, yes"):
            self.table.predict("gemm/made", options={"bias": "maybe"}, m=1, n=1, k=1)
        with self.assertRaisesRegex(TypeError, "axis m: expected integers"):
            self.table.predict("gemm/made", m=1.5, n=1, k=1)
        with self.assertRaises(ValueError):
            self.table.predict("gemm/made", m=[1, 2], n=[1, 2, 3], k=1)
        with tempfile.TemporaryDirectory() as folder:
            absent = pathlib.Path(folder) / "absent.json"
            with self.assertRaisesRegex(ergon.Error, "absent.json"):
                ergon.EnergyTable.load(absent)
            other = pathlib.Path(folder) / "other.json"
            other.write_text("{}")
            with self.assertRaisesRegex(ergon.Error, "is no energy table"):
                ergon.EnergyTable.load(other)

    def test_a_row_outlives_its_table(self) -> None:
        row = ergon.EnergyTable.load(GOLDEN).rows[0]
        self.assertTrue(row.predict(**{axis: 8 for axis in row.axes}).energy_j > 0)

    def test_other_threads_run_while_shapes_are_answered(self) -> None:
        row = self.table.row("gemm/made")
        m = numpy.arange(1, 2_000_001)
        running = threading.Event()
        done = threading.Event()

        def ask() -> None:
            running.set()
            row.predict(m=m, n=1, k=1)
            done.set()

        # The interpreter would not take the lock away from a call that keeps it: then this thread
        # would not count before the answer is there.
        asker = threading.Thread(target=ask)
        asker.start()
        running.wait()
        counted_before = 0
        while not done.is_set():
            counted_before += 1
        asker.join()
        self.assertGreater(counted_before, 1000)


class FittedTable(unittest.TestCase):
    """By the table of the run of this test, Python says what `ergon predict` says."""

    def test_says_what_the_command_says(self) -> None:
        table = ergon.EnergyTable.load(FITTED)
        self.assertEqual(table.source, "simulated")
        command = [PROGRAM, "predict", str(FITTED), "--kernel", "gemm/reference"]
        for m, n, k in ((16, 16, 16), (16, 64, 32), (500, 8, 8)):
            said = subprocess.run(
                [*command, "--shape", f"m={m},n={n},k={k}"],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
            prediction = table.predict("gemm/reference", m=m, n=n, k=k)
            number, prefix = re.search(r"energy +([\d.e+-]+) (\w*)J \(simulated\)", said).groups()
            scale = {"": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9}[prefix]
            self.assertAlmostEqual(
                float(number) * scale, prediction.energy_j, delta=1e-3 * prediction.energy_j
            )
            self.assertEqual("extrapolated: " in said, prediction.extrapolated)
            for reason in prediction.outside:
                self.assertIn(reason, said)


class WithoutPyYaml(unittest.TestCase):
    def test_the_package_imports_without_it(self) -> None:
        program = "import sys; sys.modules['yaml'] = None; import ergon; print(ergon.__all__)"
        subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
