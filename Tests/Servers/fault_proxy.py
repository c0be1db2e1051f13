#!/usr/bin/env python3
"""fault_proxy.py --to PORT --certificate FILE --key FILE: a line to 127.0.0.1:PORT that breaks as told. It knows
bytes only, so TLS goes through it. It prints its own port and ends when its standard input closes. Standard library only.

Each line on standard input is a JSON object that sets the fault of the line, and is answered by `ok`:
  fault         null (none) or one of those below
  after         bytes that still pass in the fault's direction, on each connection
  milliseconds  of delay and slow_drip
delay              every piece is held back
slow_drip          as above, and a piece has 256 bytes
cut_request        the connection ends after so many bytes to the server
cut_response       the connection ends after so many bytes from the server
reset              as both, with a TCP reset
half_open          the connection stays open after so many bytes, and nothing passes any more, also when the fault is over
wrong_certificate  new connections find a server with the certificate of FILE; open ones are cut
refused            nobody listens; open connections are cut
"""
import argparse
import asyncio
import json
import os
import socket
import ssl
import struct
import sys

DIRECTIONS = {"cut_request": ("request",), "cut_response": ("response",), "reset": ("request", "response"),
              "half_open": ("request", "response")}


class Line:
    """What the proxy does at the moment."""

    def __init__(self, fault=None, after=0, milliseconds=0):
        self.fault, self.after, self.seconds = fault, after, milliseconds / 1000


class Connection:
    def __init__(self, proxy, client, server):
        self.proxy, self.ends = proxy, (client, server)
        self.line, self.passed, self.is_dead = None, {}, False

    def left(self, direction):
        """How many bytes may still pass; None for all."""
        if self.line is not self.proxy.line:
            self.line, self.passed = self.proxy.line, {"request": 0, "response": 0}
        if direction not in DIRECTIONS.get(self.line.fault, ()):
            return None
        return max(0, self.line.after - self.passed[direction])

    def cut(self, with_reset=False):
        for writer in self.ends:
            if with_reset and (sock := writer.get_extra_info("socket")):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()

    async def pump(self, direction, reader, writer):
        try:
            while data := await reader.read(65536):
                while data and not self.is_dead:
                    left = self.left(direction)
                    piece = data[:256] if self.line.fault == "slow_drip" else data
                    if self.line.fault in ("delay", "slow_drip"):
                        await asyncio.sleep(self.line.seconds)
                    if left is not None:
                        piece = piece[:left]
                    data = data[len(piece):]
                    self.passed[direction] += len(piece)
                    writer.write(piece)
                    await writer.drain()
                    if left is not None and data:
                        if self.line.fault == "half_open":
                            self.is_dead = True
                        else:
                            return self.cut(self.line.fault == "reset")
            if not self.is_dead:
                writer.close()
            elif direction == "request":
                self.cut()
        except (OSError, ssl.SSLError):
            self.cut()


class Proxy:
    def __init__(self, options):
        self.options, self.line, self.connections, self.server = options, Line(), set(), None
        # Bound and not listening: keeps the port while nobody listens there.
        self.holder = self.socket(0)
        self.port = self.holder.getsockname()[1]

    def socket(self, port):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", port))
        return sock

    async def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.options.certificate, self.options.key)
        impostor = await asyncio.start_server(self.serve_nothing, "127.0.0.1", 0, ssl=context)
        self.impostor = impostor.sockets[0].getsockname()[1]
        await self.listen()

    async def listen(self):
        if self.server is None:
            self.server = await asyncio.start_server(self.accept, sock=self.socket(self.port))

    async def serve_nothing(self, _, writer):
        writer.close()

    async def accept(self, reader, writer):
        to = self.impostor if self.line.fault == "wrong_certificate" else self.options.to
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", to)
        except OSError:
            return writer.close()
        connection = Connection(self, writer, other_writer)
        self.connections.add(connection)
        await asyncio.gather(
            connection.pump("request", reader, other_writer), connection.pump("response", other_reader, writer))
        self.connections.discard(connection)

    async def set(self, line):
        self.line = line
        if line.fault in ("refused", "wrong_certificate"):
            if line.fault == "refused" and self.server:
                self.server.close()
                self.server = None
            for connection in list(self.connections):
                connection.cut()
        if line.fault != "refused":
            await self.listen()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    proxy = Proxy(parser.parse_args())
    await proxy.start()
    print(proxy.port, flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await proxy.set(Line(**json.loads(line)))
        print("ok", flush=True)
    os._exit(0)  # connections may be silent for ever; nobody is left to see them


asyncio.run(main())
