# SPDX-License-Identifier: Apache-2.0
"""What the checks of pages share: headless Chromium, its keys and clicks, and failures that are collected, not raised.

Keys and clicks are the driver's, which Chromium takes for a reader's: without one it would let nothing be heard.
"""

import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains

WIDTHS = {1280: 900, 390: 844}

# Seconds that a page may take for anything.
PATIENCE = 10


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
