# SPDX-License-Identifier: MIT
"""muster.py - one installation of the real daemon for a wire test

Starts BUILD/musterd (or $BUILD) in a folder of its own on free loopback
ports, speaks to it through the control socket, and stops it by its pid.
Nothing here sleeps and hopes: wait_for() polls a condition with a bound.

    with Installation() as m:
        m.add_user("ann")
        ...
"""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SRC = os.environ.get("SRCDIR") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(SRC, "build")
PORTS = {"c2s": 22, "c2s_tls": 23, "s2s": 69, "component": 47, "http": 80,
         "https": 81, "lmtp": 24, "smtp": 25}

CONFIG = """\
domains:
  {domain}: {{ certificate: {dir}/cert.pem }}
store: {{ path: {dir}/muster.db }}
log: {{ file: {dir}/log, level: debug }}
control: {{ socket: {dir}/control.sock, pid_file: {dir}/musterd.pid }}
presence: {{ settle: 0s }}
pools:
  duty@{domain}:
    members: [ann@{domain}, bob@{domain}, cy@{domain}]
    deliver: one
    nobody: hold 5m then all
    read_within: {{ routine: {deadline}, priority: {deadline} }}
    ladder: chase
    room: ops@rooms.{domain}
ladders:
  chase:
    - {{ tell: recipient, wait: 3s }}
    - {{ tell: best available, wait: 30s, offer: mail }}
    - {{ room: ops@rooms.{domain}, wait: 30s }}
  critical:
    - {{ tell: best available, wait: 30s }}
xmpp:
  c2s: {{ listen: "127.0.0.1:{c2s}" }}
  c2s_tls: "127.0.0.1:{c2s_tls}"
{xmpp}
mail:
  deliver_to: "maildir:{dir}/mail/%u@%d"
  spool: {dir}/spool
  lmtp: {{ listen: "127.0.0.1:{lmtp}" }}
  smtp: {{ listen: "127.0.0.1:{smtp}" }}
{mail}
alerts:
  sources:
    prometheus: {{ kind: alertmanager }}
  route:
    receiver: ops
    group_by: [alertname]
    group_wait: 0s
  receivers:
    - {{ name: ops, room: ops@rooms.{domain}, pool: duty@{domain}, ladder: critical }}
web: {{ listen: "127.0.0.1:{http}", listen_tls: "127.0.0.1:{https}" }}
{more}
"""


def wait_for(what, condition, seconds=20.0):
    """Polls until condition() is true; its value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain for: {what}")
        time.sleep(0.02)


GIVEN = set()  # to installations that may not have started yet


def free_base():
    """A port base whose eight ports are free now."""
    for _ in range(200):
        # Below the ports the system gives to outgoing connections, which
        # could take one while the daemon is started again.
        base = random.randrange(110, 325) * 100
        if base in GIVEN:
            continue
        try:
            for offset in PORTS.values():
                with socket.socket() as s:
                    s.bind(("127.0.0.1", base + offset))
            GIVEN.add(base)
            return base
        except OSError:
            continue
    raise AssertionError("no free ports")


def certificate(path, domain):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
         f"/CN={domain}", "-addext",
         f"subjectAltName=DNS:{domain},DNS:rooms.{domain},DNS:localhost,"
         "IP:127.0.0.1",
         "-keyout", path + ".key", "-out", path + ".crt"],
        check=True, capture_output=True)
    with open(path, "wb") as out:
        for part in (".crt", ".key"):
            with open(path + part, "rb") as f:
                out.write(f.read())
    os.chmod(path, 0o600)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Installation:
    def __init__(self, domain="localhost", deadline="4s", mail="", more="",
                 wrap=(), xmpp=""):
        self.dir = tempfile.mkdtemp(prefix="muster-")
        self.domain = domain
        base = free_base()
        self.port = {name: base + o for name, o in PORTS.items()}
        self.config = os.path.join(self.dir, "muster.yaml")
        self.socket = os.path.join(self.dir, "control.sock")
        self.cert = os.path.join(self.dir, "cert.pem")
        self.wrap = list(wrap)
        self.process = None
        certificate(self.cert, domain)
        self.write_config(CONFIG.format(
            domain=domain, dir=self.dir, deadline=deadline, mail=mail,
            more=more, xmpp=xmpp, **self.port))

    def write_config(self, text):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    # ---- the daemon's life ----

    def start(self):
        self.errors = open(os.path.join(self.dir, "stderr"), "ab")
        self.process = subprocess.Popen(
            self.wrap + [os.path.join(BUILD, "musterd"), "-c", self.config],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        wait_for("the daemon to answer", self.answers, 30)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("musterd ended: " + self.stderr())
        try:
            return self.api("GET", "/api/status")[0] == 200
        except OSError:
            return False

    def stderr(self):
        with open(os.path.join(self.dir, "stderr"), errors="replace") as f:
            return f.read()

    def log(self):
        with open(os.path.join(self.dir, "log"), errors="replace") as f:
            return f.read()

    def pid(self):
        """Of musterd itself, also under a wrapper such as strace."""
        with open(os.path.join(self.dir, "musterd.pid")) as f:
            return int(f.read())

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)
        self.process.wait(20)

    def stop(self):
        """Orderly; a sanitizer's report makes it fail."""
        if self.process is None or self.process.poll() is not None:
            return
        os.kill(self.pid(), signal.SIGTERM)
        code = self.process.wait(30)
        assert code == 0, f"musterd ended with {code}: {self.stderr()}"

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.stop()
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if kind is None:
                shutil.rmtree(self.dir)
            else:
                print(f"kept: {self.dir}", file=sys.stderr)
                for name in ("stderr", "log"):
                    path = os.path.join(self.dir, name)
                    if os.path.exists(path):
                        with open(path, errors="replace") as f:
                            print(f"--- {name}\n{f.read()[-6000:]}",
                                  file=sys.stderr)

    # ---- what one asks of it ----

    def api(self, method, path, body=None):
        c = UnixConnection(self.socket)
        try:
            data = None if body is None else json.dumps(body)
            c.request(method, path, data, {"Content-Type": "application/json"}
                      if data is not None else {})
            r = c.getresponse()
            text = r.read().decode()
            kind = r.getheader("Content-Type") or ""
            return r.status, json.loads(text) if "json" in kind and text else text
        finally:
            c.close()

    def http(self, method, path, body=b"", headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port["http"],
                                       timeout=30)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read(), dict(r.getheaders())
        finally:
            c.close()

    def add_user(self, name, password=None, admin=False):
        body = {"address": f"{name}@{self.domain}",
                "password": password or name + "-secret", "name": name.title()}
        if admin:
            body["admin"] = True
        status, answer = self.api("POST", "/api/users", body)
        assert status in (200, 201), (status, answer)

    def muster(self, *words, code=0, text=""):
        run = subprocess.run(
            [os.path.join(BUILD, "muster"), "-c", self.config, *words],
            input=text, capture_output=True, text=True, timeout=120)
        assert run.returncode == code, (words, run.returncode, run.stdout,
                                        run.stderr)
        return run.stdout

    def cases(self):
        status, answer = self.api("GET", "/api/cases")
        assert status == 200, (status, answer)
        return answer["cases"]

    def mailbox(self, name):
        """Texts of the mails in a person's Maildir."""
        found = []
        for part in ("new", "cur"):
            folder = os.path.join(self.dir, "mail", f"{name}@{self.domain}",
                                  part)
            if os.path.isdir(folder):
                for f in sorted(os.listdir(folder)):
                    with open(os.path.join(folder, f), errors="replace") as m:
                        found.append(m.read())
        return found
