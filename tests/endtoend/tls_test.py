"""TLS from outside: what openssl and sslscan see, certificates replaced under load, and deliveries to a TLS subscriber."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree

from support import SLOW, SOURCE_SECRET, TOLLGATE_LOAD, Gateway, Subscriber, collection, sign, wait_for

NAME = "pay.example.com"
P256, RSA = "ec -pkeyopt ec_paramgen_curve:P-256", "rsa:2048"


class Authority:
    """A certificate authority of the openssl command's."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "ca.pem"
        self.count = 0
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                     "-subj", "/CN=Test Authority", "-keyout", self.folder / "ca.key", "-out", self.file)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def issue(self, certificate, key, kind=P256, days=1, names=f"DNS:{NAME},IP:127.0.0.1"):
        """Writes a certificate and its key, each whole or not at all; the serial number."""
        self.count += 1
        serial = 1000 + self.count
        request, extensions = self.folder / "request.pem", self.folder / "extensions"
        extensions.write_text(f"subjectAltName={names}\n")
        self.openssl("req", "-new", "-newkey", *kind.split(), "-nodes", "-subj", f"/CN={NAME}",
                     "-keyout", self.folder / "new.key", "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "ca.key", "-set_serial", serial,
                     "-days", days, "-extfile", extensions, "-out", self.folder / "new.pem")
        os.replace(self.folder / "new.key", key)
        os.replace(self.folder / "new.pem", certificate)
        return serial


