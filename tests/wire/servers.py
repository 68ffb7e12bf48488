# SPDX-License-Identifier: MIT
"""servers.py - other XMPP servers to federate with, in a network of their own

own_network() starts the test again with a loopback and a resolv.conf nobody
else sees, so that every server has its usual port and finds the others by
the names of a zone that Zone serves.
"""
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from muster import wait_for

TYPE = {"A": 1, "CNAME": 5, "AAAA": 28, "SRV": 33}


def own_network():
    if os.environ.get("OWN_NETWORK") != "yes":
        os.environ["OWN_NETWORK"] = "yes"
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        os.execvp("unshare", ["unshare", "--net", "--mount", *user, "--",
                              sys.executable, *sys.argv])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = b"lo".ljust(16, b"\0")
        flags = struct.unpack("16xH", fcntl.ioctl(s, 0x8913,
                                                  name + bytes(24))[:18])[0]
        fcntl.ioctl(s, 0x8914, name + struct.pack("H", flags | 1) + bytes(22))
    path = os.path.join(tempfile.mkdtemp(prefix="net-"), "resolv.conf")
    with open(path, "w") as f:
        f.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
    shutil.rmtree(os.path.dirname(path))


def die_with_parent():
    ctypes.CDLL(None).prctl(1, 15)


def encode(name):
    return b"".join(bytes([len(part)]) + part.encode()
                    for part in name.strip(".").split(".") if part) + b"\0"


def decode(name):
    at, parts = 0, []
    while name[at]:
        parts.append(name[at + 1:at + 1 + name[at]].decode())
        at += 1 + name[at]
    return ".".join(parts)


class Zone(threading.Thread):
    """A DNS server: add("SRV", "_xmpp-server._tcp.x.test", ...).

    fails: names answered with SERVFAIL; silent: not at all; cut: over TCP
    only."""

    def __init__(self, address="127.0.0.1"):
        super().__init__(daemon=True)
        self.rows = {}
        self.asked = []
        self.fails, self.silent, self.cut = set(), set(), set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.tcp = socket.create_server((address, 53))
        self.start()
        threading.Thread(target=self.run_tcp, daemon=True).start()

    def add(self, kind, name, *values, weight=1):
        if kind == "A":
            data = socket.inet_aton(values[0])
        elif kind == "AAAA":
            data = socket.inet_pton(socket.AF_INET6, values[0])
        elif kind == "CNAME":
            data = encode(values[0])
        else:
            priority, port, target = values
            data = struct.pack(">HHH", priority, weight, port) + encode(target)
        self.rows.setdefault(name.lower(), []).append((TYPE[kind], data))

    def server(self, domain, address, port=5269):
        self.add("A", "host." + domain, address)
        self.add("SRV", "_xmpp-server._tcp." + domain, 5, port,
                 "host." + domain)

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, peer)

    def run_tcp(self):
        while True:
            c = self.tcp.accept()[0]
            with c, c.makefile("rb") as f:
                size = f.read(2)
                if len(size) == 2:
                    query = f.read(struct.unpack(">H", size)[0])
                    answer = self.answer(query, True)
                    c.sendall(struct.pack(">H", len(answer)) + answer)

    def chain(self, name, kind):
        """The records of a name: aliases first, round once if they loop."""
        found, seen = [], set()
        while name not in seen:
            seen.add(name)
            rows = self.rows.get(name, [])
            found += [(name, t, d) for t, d in rows if t == kind]
            alias = [d for t, d in rows if t == TYPE["CNAME"]]
            if not alias or kind == TYPE["CNAME"]:
                break
            found.append((name, TYPE["CNAME"], alias[0]))
            name = decode(alias[0])
        return found

    def answer(self, query, tcp=False):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name = ".".join(labels).lower()
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        self.asked.append(name)
        if name in self.silent:
            return None
        rows = self.chain(name, kind)
        code = 2 if name in self.fails else 0 if name in self.rows else 3
        cut = name in self.cut and not tcp
        if cut or code:
            rows = []
        flags = 0x8580 | code | (0x200 if cut else 0)
        out = query[:2] + struct.pack(">HHHHH", flags, 1, len(rows),
                                      0, 0) + query[12:at + 5]
        for owner, t, data in rows:
            out += encode(owner) + struct.pack(">HHIH", t, 1, 60,
                                               len(data)) + data
        return out


