"""Energy counters as an HPE Cray has them in /sys/cray/pm_counters, for nodes that have none: made
files that count a constant power, ten times a second. For trying out and testing; no joule of them
is measured."""

import os
import threading
import time
from pathlib import Path

PERIOD_S = 0.1


class MadeCounters:
    """A folder a node; whoever mounts it sees counters. Made when entered, still when left."""

    def __init__(self, folder, nodes, watts=150):
        self.folders = {name: Path(folder) / name for name in nodes}
        self.watts, self.begin_s = watts, time.monotonic()
        self.files, self.updates = [], 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.count, daemon=True)

    def start(self):
        for folder in self.folders.values():
            folder.mkdir(parents=True)
            for name, value in {"raw_scan_hz": 10, "generation": 1, "startup": 1, "version": 2,
                                "power": f"{self.watts} W"}.items():
                (folder / name).write_text(f"{value}\n")
            flags = os.O_WRONLY | os.O_CREAT
            self.files.append([os.open(folder / name, flags) for name in ["energy", "freshness"]])
        self.update()
        self.thread.start()

    def stop(self):
        self.ends.set()
        self.thread.join()
        for file in sum(self.files, []):
            os.close(file)

    def count(self):
        while not self.ends.wait(PERIOD_S):
            self.update()

    def update(self):
        """In place, as readers keep them open; texts only grow, so one write replaces all."""
        now_s = time.monotonic()
        joules = int(self.watts * (now_s - self.begin_s)) + 1_000_000
        text = f"{joules} J {int(now_s * 1e6)} us\n".encode()
        self.updates += 1
        for energy, freshness in self.files:
            os.pwrite(energy, text, 0)
            os.pwrite(freshness, f"{self.updates}\n".encode(), 0)
