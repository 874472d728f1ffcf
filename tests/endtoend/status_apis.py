"""Providers' status APIs as they are asked: each payment answers what the test says, and everything that was asked is kept."""

import http.server
import json
import threading
import time
import urllib.parse


class StatusApis:
    """Startbutton's, Moolre's and HoneyCoin's on one port. `answers[reference]` is a status of that provider's, or a function of how
    often it was asked. Asked by another id (Moolre's own, HoneyCoin's externalReference), `answers[id]` is the payment's reference and
    its status. `trouble`, when set, answers everything: an HTTP status, "garbage", "hang", or "other" (another payment's answer)."""

    def __init__(self):
        apis = self
        self.answers, self.asked, self.trouble = {}, [], None
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                reference = urllib.parse.unquote(self.path.rsplit("/", 1)[1])
                if "/b2b/transactions/" in self.path:
                    return self.give(reference, apis.honeycoin, self.headers["authorization"] == "Bearer t_status")
                self.give(reference, apis.startbutton, self.headers["authorization"] == "Bearer sk_status")

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if self.path.endswith("/generate-bearer-token"):
                    return self.give("login", lambda *_: (200, '{"success":true,"token":"t_status"}'), True)
                of_provider = apis.moolre if body["idtype"] == "1" else apis.moolre_by_its_id
                self.give(body["id"], of_provider, self.headers["x-api-pubkey"] == "pub_status")

            def give(self, reference, answer, is_allowed):
                status, text = apis.answer(reference, answer) if is_allowed else (401, "{}")
                data = text.encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a gateway that was killed does not read its answer

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, reference, of_provider):
        with self.lock:
            self.asked.append(reference)
            trouble, said = self.trouble, self.answers.get(reference)
            if callable(said):
                said = said(self.asked.count(reference))
        if trouble == "hang":
            time.sleep(30)
        if trouble == "garbage":
            return 200, "<html>it works</html>"
        if isinstance(trouble, int):
            return trouble, '{"message":"no"}'
        if trouble == "other":
            return of_provider("somebody-elses", "successful")
        return of_provider(reference, said)

    @staticmethod
    def startbutton(reference, status):
        if status is None:
            return 404, '{"success":false,"message":"Transaction not found"}'
        kind = "transfer" if reference.startswith("payout") else "collection"
        transaction = {"transactionReference": reference, "transType": kind, "status": status, "amount": 150000, "currency": "KES"}
        return 200, json.dumps({"success": True, "data": {"transaction": transaction}})

    @staticmethod
    def moolre(reference, status):
        if status != "success":
            return 200, json.dumps({"status": 0, "code": "SS07", "message": "Transaction not found or not yet approved",
                                    "data": {"txstatus": 2, "externalref": reference}})
        return 200, json.dumps({"status": 1, "code": "SS01", "message": "Success", "data": {
            "txstatus": 1, "payer": "233240000000", "amount": "25.00", "value": "24.75", "transactionid": "17",
            "externalref": reference, "thirdpartyref": "t-1"}})

    @staticmethod
    def moolre_by_its_id(own_id, said):
        if said is None:
            return 200, json.dumps({"status": 0, "code": "SS07", "message": "Transaction not found", "data": {"txstatus": 2}})
        status, text = StatusApis.moolre(*said)
        return status, text.replace('"transactionid": "17"', '"transactionid": ' + json.dumps(own_id))

    @staticmethod
    def honeycoin(asked, said):
        """By either id."""
        if said is None:
            return 404, '{"success":false,"message":"Transaction not found"}'
        reference, status = said
        return 200, json.dumps({"success": True, "data": {
            "transactionId": reference, "externalReference": "order-of-" + reference if asked == reference else asked, "type": "deposit",
            "chargeStatus": status, "amount": 25.00, "currency": "KES", "fullTimestamp": "2026-11-22T10:00:00.000Z"}})

    def count(self, reference):
        with self.lock:
            return self.asked.count(reference)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
