"""ergon.open_results over a file that `ergon run` has just written; package.py sets where."""

import os
import pathlib
import tempfile
import unittest

import h5py
import pandas

import ergon

RESULTS = pathlib.Path(os.environ["ERGON_RESULTS"])


class Results(unittest.TestCase):
    def test_frames_have_units_and_descriptions(self) -> None:
        results = ergon.open_results(RESULTS)
        for group in results:
            frame = results[group]
            self.assertEqual(frame.attrs["group"], group)
            self.assertEqual(set(frame.attrs["units"]), set(frame.columns))
            self.assertEqual(set(frame.attrs["descriptions"]), set(frame.columns))
        units = results.records.attrs["units"]
        self.assertEqual(units["gross_j_per_launch"], "J")
        self.assertEqual(units["time_median_s"], "s")
        self.assertEqual(units["power_w"], "W")
        self.assertEqual(units["m"], "")

    def test_columns_are_what_the_file_holds(self) -> None:
        results = ergon.open_results(RESULTS)
        with h5py.File(RESULTS) as file:
            for name, column in file["records"].items():
                frame = results.records[name]
                self.assertEqual(len(frame), len(column))
                if column.dtype.kind == "S":
                    self.assertEqual(list(frame), list(column.asstr()[:]))
        softmax = results.records[results.records["primitive"] == "softmax"]
        self.assertTrue(softmax["m"].isna().all())  # not an axis of softmax
        self.assertEqual(results.records["m"].dtype, "Int64")

    def test_the_source_stands_everywhere(self) -> None:
        results = ergon.open_results(RESULTS)
        self.assertEqual(results.source, "simulated")
        self.assertEqual(results.sources, ("simulated",))
        self.assertIn("simulated", repr(results))
        for group in results:
            self.assertEqual(results[group].attrs["source"], "simulated")
        self.assertEqual(set(results.records["energy_status"]), {"simulated"})

    def test_several_files_are_one(self) -> None:
        one = ergon.open_results(RESULTS)
        two = ergon.open_results(RESULTS, RESULTS)
        records = len(one.records)
        self.assertEqual(len(two.records), 2 * records)
        self.assertEqual(list(two.records["file"]), [0] * records + [1] * records)
        self.assertEqual(list(two.records["run"].unique()), [0, 1])
        second = two.windows[two.windows["file"] == 1]
        self.assertEqual(second["record"].min(), records)
        joined = two.windows.join(two.records[["point_id"]], on="record")
        first = joined[joined["file"] == 0]["point_id"].tolist()
        self.assertEqual(joined[joined["file"] == 1]["point_id"].tolist(), first)

    def test_errors_say_what_and_where(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            foreign = pathlib.Path(folder) / "foreign.h5"
            with h5py.File(foreign, "w") as file:
                file["x"] = [1]
            newer = pathlib.Path(folder) / "newer.h5"
            with h5py.File(newer, "w") as file:
                file.create_group("schema").attrs["major"] = 2
            text = pathlib.Path(folder) / "text.h5"
            text.write_text("no HDF5")
            cases = {
                foreign: "it has no /schema",
                newer: "schema 2; this package reads schema 1",
                text: "text.h5",
                pathlib.Path(folder) / "absent.h5": "no such file",
            }
            for path, words in cases.items():
                with self.assertRaisesRegex(ergon.Error, words):
                    ergon.open_results(path)
        with self.assertRaisesRegex(ergon.Error, "no group 'rows'; there are: .*records"):
            ergon.open_results(RESULTS)["rows"]
        with self.assertRaisesRegex(ergon.Error, "no file named"):
            ergon.open_results()

    def test_it_is_what_readme_says(self) -> None:
        with h5py.File(RESULTS) as file:
            records = pandas.DataFrame(
                {
                    name: column.asstr()[:] if column.dtype.kind == "S" else column[:]
                    for name, column in file["records"].items()
                }
            )
        self.assertEqual(
            list(records["gross_j_per_launch"]),
            list(ergon.open_results(RESULTS).records["gross_j_per_launch"]),
        )


if __name__ == "__main__":
    unittest.main()
