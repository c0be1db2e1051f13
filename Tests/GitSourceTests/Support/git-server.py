#!/usr/bin/env python3
"""A Git server over http or https on 127.0.0.1 for tests: git http-backend behind Python's server.

Prints its port and serves as long as the process that started it lives. The first component of a path may name
a fault: /stall/ never answers, /cut/ closes in the middle of a pack, /hang/ stops in the middle of
a pack, /page/ answers with a web page, /status-NNN/ with that status, /redirect/ with a redirect
to the same path without this component, /elsewhere/ with one to another host name.
"""
import argparse
import base64
import http.server
import os
import ssl
import subprocess
import threading
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("root")
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments.add_argument("--client-ca")
arguments.add_argument("--token")
arguments.add_argument("--basic", help="USER:PASSWORD")
arguments.add_argument("--log", help="a file that gets a line per request")
options = arguments.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def authorized(self):
        given = self.headers.get("Authorization", "")
        if options.token:
            return given == "Bearer " + options.token
        if options.basic:
            return given == "Basic " + base64.b64encode(options.basic.encode()).decode()
        return True

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        if options.log:
            with open(options.log, "a") as log:
                log.write(f"{self.command} {self.path}\n")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().strip(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        path, _, query = self.path.partition("?")
        fault, rest = path.split("/", 2)[1:] if path.count("/") > 1 else ("", path)
        suffix = "?" + query if query else ""
        if fault == "stall":
            time.sleep(3600)
        if fault == "page":
            return self.answer(200, b"<html>Sign in</html>", Content_Type="text/html")
        if fault.startswith("status-"):
            return self.answer(int(fault[len("status-"):]), b"no")
        if fault == "redirect":
            return self.answer(301, Location=f"/{rest}{suffix}")
        if fault == "elsewhere":
            scheme = "https" if options.certificate else "http"
            port = self.server.server_address[1]
            return self.answer(302, Location=f"{scheme}://localhost:{port}/{rest}{suffix}")
        if not self.authorized():
            return self.answer(401, b"no", WWW_Authenticate="Basic realm=git")
        if fault in ("cut", "hang"):
            path = "/" + rest
        self.backend(path, query, body, fault)

    def backend(self, path, query, body, fault):
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": options.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.path.join(options.root, "server.gitconfig"),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "tester",
            "REMOTE_ADDR": "127.0.0.1",
        }
        result = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE)
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        status, headers = 200, {}
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            elif name:
                headers[name] = value
        if fault in ("cut", "hang") and self.command == "POST":
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if fault == "hang":
                time.sleep(3600)
            self.close_connection = True
            return
        self.answer(status, content, **headers)

    do_GET = do_POST = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # refused handshakes are what some tests are about


parent = os.getppid()
server = Server(("127.0.0.1", 0), Handler)
with open(os.path.join(options.root, "server.gitconfig"), "w") as config:
    config.write("[safe]\n\tdirectory = *\n[http]\n\treceivepack = true\n")
if options.certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(options.certificate, options.key)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
while os.getppid() == parent:
    time.sleep(0.5)
