"""A headless Chromium without a network, and what it shows of a report."""

import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.ui import Select

# Marks of every kind of trace that a report has.
MARKS = ".scatterlayer .point, .scatterlayer .js-line, .slice, .errorbar"


class Browser:
    """Closes with its `with`."""

    def __init__(self, chromium, driver):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                     "--window-size=1300,1000", "--host-resolver-rules=MAP * ~NOTFOUND"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(executable_path=driver)
        self.driver = webdriver.Chrome(options=options, service=service)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, page):
        """Opens a page and gives the ms from there to its first chart; None without a chart."""
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        self.driver.get(page.resolve().as_uri())
        if not self.run("return document.querySelectorAll('script.figure').length"):
            return None
        mark = "return performance.getEntriesByName('first-chart').map((each) => each.startTime)[0]"
        return self.until(lambda: self.run(mark), "a first chart")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, holds, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := holds():
                return result
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s in vain for {what}")

    def processor_time(self):
        """ms that the page has computed since it was opened, however long it was kept waiting."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "ProcessTime")

    def pictures(self):
        return self.driver.find_elements("css selector", ".picture")

    def see(self, picture):
        """Brings a picture into view and waits until it is drawn."""
        self.run("arguments[0].scrollIntoView({block: 'center'})", picture)
        ready = ("return arguments[0].dataset.drawn === 'yes' && "
                 "arguments[0].dataset.stale !== 'yes'")
        self.until(lambda: self.run(ready, picture), "a picture to be drawn")
        self.run("return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")

    def marks(self, picture):
        return self.run(f"return arguments[0].querySelectorAll('{MARKS}').length", picture)

    def points(self, picture):
        """How many points with a place its traces have, drawn as marks or as lines."""
        return self.run(
            "return arguments[0].data.reduce((sum, trace) => sum + "
            "(trace.x || []).filter((x) => x !== null).length, 0)", picture)

    def text(self, picture):
        """All text of a picture: title, axes, legend, badge."""
        return self.run(
            "return [...arguments[0].querySelectorAll('text')].map((t) => t.textContent)"
            ".join('\\n')", picture)

    def hover(self, picture, mark):
        """What stands beside the pointer on the first such mark that shows something."""
        for element in picture.find_elements("css selector", mark)[:20]:
            ActionChains(self.driver).move_to_element(element).perform()
            try:
                found = "return arguments[0].querySelector('.hoverlayer .hovertext')?.textContent"
                return self.until(lambda: self.run(found, picture), "text under the pointer", 1)
            except AssertionError:
                continue
        return ""

    def click(self, mark):
        """Where the middle of a mark is, whatever of the picture lies there."""
        ActionChains(self.driver).move_to_element(mark).click().perform()

    def choose(self, section, index):
        """Picks another picture of a section; gives it, drawn."""
        select = self.driver.find_element("css selector", f"#{section} select")
        Select(select).select_by_index(index)
        picture = self.driver.find_element("css selector", f"#{section} .picture")
        self.see(picture)
        return picture

    def tick(self, facet, value):
        """Clicks a box of a filter as a reader does."""
        self.run("window.scrollTo(0, 0)")
        box = self.driver.find_element("css selector", f'input[name="{facet}"][value="{value}"]')
        summary = self.run("return arguments[0].closest('details').querySelector('summary')", box)
        summary.click()
        box.click()
        summary.click()

    def complaints(self):
        """Errors of the console since the last call."""
        log = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def requests(self):
        """What the page asked for beside itself."""
        return self.run("return performance.getEntriesByType('resource').map((each) => each.name)")

    def shot(self, path):
        self.driver.save_screenshot(str(path))
