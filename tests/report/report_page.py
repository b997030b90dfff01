"""`ergon report`: its pages in a headless Chromium, from a file and with no network.

Usage: report_page.py ERGON FOLDER. Leaves pages and screenshots in FOLDER. Exit code 77, a
skip, where the packages of Python, Chromium or its driver are missing.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

try:
    import h5py  # noqa: F401
    import kaleido  # noqa: F401
    import pandas  # noqa: F401
    import plotly  # noqa: F401
    import selenium  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from browser import Browser
from made_files import HOSTILE, Files

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "analysis/python/src"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
BYTES_MAX, MILLISECONDS_MAX = 10_000_000, 3000


class Report:
    """Runs the command, and holds what it leaves against what is expected."""

    def __init__(self, ergon, folder):
        self.ergon, self.folder = ergon, folder
        self.environment = {
            **os.environ, "PYTHONPATH": str(SOURCES), "ERGON_PYTHON": sys.executable}
        self.environment.pop("ERGON", None)

    def run(self, files, page, *words):
        command = [self.ergon, "report", *map(str, files), "-o", str(page), *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment
        )

    def make(self, files, name, *words):
        page = self.folder / f"{name}.html"
        done = self.run(files, page, *words)
        assert done.returncode == 0, done.stderr
        assert str(page) in done.stdout, done.stdout
        size = page.stat().st_size
        print(f"{name}: {len(files)} files, {size / 1e6:.2f} MB")
        assert size <= BYTES_MAX, f"{name}: {size} bytes"
        return page


def check_pictures(browser, name, folder, source):
    """Every picture of the open page has marks, and says what its joules are."""
    for number, picture in enumerate(browser.pictures()):
        browser.see(picture)
        assert browser.marks(picture) > 0, f"{name}: picture {number} is empty"
        text = browser.text(picture)
        if "Speed against intensity" not in text:
            title_and_badge = text.count(source)
            assert title_and_badge >= 2, f"{name}: picture {number} does not say {source}: {text}"
        assert "undefined" not in text and "NaN" not in text, text
        browser.shot(folder / f"{name}-{number}.png")
    check_quiet(browser, name)


def check_quiet(browser, name):
    complaints = browser.complaints()
    assert not complaints, f"{name}: {complaints}"
    assert browser.requests() == [], f"{name}: asked for {browser.requests()}"


def check_speed(page):
    """Each time in a browser of its own, with nothing compiled yet; thrice at most. Where others
    keep the processors busy, what counts is the time that the page itself computed."""
    for _ in range(3):
        with Browser(CHROMIUM, DRIVER) as browser:
            waited, computed = browser.open(page), browser.processor_time()
        busy = os.getloadavg()[0] > os.cpu_count()
        print(f"{page.name}: first chart after {waited:.0f} ms, {computed:.0f} ms of processor time"
              + " on a busy machine" * busy)
        if waited <= MILLISECONDS_MAX or (busy and computed <= MILLISECONDS_MAX):
            return
    raise AssertionError(f"{page.name}: the first chart comes later than {MILLISECONDS_MAX} ms")


def check_one_file(report, browser, files):
    result = files.spoiled(files.run("one", "simulated"), "spoiled")
    table = files.table(result)
    network = files.network(table)
    page = report.make([result, table, network], "one")
    check_speed(page)
    browser.open(page)
    browser.shot(report.folder / "one.png")
    check_pictures(browser, "one", report.folder, "simulated")
    titles = [browser.text(picture) for picture in browser.pictures()]
    predicted = browser.pictures()[1]
    browser.see(predicted)
    assert "predicted" in browser.hover(predicted, ".scatterlayer .point")
    for title in ("Energy roofline", "Predicted by", "over its axes", "Power of", "Speed"):
        assert any(title in text for text in titles), f"no picture {title}"
    check_hover(browser)
    check_filter(browser)
    check_choices(browser, report.folder)
    check_quiet(browser, "one")
    check_images(report, [result, table, network])
    return result, network


def check_hover(browser):
    roofline, *_ = browser.pictures()
    browser.see(roofline)
    said = browser.hover(roofline, ".scatterlayer .point")
    assert re.search(r"\d J/FLOP|[num\u00b5p]J/FLOP", said) and "simulated" in said, said
    power = browser.driver.find_element("css selector", "#section-power .picture")
    browser.see(power)
    spoiled = re.search(r"spoiled windows \((\d+)\)", browser.text(power))
    assert spoiled and int(spoiled.group(1)) >= 2, browser.text(power)
    spoiled = power.find_elements("css selector", ".scatterlayer .trace")[2]
    said = browser.hover(spoiled, ".point") or browser.hover(power, ".trace:nth-of-type(3) .point")
    assert "interrupted" in said or "steal_time" in said, said


def check_filter(browser):
    roofline, *_ = browser.pictures()
    browser.see(roofline)
    all_points, all_marks = browser.points(roofline), browser.marks(roofline)
    browser.tick("kernel", "gelu/reference")
    browser.see(roofline)
    left = browser.points(roofline)
    assert 0 < left < all_points, (left, all_points)
    assert browser.marks(roofline) < all_marks
    count = browser.driver.find_element("id", "shown").text
    shown, total = map(int, re.match(r"(\d+) of (\d+) records", count).groups())
    assert total - shown >= all_points - left > 0, count
    axes = browser.choose("section-over-the-axes", 0)
    assert browser.points(axes) > 0
    browser.tick("kernel", "gelu/reference")
    browser.see(roofline)
    assert browser.points(roofline) == all_points


def check_choices(browser, folder):
    """The other pictures of sections that show one at a time; a click goes into a network."""
    for section in ("section-over-the-axes", "section-networks"):
        options = browser.driver.find_elements("css selector", f"#{section} option")
        assert len(options) >= 3, section
        for index in range(len(options)):
            picture = browser.choose(section, index)
            assert browser.marks(picture) > 0, (section, index)
            browser.shot(folder / f"{section}-{index}.png")
    tree = browser.choose("section-networks", 0)
    whole = browser.marks(tree)
    assert "J" in browser.hover(tree, ".slice path.surface")
    for layer in tree.find_elements("css selector", ".slice"):
        if layer.text.startswith("layer.0"):
            browser.click(layer.find_element("css selector", "path.surface"))
            break
    browser.until(lambda: 0 < browser.marks(tree) < whole, "a layer to fill the picture")


def check_images(report, files):
    for kind in ("svg", "png"):
        folder = report.folder / f"images-{kind}"
        report.make(files, f"images-{kind}", "--static", str(folder), "--format", kind)
        images = sorted(folder.glob(f"*.{kind}"))
        assert len(images) >= 10, images
        for image in images:
            content = image.read_bytes()
            drawn = svg_marks(content.decode()) if kind == "svg" else png_values(content)
            assert drawn > 3, f"{image} is blank"


def svg_marks(text):
    assert "simulated" in text or "Speed" in text
    return len(re.findall(r'class="point|class="js-line|class="surface', text))


def png_values(content):
    """Different bytes in its lines: a blank picture has hardly any."""
    at, packed = 8, b""
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IDAT":
            packed += content[at + 8 : at + 8 + length]
        at += length + 12
    return len(set(zlib.decompress(packed))) - 60


def check_fifty_files(report, browser, files, result):
    devices = [f"device {letter}" for letter in "ABCDE"]
    copies = [
        files.copy(result, f"copy-{i}", device=devices[i % 5], factor=1 + 0.2 * (i % 5))
        for i in range(50)
    ]
    page = report.make(copies, "fifty")
    check_speed(page)
    browser.open(page)
    browser.shot(report.folder / "fifty.png")
    check_pictures(browser, "fifty", report.folder, "simulated")
    generations = browser.driver.find_element("css selector", "#section-generations .picture")
    browser.see(generations)
    means = browser.run(
        "return arguments[0].data.filter((t) => t.name.endsWith('geometric mean'))"
        ".map((t) => t.y)", generations)
    for device, values in enumerate(means, start=1):
        assert all(abs(each - 1 - 0.2 * device) < 1e-3 for each in values), means
    before = browser.points(generations)
    browser.tick("device", "device B")
    browser.see(generations)
    assert browser.points(generations) < before
    check_quiet(browser, "fifty")


def check_comparison(report, browser, files, result):
    """One device and sensor, its joules 1.5 times as many: higher, and drawn as that."""
    more = files.copy(result, "more", factor=1.5)
    browser.open(report.make([files.comparison([result, more])], "comparison"))
    check_pictures(browser, "comparison", report.folder, "simulated")
    [picture] = browser.pictures()
    assert "more.h5 against spoiled.h5" in browser.text(picture), browser.text(picture)
    assert re.search(r"1\.5 times.*interval", browser.hover(picture, ".point"))
    options = browser.driver.find_elements("css selector", "#section-comparisons option")
    assert [each.text.split(": ")[1] for each in options] == [
        "energy", "time", "mean power", "energy-delay product"], options
    assert browser.marks(browser.choose("section-comparisons", 2)) > 0
    check_quiet(browser, "comparison")


def check_sources_apart(report, browser, files, result):
    estimated = files.run("estimated", "estimate")
    browser.open(report.make([result, estimated], "sources"))
    roofline, *_ = browser.pictures()
    browser.see(roofline)
    text = browser.text(roofline)
    for mark in ("gemm/reference (simulated)", "gemm/reference (estimated)",
                 "gross pJ/FLOP (estimated and simulated)"):
        assert mark in text, text
    browser.shot(report.folder / "sources.png")
    check_quiet(browser, "sources")


def check_hostile(report, browser, files, honest):
    result, network = honest
    hostile = [files.hostile(result, "hostile"), files.hostile_network(network)]
    page = report.make(hostile, "hostile", "--title", HOSTILE)
    browser.open(page)
    for picture in browser.pictures():
        browser.see(picture)
        browser.hover(picture, ".scatterlayer .point, .slice path.surface")
    assert browser.run("return window.hacked") is None, browser.run("return window.hacked")
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert "<script>" in browser.driver.find_element("id", "provenance").text
    browser.run("window.scrollTo(0, 0)")
    browser.shot(report.folder / "hostile.png")
    check_quiet(browser, "hostile")


def check_without_energy(report, browser, files, result):
    browser.open(report.make([files.unmeasured(result, "unmeasured")], "unmeasured"))
    page = browser.driver.find_element("tag name", "body").text
    assert "have no energy: unmeasured (powercap: no such folder)" in page, page
    for picture in browser.pictures():
        browser.see(picture)
        assert browser.marks(picture) > 0
        text = browser.text(picture)
        assert "nergy" not in text and "power" not in text, text
    assert any("median time" in browser.text(each) for each in browser.pictures())
    browser.shot(report.folder / "unmeasured.png")
    browser.open(report.make([files.without_records(result, "norecords")], "norecords"))
    assert "No record in these files ran" in browser.driver.find_element("tag name", "body").text
    check_quiet(browser, "norecords")


def check_refusals(report, files):
    text, empty = files.folder / "notes.txt", files.folder / "empty.h5"
    other, cut = files.folder / "other.json", files.folder / "cut.h5"
    text.write_text("no numbers here")
    empty.write_bytes(b"")
    other.write_text('{"schema": {"id": "somebody.else"}}')
    cut.write_bytes((files.folder / "one.h5").read_bytes()[:3000])
    for path, said in ((text, "known: result files"), (empty, "the file is empty"),
                       (other, "'somebody.else'"), (cut, "cut.h5"),
                       (files.folder / "absent.h5", "no such file")):
        done = report.run([path], report.folder / "refused.html")
        assert done.returncode == 2 and said in done.stderr, (path, done)
        assert "Traceback" not in done.stderr, done.stderr
    assert not (report.folder / "refused.html").exists()
    report.environment["ERGON_PYTHON"] = "/bin/false"
    done = report.run([files.folder / "one.h5"], report.folder / "refused.html")
    assert done.returncode == 2 and "python3 -m venv venv" in done.stderr, done


def main(ergon, folder):
    if CHROMIUM is None or DRIVER is None:
        print("skipped: no chromium or no chromedriver; apt-get install chromium chromium-driver")
        sys.exit(77)
    files = Files(ergon, folder / "files")
    report = Report(ergon, folder)
    with Browser(CHROMIUM, DRIVER) as browser:
        result, network = check_one_file(report, browser, files)
        check_fifty_files(report, browser, files, result)
        check_comparison(report, browser, files, result)
        check_sources_apart(report, browser, files, result)
        check_hostile(report, browser, files, (result, network))
        check_without_energy(report, browser, files, result)
    check_refusals(report, files)


main(sys.argv[1], pathlib.Path(sys.argv[2]))
