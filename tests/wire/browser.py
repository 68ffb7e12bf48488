# SPDX-License-Identifier: MIT
"""browser.py - headless Chromium by chromedriver, nothing but the standard
library: a page is opened, clicked, read and photographed."""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request

from muster import wait_for

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--window-size=1280,900"]


class Browser:
    def __enter__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.profile = tempfile.mkdtemp(prefix="muster-chromium-")
        self.driver = subprocess.Popen(
            ["/usr/bin/chromedriver", f"--port={self.port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("chromedriver", self.listens)
        answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "binary": "/usr/bin/chromium",
                "args": FLAGS + ["--user-data-dir=" + self.profile]}}}})
        self.base = "/session/" + answer["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.ask("DELETE", self.base)
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            shutil.rmtree(self.profile, ignore_errors=True)

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, method=method,
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as r:
            return json.load(r)["value"]

    def open(self, url):
        self.ask("POST", self.base + "/url", {"url": url})

    def run(self, script, *args):
        return self.ask("POST", self.base + "/execute/sync",
                        {"script": script, "args": list(args)})

    def text(self, selector="body"):
        return self.run("const e = document.querySelector(arguments[0]);"
                        "return e ? e.innerText : ''", selector)

    def sees(self, text, selector="body", seconds=15):
        try:
            wait_for(f"{text!r} on the page",
                     lambda: text in self.text(selector), seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} is not on the page:\n"
                                 + self.text()) from None

    def click(self, text, selector="button"):
        """A real click on the first visible element with that text."""
        element = self.run(
            "return [...document.querySelectorAll(arguments[0])].find(e => "
            "e.innerText.trim() === arguments[1] && e.offsetParent)",
            selector, text)
        assert element, f"nothing to click: {text!r}"
        self.ask("POST", f"{self.base}/element/{element[ELEMENT]}/click", {})

    def scheme(self, name):
        self.ask("POST", self.base + "/goog/cdp/execute", {
            "cmd": "Emulation.setEmulatedMedia",
            "params": {"features": [{"name": "prefers-color-scheme",
                                     "value": name}]}})

    def shot(self, path):
        """When nothing moves any more."""
        self.run("return Promise.all(document.getAnimations().map("
                 "a => a.finished)).then(() => true)")
        with open(path, "wb") as f:
            f.write(base64.b64decode(
                self.ask("GET", self.base + "/screenshot")))

    def faults(self):
        """What the console of the browser complained of, and our toasts."""
        log = self.ask("POST", self.base + "/se/log", {"type": "browser"})
        return [row["message"] for row in log if row["level"] == "SEVERE"] + \
            ([self.text("#toasts .fail")] if self.text("#toasts .fail") else [])
