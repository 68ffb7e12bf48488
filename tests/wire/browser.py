# SPDX-License-Identifier: MIT
"""browser.py - headless Chromium by way of chromedriver (WebDriver, W3C)

    with Browser() as b:
        b.open("https://127.0.0.1:5281/")
        b.keys(TAB, ENTER)
"""
import base64
import json
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from muster import wait_for

TAB, ENTER = "\ue004", "\ue007"
ARGUMENTS = ("--headless=new --no-sandbox --disable-gpu --no-first-run "
             "--disable-background-networking --disable-component-update "
             "--disable-sync --window-size=1360,900").split()


class Browser:
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="muster-browser-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}", "--log-level=SEVERE"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("chromedriver", self.ready)
        options = {"args": ARGUMENTS + ["--user-data-dir=" + self.dir]}
        answer = self.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {"acceptInsecureCerts": True,
                            "goog:loggingPrefs": {"browser": "ALL"},
                            "goog:chromeOptions": options}}})
        self.session = "/session/" + answer["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            shutil.rmtree(self.dir, ignore_errors=True)

    def ready(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                return json.load(r)["value"]
        except urllib.error.HTTPError as e:
            raise AssertionError(e.read().decode()[:800]) from None

    def open(self, url):
        self.call("POST", self.session + "/url", {"url": url})

    def js(self, code, *arguments):
        return self.call("POST", self.session + "/execute/sync",
                         {"script": code, "args": list(arguments)})

    def keys(self, *pressed):
        """Real key strokes, to whatever has the focus."""
        strokes = [{"type": kind, "value": key} for key in pressed
                   for kind in ("keyDown", "keyUp")]
        self.call("POST", self.session + "/actions", {
            "actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def cookies(self):
        return self.call("GET", self.session + "/cookie")

    def complaints(self):
        """What the console of the browser says, above all of the policy."""
        return [e["message"] for e in
                self.call("POST", self.session + "/se/log",
                          {"type": "browser"})]

    def text(self):
        return self.js("return document.body.innerText")

    def sees(self, what, seconds=20):
        wait_for(f"{what!r} on the page", lambda: what in self.text(), seconds)

    def focus(self):
        return self.js("const e = document.activeElement;"
                       "return e.getAttribute('aria-label') || e.textContent")

    def tab_to(self, label):
        """Only by keyboard, as somebody without a mouse does.  A page that
        is drawn anew meanwhile may begin from its top."""
        def stepped():
            self.keys(TAB)
            return self.focus() == label
        wait_for(f"a way by keyboard to {label!r}", stepped)

    def picture(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(
                self.call("GET", self.session + "/screenshot")))