class Authority:
    """A CA; leaf() gives one PEM file with certificate and key."""

    def __init__(self, folder, name):
        self.base = os.path.join(folder, name)
        self.pem = self.base + ".pem"
        self.number = 0
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN={name}", "-keyout", self.base + ".key", "-out", self.pem)

    def leaf(self, names, usage="serverAuth", into=None, subject="/CN=leaf",
             days=30):
        self.number += 1
        path = into or f"{self.base}-{self.number}.pem"
        ext = path + ".ext"
        with open(ext, "w") as f:
            if names:
                f.write("subjectAltName=" +
                        ",".join("DNS:" + n for n in names) + "\n")
            f.write(f"extendedKeyUsage={usage}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-subj", subject, "-keyout", path + ".key",
                "-out", path + ".csr")
        openssl("x509", "-req", "-in", path + ".csr", "-CA", self.pem,
                "-CAkey", self.base + ".key", "-CAcreateserial", "-days",
                str(days), "-extfile", ext, "-out", path + ".crt")
        with open(path, "wb") as out:
            for part in (".crt", ".key"):
                with open(path + part, "rb") as f:
                    out.write(f.read())
        os.chmod(path, 0o644)
        return path


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def listens(address, port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((address, port)) == 0


class Peer:
    """What people.Person needs of a server, and its life."""

    def __init__(self, folder, ca, domain):
        self.dir = os.path.join(folder, domain)
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o755)
        self.ca = ca
        self.domain = domain
        self.cert = os.path.join(self.dir, "ca")
        shutil.copy(ca.pem, self.cert + ".crt")
        self.process = None

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def spawn(self, words, **more):
        self.out = open(self.path("out"), "ab")
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out,
            preexec_fn=die_with_parent, **more)

    def until_it_listens(self, *addresses, also=lambda: True):
        def ready():
            assert self.process.poll() is None, self.log()[-4000:]
            return also() and all(listens(*a) for a in addresses)
        wait_for(f"{self.domain} to listen", ready, 60)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def log(self):
        text = ""
        for name in ("log", "out"):
            if os.path.exists(self.path(name)):
                with open(self.path(name), errors="replace") as f:
                    text += f.read()
        return text

    def at(self, domain):
        """The same server, for a person of another domain of it."""
        return Face(self, domain)


class Face:
    trusting = True     # its certificate may be one that servers refuse

    def __init__(self, peer, domain):
        self.domain, self.port, self.cert = domain, peer.port, peer.cert


class Prosody(Peer):
    """hosts: domain -> certificate file."""

    def __init__(self, folder, ca, hosts, secure=True, more=""):
        super().__init__(folder, ca, next(iter(hosts)))
        self.port = {"c2s": 5322}
        text = f"""
run_as_root = true
pidfile = "{self.path("pid")}"
data_path = "{self.path("data")}"
log = {{ debug = "{self.path("log")}" }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ 5322 }}
s2s_interfaces = {{ "127.0.0.2" }}
s2s_ports = {{ 5269 }}
modules_enabled = {{ "roster", "saslauth", "tls", "dialback", "disco",
    "ping", "s2s_bidi", "smacks" }}
modules_disabled = {{ "s2s_direct_tls", "http", "https" }}
authentication = "internal_plain"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = {"true" if secure else "false"}
{more}
"""
        for domain, cert in hosts.items():
            text += f"""
VirtualHost "{domain}"
    ssl = {{ key = "{cert}", certificate = "{cert}", cafile = "{ca.pem}" }}
"""
        self.write("prosody.cfg.lua", text)

    def add_user(self, name, domain):
        folder = domain.replace(".", "%2e").replace("-", "%2d")
        self.write(f"data/{folder}/accounts/{name}.dat",
                   f'return {{ ["password"] = "{name}-secret"; }};\n')

    def start(self):
        self.spawn(["prosody", "-F", "--config",
                    self.path("prosody.cfg.lua")])
        self.until_it_listens(("127.0.0.1", 5322), ("127.0.0.2", 5269))
        return self


class Ejabberd(Peer):
    """hosts: domain -> certificate file; trusts: the CA it believes."""

    def __init__(self, folder, ca, hosts, trusts=None, dialback=False):
        super().__init__(folder, ca, next(iter(hosts)))
        self.port = {"c2s": 5422}
        self.users = []
        names = "\n".join(f"  - {h}" for h in hosts)
        files = "\n".join(f"  - {c}" for c in hosts.values())
        self.write("ejabberd.yml", f"""
hosts:
{names}
loglevel: debug
certfiles:
{files}
ca_file: {(trusts or ca).pem}
s2s_use_starttls: required
s2s_dns_timeout: 5
s2s_dns_retries: 1
auth_method: [internal]
listen:
  - {{ port: 5422, ip: 127.0.0.1, module: ejabberd_c2s, starttls: true }}
  - {{ port: 5269, ip: 127.0.0.3, module: ejabberd_s2s_in }}
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  {"mod_s2s_dialback: {}" if dialback else ""}
""")
        self.write("inetrc", '{lookup,["file","dns"]}.\n'
                   '{nameserver,{127,0,0,1}}.\n{cache_size,0}.\n')

    def add_user(self, name, domain):
        self.users.append(f'ejabberd_auth:try_register(<<"{name}">>,'
                          f'<<"{domain}">>,<<"{name}-secret">>).')

    def start(self):
        evals = [w for u in self.users for w in ("-eval", u)]
        os.makedirs(self.path("db"), exist_ok=True)
        self.spawn(
            ["erl", "-noinput", "-mnesia", "dir", f'"{self.path("db")}"',
             "-s", "ejabberd", *evals,
             "-eval", f'file:write_file("{self.path("up")}", "").'],
            cwd=self.dir,
            env=dict(os.environ, HOME=self.dir,
                     ERL_LIBS="/usr/lib/x86_64-linux-gnu",
                     ERL_INETRC=self.path("inetrc"),
                     EJABBERD_CONFIG_PATH=self.path("ejabberd.yml"),
                     EJABBERD_LOG_PATH=self.path("log")))
        self.until_it_listens(("127.0.0.1", 5422), ("127.0.0.3", 5269),
                              also=lambda: os.path.exists(self.path("up")))
        return self
