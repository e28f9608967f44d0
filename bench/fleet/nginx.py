"""Policy hosts and MX hosts of the fleet: an nginx for HTTPS, and one whose mail module speaks SMTP. Each listens on
its port of every loopback address. The mail module has no certificate by SNI: MX hosts share a wildcard."""

from pathlib import Path

import pinned
from fleet import DIGITS, ZONE
from process import wait_until
from web import accepts

HEAD = """\
daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log error;
worker_rlimit_nofile 16384; events {{ worker_connections 8192; }}
"""
WEB = HEAD + """\
http {{
  access_log off; keepalive_timeout 5s;
  ssl_session_cache off; ssl_session_tickets off; ssl_protocols TLSv1.2 TLSv1.3;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 443 ssl backlog=4096; server_name "~^mta-sts\\.d(?<mx>\\d{{{digits}}})";
    ssl_certificate {certificates}/$ssl_server_name.pem; ssl_certificate_key {key_file};
    location = /.well-known/mta-sts.txt {{
      types {{}} default_type text/plain;
      return 200 "version: STSv1\\nmode: enforce\\nmx: mx$mx.mx.{zone}\\nmax_age: 604800\\n";
    }}
  }}
}}
"""
MAIL = "load_module /usr/lib/nginx/modules/ngx_mail_module.so;\n" + HEAD + """\
mail {{
  server_name mx.{zone}; auth_http 127.0.0.1:9; smtp_auth none; smtp_capabilities PIPELINING "SIZE 10240000" 8BITMIME;
  ssl_certificate {mx_file}; ssl_certificate_key {key_file}; ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache off; ssl_session_tickets off;
  server {{ listen 25 backlog=4096; protocol smtp; starttls on; }}
}}
"""


class Nginx:
    def __init__(self, name, directory, port, conf, fleet, certificates):
        self.name, self._port = name, port
        self._folder = Path(directory) / name
        self._folder.mkdir(parents=True)
        self._conf = self._folder / "nginx.conf"
        values = {"digits": f"{DIGITS - fleet.shared}", "zone": ZONE, "certificates": certificates.directory}
        values |= {"key_file": certificates.key_file, "mx_file": certificates.mx_file, "folder": self._folder}
        self._conf.write_text(conf.format(**values))

    def start(self):
        argv = ["nginx", "-p", self._folder, "-e", self._folder / "error.log", "-c", self._conf]
        self.process = pinned.start(self.name, argv, self._folder / "log", pinned.SERVER_CORE)
        wait_until(self._answers, 15, f"{self.name} answers")

    def _answers(self):
        self.process.check_alive()
        return accepts("127.0.0.1", self._port)

    def stop(self):
        self.process.stop()


def make_web(directory, fleet, certificates):
    return Nginx("nginx-https", directory, 443, WEB, fleet, certificates)


def make_mail(directory, fleet, certificates):
    return Nginx("nginx-smtp", directory, 25, MAIL, fleet, certificates)
