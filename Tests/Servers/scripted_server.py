#!/usr/bin/env python3
"""scripted_server.py [--certificate FILE --key FILE [--clients CA]] [--unix PATH]: an HTTP/1.1 server that
misbehaves as told. It prints its port and ends when its standard input closes. Standard library only.

A test tells it what to do with `POST /_script`, a list of steps; every other request takes the next step, and
answers 200 `{}` when none is left. `GET /_log` returns what was asked so far. A step may hold:
  status, headers, body   the answer
  hang                    read the request, never answer
  close                   "before" any answer, or in "mid" body: announce more than is sent, then close
  chunks, pause           a chunked body, with so many seconds between the chunks
  endless                 a body without end, as fast as the reader reads
It is a proxy, too: CONNECT leads to where it is asked to, unless the step has another status than 200. With "cut" both
connections end after so many bytes of the answers.
"""
import argparse
import json
import socket
import ssl
import sys
import threading
import time

steps, log, lock = [], [], threading.Lock()


def read_request(stream):
    line = stream.readline()
    if not line:
        return None
    method, path, _ = line.decode().split(" ", 2)
    headers = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return {"method": method, "path": path, "headers": headers, "body": body.decode()}


def head(status, headers):
    lines = [f"HTTP/1.1 {status} Scripted"] + [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(connection, step):
    """False when the connection is to be closed."""
    headers = {"Content-Type": "application/json", **step.get("headers", {})}
    status, body = step.get("status", 200), step.get("body", "{}").encode()
    if step.get("hang"):
        time.sleep(3600)
    if step.get("close") == "before":
        return False
    if step.get("close") == "mid":
        connection.sendall(head(status, {**headers, "Content-Length": len(body) + 100}) + body)
        return False
    if "chunks" in step or step.get("endless"):
        connection.sendall(head(status, {**headers, "Transfer-Encoding": "chunked"}))
        for chunk in step.get("chunks", []):
            data = chunk.encode()
            connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))
            time.sleep(step.get("pause", 0))
        while step.get("endless"):
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            with lock:
                log[-1]["sent"] = log[-1].get("sent", 0) + 65536
        if step.get("close") == "end":
            return False
        connection.sendall(b"0\r\n\r\n")
        return True
    connection.sendall(head(status, {**headers, "Content-Length": len(body)}) + body)
    return True


def relay(connection, address, cut):
    host, _, port = address.rpartition(":")
    other = socket.create_connection((host, int(port)))
    connection.sendall(b"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n")

    def copy(source, sink, left=None):
        try:
            while data := source.recv(65536):
                data = data[:left]
                sink.sendall(data)
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        source.shutdown(socket.SHUT_RDWR)
                        break
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    threading.Thread(target=copy, args=(other, connection, cut), daemon=True).start()
    copy(connection, other)


def serve(connection, context):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            try:
                connection.do_handshake()
            except ssl.SSLError:
                # Closing with unread bytes would reset the connection before the peer reads why.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
                raise
        stream = connection.makefile("rb")
        number = connection.getpeername()[1] if connection.family == socket.AF_INET else 0
        while request := read_request(stream):
            if request["path"] == "/_script":
                with lock:
                    steps[:] = json.loads(request["body"])
                step = {}
            elif request["path"] == "/_log":
                with lock:
                    step = {"body": json.dumps(log)}
            else:
                with lock:
                    log.append(request | {"connection": number})
                    step = steps.pop(0) if steps else {}
                if request["method"] == "CONNECT" and step.get("status", 200) == 200:
                    return relay(connection, request["path"], step.get("cut"))
            if not answer(connection, step):
                break
        connection.close()
    except (OSError, ValueError):
        pass


def main():
    parser = argparse.ArgumentParser()
    for option in ("--certificate", "--key", "--clients", "--unix"):
        parser.add_argument(option)
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        if options.clients:
            context.load_verify_locations(options.clients)
            context.verify_mode = ssl.CERT_REQUIRED
    if options.unix:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(options.unix)
        listener.listen(64)
        print(0, flush=True)
    else:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


main()
