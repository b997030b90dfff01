"""Compiles a CUDA file for one architecture, and reads what ptxas says of it."""

import concurrent.futures
import dataclasses
import math
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

import sass

REGISTERS = 65536  # of a multiprocessor, on all architectures from sm_75 to sm_121
REGISTERS_UNIT = 256  # a warp is given a multiple of these
SHARED_STATIC_MAX = 49152
FAMILIES = (75, 80, 100)


@dataclasses.dataclass
class Entry:
    """One kernel of a file, as compiled."""

    name: str  # its Launchable: "Gemm<float, 128>"
    registers: int
    shared_bytes: int  # static
    threads: int  # of a block, by its launch bounds; 0 where it has none
    blocks: int  # of a multiprocessor, by its launch bounds
    instructions: list

    @property
    def registers_taken(self):
        of_warp = math.ceil(32 * self.registers / REGISTERS_UNIT) * REGISTERS_UNIT
        return of_warp * math.ceil(self.threads / 32) * max(self.blocks, 1)


@dataclasses.dataclass
class Compiled:
    complaints: list
    entries: list


def architectures():
    """75, 80, ...: all that this nvcc makes code for."""
    listed = subprocess.run(["nvcc", "--list-gpu-arch"], capture_output=True, text=True, check=True)
    return sorted(int(number) for number in re.findall(r"compute_(\d+)\b", listed.stdout))


def virtual_of(architecture):
    """The architecture whose PTX is assembled for this one: within a family PTX differs by nothing
    but its name, for our sources ask __CUDA_ARCH__ about 700, 800 and 1000 alone (strays())."""
    return max(each for each in FAMILIES if each <= architecture)


class Sources:
    """PTX of CUDA files, each made once for a family of architectures."""

    def __init__(self, root):
        self._root = root
        self._lock = threading.Lock()
        self._made = {}  # (source, family): a future of PTX, or of what nvcc says where it fails

    def compile_file(self, source, architecture):
        """A Compiled; complaints are what nvcc or ptxas says that must not be."""
        ptx, log = self._ptx(source, virtual_of(architecture))
        if ptx is None:
            return Compiled([f"nvcc fails: {log}"], [])
        with tempfile.TemporaryDirectory() as folder:
            assembly, cubin = pathlib.Path(folder, "in.ptx"), pathlib.Path(folder, "out.cubin")
            assembly.write_text(ptx)
            command = ["ptxas", f"-arch=sm_{architecture}", "-v", "-o", cubin, assembly]
            run = subprocess.run(command, capture_output=True, text=True)
            log += run.stdout + run.stderr
            if run.returncode:
                return Compiled([f"ptxas fails: {log.strip()}"], [])
            entries = read_entries(log, ptx, sass.words(cubin.read_bytes()))
        complaints = complaints_of(log)
        for entry in entries:
            complaints += over_budget(entry)
        return Compiled(complaints, entries)

    def _ptx(self, source, family):
        with self._lock:
            first = (source, family) not in self._made
            future = self._made.setdefault((source, family), concurrent.futures.Future())
        if first:
            future.set_result(make_ptx(source, family, self._root))
        return future.result()


def make_ptx(source, family, root):
    """PTX, or None where nvcc fails, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        ptx = pathlib.Path(folder, "out.ptx")
        command = ["nvcc", "-std=c++20", "--expt-relaxed-constexpr", f"-I{root}", "-ptx"]
        command += [f"-arch=compute_{family}", "-o", ptx, source]
        run = subprocess.run(command, capture_output=True, text=True)
        return None if run.returncode else ptx.read_text(), run.stdout + run.stderr


def strays(source, architecture, root):
    """Whether a file's own PTX for an architecture differs from its family's in more than names."""
    def without_name(virtual):
        ptx, _ = make_ptx(source, virtual, root)
        return ptx and re.sub(r"^\.target \w+$", "", ptx, flags=re.M)

    return without_name(architecture) != without_name(virtual_of(architecture))


def complaints_of(log):
    """Spills, and notices that leave nvcc's exit status 0."""
    found = []
    function = "?"
    for line in log.splitlines():
        if named := re.search(r"Function properties for (\w+)", line):
            function = launchable(named[1])
        used = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes", line)
        if used and used.groups() != ("0", "0", "0"):
            found.append(f"{function}: {line.strip()}")
        elif re.search(r"\bC75\d\d\b", line) or re.search(r"\bwarning\b", line, re.I):
            found.append(line.strip())
    return found


def over_budget(entry):
    if entry.registers_taken > REGISTERS:
        yield (
            f"{entry.name}: {entry.registers} registers x {entry.threads} threads x "
            f"{entry.blocks} blocks take {entry.registers_taken} of {REGISTERS}"
        )
    if entry.shared_bytes > SHARED_STATIC_MAX:
        yield f"{entry.name}: {entry.shared_bytes} bytes of static shared memory"


def first_number(pattern, text):
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def read_entries(log, ptx, instructions):
    used = {}
    for block in log.split("Compiling entry function '")[1:]:
        used[block.split("'")[0]] = block
    entries = []
    for match in re.finditer(r"^\.(?:visible )?\.?entry (\w+)\([^)]*\)([^{]*)\{", ptx, re.M):
        name, bounds = match.groups()
        threads = re.search(r"\.maxntid (\d+)(?:, (\d+))?(?:, (\d+))?", bounds)
        entries.append(
            Entry(
                name=launchable(name),
                registers=first_number(r"Used (\d+) registers", used[name]),
                shared_bytes=first_number(r"(\d+) bytes smem", used[name]),
                threads=math.prod(int(each or 1) for each in threads.groups()) if threads else 0,
                blocks=first_number(r"\.minnctapersm (\d+)", bounds),
                instructions=instructions[name],
            )
        )
    if len(entries) != len(used):
        raise ValueError(f"ptxas compiles {len(used)} kernels, {len(entries)} are in the PTX")
    return entries


def launchable(name):
    """Of entry<Launchable>, mangled, the Launchable without namespaces; other names as they are."""
    if not shutil.which("c++filt"):
        return name
    run = subprocess.run(["c++filt", name], capture_output=True, text=True, check=True)
    plain = run.stdout.strip().replace("(anonymous namespace)::", "")
    entry = re.search(r"\bentry<(.*)>\(", plain)
    return re.sub(r"\b\w+::", "", entry[1] if entry else plain)
