# SPDX-License-Identifier: Apache-2.0
"""What the checks of pages share: headless Chromium, its keys and clicks, and failures that are collected, not raised.

Keys and clicks are the driver's, which Chromium takes for a reader's: without one it would let nothing be heard.
"""

import contextlib
import pathlib
import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

WIDTHS = {1280: 900, 390: 844}

# Seconds that a page may take for anything on a busy machine.
PATIENCE = 60

AUDIT = (pathlib.Path(__file__).parent / "audit.js").read_text()

NAMED_ROLES = {
    "button", "checkbox", "combobox", "dialog", "image", "img", "link", "listbox", "progressbar", "radio", "searchbox", "slider",
    "spinbutton", "textbox", "ProgressIndicator", "DisclosureTriangle",
}


def open_browser(script, arguments=()):
    """A browser whose pages run a script before their own."""
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new",
        "--no-sandbox",  # a container's root has no other way
        "--disable-background-networking",
        "--hide-scrollbars",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options)
    browser.set_script_timeout(2 * PATIENCE)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    return browser


class Check:
    """Pages in one browser; failures are collected, not raised."""

    def __init__(self, browser):
        self.browser = browser
        self.failures = []

    def expect(self, condition, what):
        if not condition:
            self.failures.append(what)
        return condition

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def wait(self, condition, what, seconds=PATIENCE):
        """Waits for a condition; fails, and says what for, or what is there then, when it does not come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return self.expect(False, what() if callable(what) else what)

    def emulate(self, width, scheme, height=None):
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height or WIDTHS[width], "deviceScaleFactor": 1, "mobile": width < 600},
        )
        self.browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )

    def guarded(self, check, *arguments):
        """Whatever a broken page leads to is a failure of the page."""
        try:
            check(*arguments)
        except Exception as error:
            self.failures.append(f"the checks broke off: {type(error).__name__}: {str(error).splitlines()[0]}")

    def click(self, element, offset=0):
        """Clicks in an element, so many pixels right of its middle."""
        self.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        ActionChains(self.browser).move_to_element_with_offset(element, offset, 0).click().perform()

    def press(self, keys):
        ActionChains(self.browser).send_keys(keys).perform()


class ServedCheck(Check):
    """A page that the program serves: audited, and photographed for people."""

    # What its screenshots are named by, and those of its views that are no taller than a window.
    page = ""
    kept_height = ()
    screenshots = None

    def one(self, css, place=None):
        return (place or self.browser).find_element(By.CSS_SELECTOR, css)

    def all(self, css, place=None):
        return (place or self.browser).find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        """The text of the first such element that is seen, or nothing."""
        return self.script(
            """return [...document.querySelectorAll(arguments[0])].find((element) => element.checkVisibility())?.textContent ?? ''""", css)

    def names(self, css):
        return self.script("return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent)", css)

    def is_seen(self, css):
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].some((element) => element.checkVisibility())", css)

    def button(self, name, css="body"):
        """The first button of a name, below a place, that is seen; waits for it."""
        found = lambda: self.script(
            """return [...document.querySelectorAll(`${arguments[0]} button`)].find((element) => element.checkVisibility()
                && (element.getAttribute("aria-label") ?? element.textContent.trim()) === arguments[1])""", css, name)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if element := found():
                return element
        raise LookupError(f"there is no button “{name}” in {css}")

    def press_button(self, name, css="body"):
        """Clicks a button; one that was made anew before the click, as a run goes on, is looked for again."""
        self.click_found(lambda: self.button(name, css))

    def click_found(self, find):
        for _ in range(4):
            with contextlib.suppress(StaleElementReferenceException):
                return self.click(find())
        self.click(find())

    def write(self, css, text):
        """Writes in a field as a person does, in place of what is there."""
        field = self.one(css)
        self.click(field)
        ActionChains(self.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(text).perform()

    def audit(self, place):
        """What other eyes meet; every control has a name."""
        for fault in self.script(AUDIT):
            self.failures.append(f"{place}: {fault}")
        for node in self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
            role, name = (node.get(key, {}).get("value", "") for key in ("role", "name"))
            if not node.get("ignored") and role in NAMED_ROLES and not name.strip():
                self.failures.append(f"{place}: a {role} has no name")

    def look(self, name):
        """Audits and photographs what is shown, at both widths, light and dark."""
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                self.emulate(width, scheme)
                self.settle()
                self.audit(f"{name} at {width} pixels, {scheme}")
                if self.screenshots:
                    if not self.is_seen("dialog") and name not in self.kept_height:
                        height = max(self.script("return document.scrollingElement.scrollHeight"), WIDTHS[width])
                        self.emulate(width, scheme, height)
                        self.settle()
                    self.browser.save_screenshot(str(self.screenshots / f"{self.page}-{name}-{width}-{scheme}.png"))
        self.emulate(1280, "light")

    def settle(self):
        """Waits until the layout is that of the new size, transitions have ended, and pictures are there."""
        self.browser.execute_async_script(
            """const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(async () => {
              for (const animation of document.getAnimations()) if (animation.effect.getTiming().iterations < 2) animation.finish();
              await Promise.all([...document.images].filter((image) => image.checkVisibility()).map((image) => image.decode().catch(() => {})));
              done();
            }))""")
