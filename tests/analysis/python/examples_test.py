"""The examples, run as their users run them; package.py sets over which files."""

import os
import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ["ERGON_SOURCE"])
EXAMPLES = SOURCE / "analysis/python/examples"
GOLDEN = SOURCE / "tests/analysis/golden"
BERT = str(GOLDEN / "bert_table.json")


def run(script: pathlib.Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != code:
        raise AssertionError(
            f"{script.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout + done.stderr


class Examples(unittest.TestCase):
    def test_the_search_stays_within_its_budget(self) -> None:
        arguments = [BERT, str(GOLDEN / "bert_config.json"), "--budget-j"]
        said = run(EXAMPLES / "architecture_search.py", *arguments, "0.2")
        self.assertIn("joules: simulated, gross", said)
        self.assertIn("accuracy: a toy formula, fitted to nothing", said)
        self.assertIn("of 24 candidates within 0.2 J", said)
        self.assertIn("most accurate per joule: layers=", said)
        for line in said.splitlines():
            if line.strip().startswith("accuracy 0"):
                self.assertLess(float(line.split(", ")[1].split(" J")[0]), 0.2)
        self.assertIn(
            "none is within the budget",
            run(EXAMPLES / "architecture_search.py", *arguments, "1e-9", code=1),
        )

    def test_the_scheduler_weighs_joules_against_time(self) -> None:
        arguments = [BERT, "--kernel", "gemm/made", "--latency-ms"]
        strict = run(EXAMPLES / "batch_scheduler.py", *arguments, "0.05")
        loose = run(EXAMPLES / "batch_scheduler.py", *arguments, "1000")
        self.assertIn("joules: simulated, gross; gemm/made on Made CPU", loose)
        batches = [int(text.split("\nbatch ")[1].split(":")[0]) for text in (strict, loose)]
        self.assertLess(batches[0], batches[1])
        self.assertEqual(batches[1], 512)  # by an affine law more inputs always share the weights
        self.assertIn(
            "no batch is within", run(EXAMPLES / "batch_scheduler.py", *arguments, "1e-9", code=1)
        )

    def test_the_notebook_reads_a_result_file(self) -> None:
        said = run(EXAMPLES / "read_results.py", os.environ["ERGON_RESULTS"])
        self.assertIn("joules: simulated", said)
        self.assertIn("gross_j_per_launch [J]: ", said)
        self.assertRegex(said, r"gemm +reference +\d")

    def test_the_benchmark_prints_a_rate(self) -> None:
        script = SOURCE / "analysis/python/benchmarks/predictions.py"
        said = run(script, BERT, "--kernel", "gemm/made", "--shapes", "100000")
        rate = float(said.split(": ")[1].split(" million")[0])
        print(said, end="")
        self.assertGreater(rate, 0.5)  # beside other tests; five and more by itself


if __name__ == "__main__":
    unittest.main()
