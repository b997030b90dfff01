"""ergon.report as it is installed: its files are there, and predictions are the evaluator's."""

import os
import pathlib
import tempfile
import unittest

from ergon.report import write_report

RESULTS = pathlib.Path(os.environ["ERGON_RESULTS"])
TABLE = pathlib.Path(os.environ["ERGON_TABLE"])


class Report(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page = pathlib.Path(folder.name) / "report.html"

    def test_holds_script_style_and_pictures(self) -> None:
        report = write_report([RESULTS, TABLE], self.page)
        text = self.page.read_text()
        self.assertEqual(report.bytes, self.page.stat().st_size)
        for part in ("new IntersectionObserver", "--accent", 'class="figure"', "Provenance"):
            self.assertIn(part, text)

    def test_predicts_by_the_evaluator_of_the_package(self) -> None:
        report = write_report([RESULTS, TABLE], self.page)
        [picture] = [each for each in report.pictures if each.name == "predicted-0"]
        self.assertIn("(simulated)", picture.figure.layout.title.text)
        self.assertNotIn("ergon predict", picture.note)
        self.assertGreater(sum(len(trace.x) for trace in picture.figure.data), 10)


if __name__ == "__main__":
    unittest.main()
