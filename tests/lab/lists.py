"""A web server with one list of domains in http_sd's format, as a CMDB has it: it may be changed, broken and counted."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Lists:
    def __init__(self):
        self.status, self.asked, self.unchanged = 200, 0, 0
        self.groups, self.version = [], 0
        lists = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                lists.asked += 1
                tag = f'"{lists.version}"'
                if lists.status == 200 and self.headers["If-None-Match"] == tag:
                    lists.unchanged += 1
                    self.send_response(304)
                    self.end_headers()
                    return
                body = json.dumps(lists.groups).encode()
                self.send_response(lists.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/domains"

    def show(self, *names, **labels):
        self.groups, self.version = [{"targets": list(names), "labels": labels}], self.version + 1

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
