"""Files that a report is tried on: what `ergon` itself writes, and copies changed by h5py."""

import json
import shutil
import subprocess

import h5py
import numpy

# Every primitive of an encoder, so that a table fitted to it prices a whole network.
SWEEP = """
name: report
protocol: {preset: quick, window_min_s: 0.004, window_updates_min: 1, windows_max: 3, idle_s: 0.02,
           point_max_s: 0.06, settle_min_s: 0, settle_max_s: 0, time_max_s: 0.01,
           time_samples_min: 3, sentinels: 1}
meters: [METER]
groups:
  - kernels: gemm/reference
    axes: {m: [4, 8, 16, 32], n: 16, k: [16, 32]}
    options: {bias: yes, transpose_b: yes}
    threads: 1
  - kernels: softmax/reference
    axes: {rows: [8, 32], columns: [16, 64]}
    threads: 1
  - kernels: gelu/reference
    axes: {elements: {geometric: [64, 16384], ratio: 4}}
    threads: 1
  - kernels: layernorm/reference
    axes: {rows: [4, 16], columns: [16, 64]}
    threads: 1
  - kernels: attention/reference
    axes: {batch: 1, heads: 2, kv_heads: 1, queries: [4, 8], keys: [8, 16], head_size: 8}
    threads: 1
  - kernels: embedding/reference
    axes: {tokens: [4, 16], vocabulary: 100, columns: [16, 64]}
    threads: 1
"""

NETWORK = """
kind: encoder
layers: 2
hidden: 32
heads: 2
vocabulary: 100
context: 64
positions: learned
normalization: layernorm
norm_first: no
activation: gelu
feed_forward: 64
head: none
"""

HOSTILE = '</script><script>window.hacked="NAME"</script><img src=x onerror=window.hacked="NAME">'


class Files:
    """All in one folder."""

    def __init__(self, ergon, folder):
        self.ergon, self.folder = ergon, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def run(self, name, meter):
        """A result file of the sweep above."""
        sweep = self.folder / f"{name}.yaml"
        sweep.write_text(SWEEP.replace("METER", meter))
        path = self.folder / f"{name}.h5"
        subprocess.run([self.ergon, "run", sweep, "-o", path], check=True, capture_output=True)
        return path

    def table(self, result):
        path = result.with_suffix(".table.json")
        subprocess.run(
            [self.ergon, "fit", result, "-o", path], check=True, capture_output=True
        )
        return path

    def network(self, table):
        description = self.folder / "tiny.yaml"
        description.write_text(NETWORK)
        words = [self.ergon, "predict", table, "--network", description, "--batch", "1"]
        words += ["--seq", "8", "--attention", "fused", "--proxy", "softmax", "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        path = self.folder / "tiny.json"
        path.write_text(done.stdout)
        return path

    def comparison(self, results):
        path = self.folder / "comparison.json"
        words = [self.ergon, "compare", *results, "--format", "json", "-o", path]
        subprocess.run(words, check=True, capture_output=True)
        return path

    def copy(self, result, name, device=None, factor=1.0):
        """A copy with another run id, of another device if named, of `factor` times the joules."""
        path = self.folder / f"{name}.h5"
        shutil.copy(result, path)
        with h5py.File(path, "r+") as file:
            replace(file, "runs/id", [f"{name}-{i}" for i in range(len(file["runs/id"]))])
            if device is not None:
                for column in ("runs/device", "records/device"):
                    replace(file, column, [device] * len(file[column]))
            for column in ("gross_j_per_launch", "net_j_per_launch", "power_w"):
                file[f"records/{column}"][:] *= factor
            file["energy/gross_j"][:] *= factor
        return path

    def spoiled(self, result, name):
        """A copy whose third window was interrupted and whose fourth was stolen from."""
        path = self.copy(result, name)
        with h5py.File(path, "r+") as file:
            file["windows/invalid"][2] = 32
            file["windows/invalid"][3] = 8
        return path

    def unmeasured(self, result, name):
        """A copy in which nothing was metered, as on a machine without a meter."""
        path = self.copy(result, name)
        with h5py.File(path, "r+") as file:
            file["runs/primary_channel"][:] = -1
            replace(file, "runs/unmeasured_reason", ["powercap: no such folder"])
            for column in ("gross_j_per_launch", "net_j_per_launch", "power_w"):
                file[f"records/{column}"][:] = numpy.nan
            replace(file, "records/energy_status", ["unmeasured"] * len(file["records/run"]))
            for group in ("energy", "idle_energy"):
                empty(file[group])
        return path

    def without_records(self, result, name):
        path = self.copy(result, name)
        with h5py.File(path, "r+") as file:
            for group in ("records", "windows", "energy", "times"):
                empty(file[group])
        return path

    def hostile_network(self, network):
        """A prediction whose names are scripts."""
        data = json.loads(network.read_text())
        data["tree"]["name"] = HOSTILE.replace("NAME", "network")
        data["tree"]["children"][0]["name"] = HOSTILE.replace("NAME", "node")
        data["workload"] = HOSTILE.replace("NAME", "workload")
        data["table"]["device"] = HOSTILE.replace("NAME", "device")
        path = self.folder / "hostile.json"
        path.write_text(json.dumps(data))
        return path

    def hostile(self, result, name):
        """A copy whose names are scripts, for a page that would run them."""
        path = self.copy(result, name, device=HOSTILE.replace("NAME", "device"))
        with h5py.File(path, "r+") as file:
            for column in ("sweep/name", "sweep/text", "runs/protocol", "runs/started_utc",
                           "channels/name", "records/kernel", "records/fill", "records/reason"):
                text = HOSTILE.replace("NAME", column)
                replace(file, column, [text] * len(file[column]))
        return path


def replace(file, column, texts):
    """Writes a column of text anew, as long as its texts are."""
    attributes = dict(file[column].attrs)
    del file[column]
    encoded = [text.encode() for text in texts]
    width = max(map(len, encoded), default=1) or 1
    kind = h5py.string_dtype("utf-8", width)
    file.create_dataset(column, data=numpy.array(encoded, dtype=kind))
    file[column].attrs.update(attributes)


def empty(group):
    """Leaves the columns of a group without rows."""
    for name in list(group):
        attributes, kind = dict(group[name].attrs), group[name].dtype
        del group[name]
        group.create_dataset(name, shape=(0,), dtype=kind)
        group[name].attrs.update(attributes)
