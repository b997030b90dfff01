"""ergon.Network, priced by a table whose laws are known; package.py sets where it is."""

import math
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import ergon

SOURCE = pathlib.Path(os.environ["ERGON_SOURCE"])
TABLE = SOURCE / "tests/analysis/golden/bert_table.json"
CONFIG = SOURCE / "tests/analysis/golden/bert_config.json"


class Network(unittest.TestCase):
    def setUp(self) -> None:
        self.table = ergon.EnergyTable.load(TABLE)

    def test_costs_what_its_operations_cost(self) -> None:
        network = ergon.Network.load(CONFIG, batch=8)
        counts = network.counts
        self.assertEqual(counts["parameters"], 109_482_240)  # bert-base, pooler and all
        estimate = network.estimate(self.table)
        expected = 2e-6 * counts["operations"] + 10e-12 * counts["flops"] + 50e-12 * counts["bytes"]
        self.assertAlmostEqual(estimate.energy_j, expected, delta=1e-9 * expected)
        self.assertAlmostEqual(estimate.time_s, expected / 100, delta=1e-9 * expected)
        self.assertLess(estimate.root.low_j, estimate.energy_j)
        self.assertGreater(estimate.root.high_j, estimate.energy_j)
        self.assertEqual(estimate.source, "simulated")
        self.assertIn("(simulated)", str(estimate))

    def test_is_a_tree(self) -> None:
        root = ergon.Network.load(CONFIG).estimate(self.table).root
        self.assertEqual(root.name, "bert-base")
        layers = [child for child in root.children if child.kind == "layer"]
        self.assertEqual(len(layers), 12)
        for node in root.walk():
            if node.children:
                below = sum(child.energy_j for child in node.children)
                self.assertAlmostEqual(node.energy_j, below, delta=1e-9 * node.energy_j)
            else:
                self.assertTrue(node.problem.startswith(f"k1:{node.kind}/"))
                self.assertTrue(node.priced)
        self.assertAlmostEqual(root.share, 1)
        paths = [node.path for node in root.walk()]
        self.assertEqual(len(paths), len(set(paths)))
        self.assertIn("bert-base/layer.3/attention/query", paths)

    def test_frames_have_units_and_source(self) -> None:
        estimate = ergon.Network.load(CONFIG).estimate(self.table)
        frame = estimate.to_frame()
        self.assertEqual(len(frame), len(list(estimate.root.walk())))
        self.assertEqual(set(frame.attrs["units"]), set(frame.columns))
        self.assertEqual(frame.attrs["units"]["energy_j"], "J")
        self.assertEqual(frame.attrs["units"]["time_s"], "s")
        self.assertEqual(frame.attrs["source"], "simulated")

    def test_yaml_and_json_are_one_network(self) -> None:
        by_yaml = ergon.Network.load(SOURCE / "configs/networks/bert-base.yaml", batch=2)
        by_json = ergon.Network.load(CONFIG, batch=2)
        self.assertEqual(by_yaml.counts, by_json.counts)
        self.assertEqual(by_yaml.fields, by_json.fields)

    def test_settings_change_fields(self) -> None:
        whole = ergon.Network.load(CONFIG).estimate(self.table)
        half = ergon.Network.load(CONFIG, settings={"layers": 6, "pooler": False})
        self.assertEqual(half.fields["layers"], "6")
        self.assertEqual(half.fields["pooler"], "no")
        self.assertLess(half.estimate(self.table).energy_j, 0.6 * whole.energy_j)

    def test_phases_are_those_of_a_decoder(self) -> None:
        gpt2 = SOURCE / "configs/networks/gpt2.yaml"
        decode = ergon.Network.load(gpt2, phases=["decode"], past=100, batch=4)
        prefill = ergon.Network.load(gpt2, phases=["prefill"], sequence=100, batch=4)
        self.assertLess(decode.counts["flops"], prefill.counts["flops"] / 50)
        with self.assertRaisesRegex(ergon.Error, "phase 'train': expected one of decode, "):
            ergon.Network.load(gpt2, phases=["train"])
        with self.assertRaisesRegex(ergon.Error, "has no phase decode"):
            ergon.Network.load(CONFIG, phases=["decode"], past=1)

    def test_errors_say_what_is_wrong(self) -> None:
        with self.assertRaisesRegex(ergon.Error, "are more than its context of 512"):
            ergon.Network.load(CONFIG, sequence=1000)
        with self.assertRaisesRegex(ergon.Error, "no such field"):
            ergon.Network.load(CONFIG, settings={"depth": 3})
        with self.assertRaisesRegex(ergon.Error, "batch, sequence and steps are 1 or more"):
            ergon.Network.load(CONFIG, batch=0)
        with self.assertRaisesRegex(ergon.Error, "absent.json"):
            ergon.Network.load("absent.json")
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / "config.json"
            broken.write_text('{"model_type": "bert",\n "hidden_size": }')
            with self.assertRaisesRegex(ergon.Error, "config.json:2:.*not JSON"):
                ergon.Network.load(broken)
        with self.assertRaisesRegex(ergon.Error, "no row"):
            ergon.Network.load(CONFIG).estimate(self.table, threads=64)

    def test_yaml_without_pyyaml_says_so(self) -> None:
        with mock.patch.dict(sys.modules, {"yaml": None}):
            with self.assertRaisesRegex(ergon.Error, "pip install pyyaml"):
                ergon.Network.load(SOURCE / "configs/networks/gpt2.yaml")
            self.assertFalse(math.isnan(ergon.Network.load(CONFIG).estimate(self.table).energy_j))


if __name__ == "__main__":
    unittest.main()