class TlsGateway(Gateway):
    """Its receiver speaks HTTPS, and its API as well when `api` says so."""

    def __init__(self, authority, subscribers, api=False, **options):
        self.authority, self.api_speaks_tls = authority, api
        self.certificate, self.key = authority.folder / "gateway.pem", authority.folder / "gateway.key"
        self.trusting = ssl.create_default_context(cafile=authority.file)
        super().__init__(subscribers, **options)

    def write_config(self, subscribers, extra="", settings=""):
        super().write_config(subscribers, extra, settings)
        tls = f'tls = {{ certificate = "{self.certificate}", key = "{self.key}" }}\n'
        text = self.config.read_text().replace('drain = "300ms"\n', 'drain = "300ms"\n' + tls)
        if self.api_speaks_tls:
            text = text.replace("[store]", tls + "[store]", 1)
        self.config.write_text(text)

    def api(self, path):
        if not self.api_speaks_tls:
            return super().api(path)
        return self.request("GET", path, port=self.api_port)

    def request(self, method, path, body=None, headers=(), port=None):
        connection = http.client.HTTPSConnection("127.0.0.1", port or self.port, timeout=10 * SLOW, context=self.trusting)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def post(self, body, signature=None, path="/in/kenya", headers=None):
        return self.request("POST", path, body, {"content-type": "application/json", "x-startbutton-signature": signature})

    def serial(self, port=None):
        """Of the certificate that a new connection is shown."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=10 * SLOW) as plain:
            with self.trusting.wrap_socket(plain, server_hostname=NAME) as connection:
                return int(connection.getpeercert()["serialNumber"], 16)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def reload(self):
        before = len(self.log_events("configuration_reloaded"))
        self.hang_up()
        wait_for(lambda: len(self.log_events("configuration_reloaded")) > before, 10, "the reload")

    def s_client(self, *arguments, text=b""):
        """What `openssl s_client` says of a connection on which one request is made."""
        request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n" + text
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", self.authority.file,
                               "-servername", NAME, "-ign_eof", *arguments], input=request, capture_output=True,
                              timeout=20 * SLOW)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


class TlsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="tollgate-tls-")
        self.addCleanup(shutil.rmtree, folder)
        self.authority = Authority(folder)
        self.subscriber = Subscriber()
        self.addCleanup(self.subscriber.stop)

    def make(self, kind=P256, days=1, **options):
        gateway = TlsGateway(self.authority, {"orders": (self.subscriber.url, "")}, **options)
        self.authority.issue(gateway.certificate, gateway.key, kind, days)
        self.addCleanup(gateway.stop)
        return gateway

    def start(self, *arguments, **options):
        return self.make(*arguments, **options).start()

    def send(self, gateway, reference):
        body = collection("collection.verified", reference)
        return gateway.post(body, sign(body))[0]


class Handshakes(TlsTest):
    def test_tls_1_2_and_1_3_are_spoken_and_nothing_older(self):
        gateway = self.start()
        for version in ("-tls1_2", "-tls1_3"):
            code, said = gateway.s_client(version, "-alpn", "h2,http/1.1", "-verify_return_error")
            self.assertEqual(code, 0, said)
            self.assertIn("HTTP/1.1 404", said)
            self.assertIn("ALPN protocol: http/1.1", said)
            self.assertIn("Verify return code: 0 (ok)", said)
            self.assertIn("Compression: NONE", said)
        for version in ("-tls1", "-tls1_1"):
            code, said = gateway.s_client(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotEqual(code, 0)
            self.assertRegex(said, "alert protocol version|alert handshake failure")
        self.assertGreaterEqual(gateway.metric("tollgate_shed_total", reason="tls_handshake"), 2)
        self.assertEqual(self.send(gateway, "tls-1"), 200)

    def test_only_forward_secrecy_and_authenticated_encryption(self):
        gateway = self.start(RSA)
        for weak in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256", "AES256-SHA", "NULL"):
            code, said = gateway.s_client("-tls1_2", "-cipher", weak + ":@SECLEVEL=0")
            self.assertNotEqual(code, 0, weak)
        for strong in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"):
            code, said = gateway.s_client("-tls1_2", "-cipher", strong)
            self.assertEqual(code, 0, said)

    def test_it_does_not_renegotiate(self):
        gateway = self.start()
        with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-tls1_2"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
            said, _ = client.communicate(b"R\n", timeout=20 * SLOW)
        self.assertRegex(said.decode(errors="replace"), "no renegotiation|handshake failure|unexpected")
        self.assertEqual(self.send(gateway, "renegotiated"), 200)

    def test_sessions_are_resumed_on_whichever_loop_and_over_a_new_certificate(self):
        gateway = self.start()
        session = self.authority.folder / "session"
        for version in ("-tls1_2", "-tls1_3"):
            code, said = gateway.s_client(version, "-sess_out", str(session))
            self.assertEqual(code, 0, said)
            self.assertIn("New, ", said)
            for i in range(8):
                if i == 4:
                    self.authority.issue(gateway.certificate, gateway.key)
                    gateway.reload()
                code, said = gateway.s_client(version, "-sess_in", str(session), "-sess_out", str(session))
                self.assertEqual(code, 0, said)
                self.assertIn("Reused, ", said, f"{version}, visit {i}")

    def test_plain_http_is_just_closed(self):
        gateway = self.start()
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10 * SLOW) as plain:
            plain.sendall(b"POST /in/kenya HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
            received = b""
            try:
                while piece := plain.recv(4096):
                    received += piece
            except ConnectionResetError:
                pass
            self.assertNotIn(b"HTTP", received)
        self.assertEqual(gateway.metric("tollgate_shed_total", reason="tls_handshake"), 1)

    def test_a_connection_that_only_waits_does_not_hold_up_the_end(self):
        gateway = self.start()
        with socket.create_connection(("127.0.0.1", gateway.port)), \
             socket.create_connection(("127.0.0.1", gateway.port)) as plain, \
             gateway.trusting.wrap_socket(plain, server_hostname=NAME):
            self.assertEqual(self.send(gateway, "end-1"), 200)
            self.assertEqual(gateway.stop(), 0)

    @unittest.skipUnless(shutil.which("sslscan"), "sslscan is not installed")
    def test_sslscan_finds_nothing_weak(self):
        for kind in (P256, RSA):
            gateway = self.start(kind)
            scan = subprocess.run(["sslscan", "--xml=-", "--show-sigs", f"--sni-name={NAME}", f"127.0.0.1:{gateway.port}"],
                                  capture_output=True, timeout=60 * SLOW, check=True)
            found = xml.etree.ElementTree.fromstring(scan.stdout).find("ssltest")
            enabled = {(p.get("type"), p.get("version")) for p in found.findall("protocol") if p.get("enabled") == "1"}
            self.assertEqual(enabled, {("tls", "1.2"), ("tls", "1.3")})
            ciphers = found.findall("cipher")
            self.assertGreaterEqual(len(ciphers), 6)
            for cipher in ciphers:
                # "acceptable" are those of 128 bits.
                self.assertIn(cipher.get("strength"), ("strong", "acceptable"), cipher.attrib)
                self.assertRegex(cipher.get("cipher"), "GCM|POLY1305")
            self.assertEqual({c.get("supported") for c in found.findall("compression")} - {"0"}, set())
            for group in found.findall("group"):
                self.assertRegex(group.get("name"), "x25519|secp256r1|secp384r1")
            self.assertEqual(found.find("renegotiation").get("supported"), "0")
            self.assertEqual({h.get("vulnerable") for h in found.findall("heartbleed")} - {"0"}, set())
            for signature in found.findall("connection-signature-algorithm"):
                self.assertNotRegex(signature.get("name", "").lower(), "sha1|md5|dsa_sha224")
            self.assertEqual(gateway.stop(), 0)


class Certificates(TlsTest):
    def test_replaced_under_load_without_a_failed_request(self):
        gateway = self.start()
        failures, visits, over = [], [0], threading.Event()

        def visit():  # a new connection for each request, so that handshakes meet every replacement
            while not over.is_set():
                try:
                    status = gateway.request("GET", "/nowhere")[0]
                    if status != 404:
                        failures.append(status)
                except OSError as error:
                    failures.append(error)
                visits[0] += 1

        visitors = [threading.Thread(target=visit) for _ in range(2)]
        report = self.authority.folder / "report.json"
        load = subprocess.Popen([TOLLGATE_LOAD, "provider", "--to", f"https://127.0.0.1:{gateway.port}/in/kenya",
                                 "--ca", str(self.authority.file), "--secret", SOURCE_SECRET, "--rate", "200",
                                 "--duration", "60", "--connections", "8", "--json", str(report)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for visitor in visitors:
            visitor.start()
        try:
            wait_for(lambda: gateway.metric("tollgate_callbacks_total", outcome="accepted") > 100, 20, "the load")
            for kind in (RSA, P256, RSA, P256, P256, P256):
                before = visits[0]
                serial = self.authority.issue(gateway.certificate, gateway.key, kind)
                gateway.reload()
                self.assertEqual(gateway.serial(), serial)
                wait_for(lambda: visits[0] > before + 10, 10, "visits under this certificate")
        finally:
            load.send_signal(signal.SIGINT)
            said = load.communicate(timeout=60 * SLOW)[0].decode()
            over.set()
            for visitor in visitors:
                visitor.join()
        self.assertEqual(load.returncode, 0, said)
        sums = json.loads(report.read_text())
        self.assertGreater(sums["acked"], 200)
        self.assertEqual((sums["sent"] - sums["acked"], sums["lost_answers"]), (0, 0), said)
        self.assertEqual(failures, [])
        self.assertGreater(visits[0], 60)

    def test_an_open_connection_outlives_the_replacement(self):
        gateway = self.start()
        connection = http.client.HTTPSConnection("127.0.0.1", gateway.port, timeout=10 * SLOW, context=gateway.trusting)
        self.addCleanup(connection.close)
        for _ in range(3):
            connection.request("GET", "/nowhere")
            self.assertEqual(connection.getresponse().read() != b"", True)
            opened = connection.sock
            self.authority.issue(gateway.certificate, gateway.key)
            gateway.reload()
        connection.request("GET", "/nowhere")
        self.assertEqual(connection.getresponse().status, 404)
        self.assertIs(connection.sock, opened)

    def test_one_that_cannot_be_used_leaves_the_old_one_and_says_so(self):
        gateway = self.start()
        good = gateway.serial()
        other = self.authority.folder / "other.key"
        self.authority.issue(self.authority.folder / "other.pem", other)
        key = gateway.key.read_bytes()
        for content in (other.read_bytes(), b"rubbish\n", b""):
            kept = len(gateway.log_events("configuration_kept"))
            gateway.key.write_bytes(content)
            gateway.hang_up()
            wait_for(lambda: len(gateway.log_events("configuration_kept")) > kept, 10, "the refusal")
            self.assertEqual(gateway.serial(), good)
            self.assertEqual(gateway.log_events("configuration_reloaded"), [])
        self.assertTrue(any(str(gateway.key) in entry["problem"] for entry in gateway.log_events("configuration_problem")))
        gateway.key.write_bytes(key)
        gateway.reload()
        self.assertEqual(gateway.serial(), good)

    def test_wrong_files_end_check_and_serve_with_2(self):
        gateway = self.make()
        good = gateway.config.read_text()
        line = next(i for i, text in enumerate(good.splitlines(), 1) if text.startswith("tls = "))
        other = self.authority.folder / "other.key"
        self.authority.issue(self.authority.folder / "other.pem", other)
        cases = [
            (str(gateway.key), str(other), "key values mismatch"),
            (str(gateway.certificate), str(gateway.key), "no PEM block"),
            (str(gateway.key), "/nowhere.key", "cannot be read"),
            (f', key = "{gateway.key}"', "", "has a certificate and no key"),
        ]
        for old, new, why in cases:
            gateway.config.write_text(good.replace(old, new))
            for command in ("check", "serve"):
                refused = gateway.command(command)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                self.assertRegex(refused.stderr.decode(), rf"^{gateway.config}:{line}: receiver\.tls.*{why}.*; .*")
        gateway.config.write_text(good)
        checked = gateway.command("check")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(f'tls = {{ certificate = "{gateway.certificate}", key = "{gateway.key}" }}', checked.stdout.decode())

    def test_one_that_has_expired_is_served_with_a_warning(self):
        gateway = self.make(days=-1)
        self.assertEqual(gateway.command("check").returncode, 0)
        gateway.start()
        warning = gateway.log_events("certificate_not_valid")
        self.assertEqual([(entry["listener"], entry["level"]) for entry in warning], [("receiver", "warning")])
        with self.assertRaisesRegex(ssl.SSLError, "expired"):
            self.send(gateway, "old")
        self.authority.issue(gateway.certificate, gateway.key)
        gateway.reload()
        self.assertEqual(self.send(gateway, "renewed"), 200)

    def test_turning_tls_off_needs_a_restart(self):
        gateway = self.start()
        with_tls = gateway.config.read_text()
        gateway.config.write_text("\n".join(line for line in with_tls.splitlines() if not line.startswith("tls = ")) + "\n")
        gateway.hang_up()
        wait_for(lambda: [e for e in gateway.log_events("restart_needed") if e["setting"] == "receiver.tls"], 10, "the word")
        self.assertEqual(self.send(gateway, "still"), 200)
        gateway.config.write_text(with_tls)
        gateway.reload()
        self.assertEqual(self.send(gateway, "again"), 200)

    def test_turning_tls_on_needs_a_restart(self):
        plain = Gateway({"orders": (self.subscriber.url, "")})
        plain.start()
        self.addCleanup(plain.stop)
        certificate, key = self.authority.folder / "c.pem", self.authority.folder / "c.key"
        self.authority.issue(certificate, key)
        tls = f'tls = {{ certificate = "{certificate}", key = "{key}" }}\n'
        plain.config.write_text(plain.config.read_text().replace("[api]\n", tls + "[api]\n" + tls))
        plain.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(plain.log_events("restart_needed")) == 2, 10, "the word")
        body = collection("collection.verified", "plain")
        self.assertEqual(plain.post(body, sign(body))[0], 200)

    def test_the_api_speaks_tls_too(self):
        gateway = self.start(api=True)
        self.assertEqual(gateway.api("/livez")[0], 200)
        self.assertEqual(gateway.serial(gateway.api_port), gateway.serial())
        serial = self.authority.issue(gateway.certificate, gateway.key)
        gateway.reload()
        self.assertEqual(gateway.serial(gateway.api_port), serial)

    def test_send_speaks_https_to_its_own_gateway(self):
        gateway = self.make()
        self.authority.issue(gateway.certificate, gateway.key, names=f"DNS:{NAME}")
        gateway.trusting.check_hostname = False
        gateway.start()
        self.assertEqual(gateway.command("send", "kenya").returncode, 1, "the system knows no such authority")
        sent = gateway.command("send", "kenya", "--ca", str(self.authority.file), "--repeat", "3")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assertEqual(sent.stdout.count(b"200 "), 3)
        elsewhere = gateway.command("send", "kenya", "--ca", str(self.authority.file), "--to",
                                    f"https://127.0.0.1:{gateway.port}/in/kenya")
        self.assertEqual(elsewhere.returncode, 1, "that address is not in the certificate")


class TlsSubscriber(Subscriber):
    """Behind TLS; `client_authority`: serves only those who show a certificate of that authority."""

    def __init__(self, certificate, key, client_authority=None):
        super().__init__()
        self.serials = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_authority:
            context.load_verify_locations(client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        accept = self.server.get_request

        def get_request():
            plain, address = accept()
            plain.settimeout(10 * SLOW)
            try:
                connection = context.wrap_socket(plain, server_side=True)
            except ssl.SSLError as error:
                raise OSError("no handshake") from error
            if client_authority:
                self.serials.append(int(connection.getpeercert()["serialNumber"], 16))
            return connection, address

        self.server.get_request = get_request

    @property
    def url(self):
        return super().url.replace("http:", "https:")


class Outbound(TlsTest):
    def setUp(self):
        super().setUp()
        self.files = {name: self.authority.folder / name for name in ("s.pem", "s.key", "c.pem", "c.key")}

    def deliver(self, subscriber, more, reference):
        gateway = Gateway({"orders": (subscriber.url, more)})
        gateway.start()
        self.addCleanup(gateway.stop)
        body = collection("collection.verified", reference)
        self.assertEqual(gateway.post(body, sign(body))[0], 200)
        return gateway

    def subscriber_with(self, **options):
        self.authority.issue(self.files["s.pem"], self.files["s.key"], names=options.pop("names", "IP:127.0.0.1"))
        subscriber = TlsSubscriber(self.files["s.pem"], self.files["s.key"], **options)
        self.addCleanup(subscriber.stop)
        return subscriber

    def test_a_private_authority_is_trusted_when_it_is_named(self):
        subscriber = self.subscriber_with()
        self.deliver(subscriber, f'ca = "{self.authority.file}"', "private-1")
        wait_for(lambda: subscriber.of("private-1"), 10, "the delivery")

    def test_strangers_and_wrong_names_get_nothing(self):
        for names, more in (("IP:127.0.0.1", ""), ("DNS:other.example.com", f'ca = "{self.authority.file}"')):
            subscriber = self.subscriber_with(names=names)
            gateway = self.deliver(subscriber, more, "secret-1")
            failed = wait_for(lambda: gateway.log_events("delivery_failed"), 10, "the refusal")
            self.assertIn("TLS", failed[0]["error"])
            self.assertEqual(subscriber.attempts, [])

    def test_its_own_certificate_is_shown_and_read_again(self):
        serial = self.authority.issue(self.files["c.pem"], self.files["c.key"])
        subscriber = self.subscriber_with(client_authority=self.authority.file)
        more = (f'ca = "{self.authority.file}"\nclient_certificate = {{ certificate = "{self.files["c.pem"]}", '
                f'key = "{self.files["c.key"]}" }}')
        gateway = self.deliver(subscriber, more, "mutual-1")
        wait_for(lambda: subscriber.of("mutual-1"), 10, "the delivery")
        self.assertEqual(set(subscriber.serials), {serial})
        renewed = self.authority.issue(self.files["c.pem"], self.files["c.key"])
        gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: gateway.log_events("configuration_reloaded"), 10, "the reload")
        body = collection("collection.verified", "mutual-2")
        self.assertEqual(gateway.post(body, sign(body))[0], 200)
        wait_for(lambda: subscriber.of("mutual-2"), 10, "the second delivery")
        self.assertEqual(subscriber.serials[-1], renewed)
        self.files["c.key"].write_text("rubbish\n")
        refused = gateway.command("check")
        self.assertEqual(refused.returncode, 2)
        self.assertRegex(refused.stderr.decode(), rf'^{gateway.config}:\d+: subscriber "orders": .*{self.files["c.key"]}')


if __name__ == "__main__":
    unittest.main()
