#!/usr/bin/env python3
"""A small HTTP server that does what the test of the dispatcher asks for.

    echo.py [PORT-FILE]

It listens on a free port of 127.0.0.1 and writes the port into the file, or
prints it.  What a request does is in its path and query:

    /echo?delay=MS      the body back, after a delay
    /sse?events=N&every=MS   N server-sent events
    /drip?bytes=N&every=MS   a byte now and then
    /stall?bytes=N      some bytes of the body, and then nothing
    /huge?bytes=N       that many bytes, chunked
    /binary             all byte values, and unusual headers
    /redirect           302 to /echo
    /cut?bytes=N        announces twice as many bytes, and closes
    /silent             never answers
    /once               answers one request of a connection, closes at the second
    /early              an interim response, then the answer
    /status?code=N      that status
    /journal            what was seen since /reset, as JSON

Requests are grouped by the query's "group"; for each group the journal has
the number of requests, of those that the client dropped, and the most that
were in flight at a time.
"""
import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

journal = {}
totals = {"connections": 0, "open": 0}


class Group:
    def __init__(self):
        self.requests = self.dropped = self.now = self.most = self.answered = 0
        self.secrets = []


class Request:
    def __init__(self, target, headers, body, reader, writer, number):
        self.path = urlsplit(target).path
        self.query = {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}
        self.headers, self.body = headers, body
        self.reader, self.writer, self.number = reader, writer, number

    def get(self, name, default=0):
        return int(self.query.get(name, default))

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body, status="200 OK", headers=()):
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        await self.send("\r\n".join(lines).encode("latin-1") + body)

    async def begin_chunks(self, content_type="text/plain"):
        await self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n".encode())

    async def chunk(self, data):
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))


async def pause(request, name):
    await asyncio.sleep(request.get(name) / 1000)


async def echo(request):
    await pause(request, "delay")
    await request.answer(request.body, headers=["X-Length: %d" % len(request.body)])


async def sse(request):
    await request.begin_chunks("text/event-stream")
    for i in range(request.get("events", 3)):
        await request.chunk(b"data: %d\n\n" % i)
        await pause(request, "every")
    await request.chunk(b"")


async def drip(request):
    await request.begin_chunks()
    for _ in range(request.get("bytes", 3)):
        await request.chunk(b".")
        await pause(request, "every")
    await request.chunk(b"")


async def stall(request):
    await request.begin_chunks()
    if request.get("bytes"):
        await request.chunk(b"x" * request.get("bytes"))
    await asyncio.sleep(3600)


async def huge(request):
    left = request.get("bytes")
    await request.begin_chunks()
    while left > 0:
        await request.chunk(b"h" * min(left, 65536))
        left -= 65536
    await request.chunk(b"")


async def binary(request):
    await request.answer(bytes(range(256)) * 3 + request.body, headers=[
        "X-MiXed-Case: Value With: Colons ", "x-latin: caf\xe9", "X-Empty:", " folded: away",
        "Set-Cookie: a=b", "X-Got: " + request.headers.get("x-custom", "")])


async def redirect(request):
    await request.answer(b"", "302 Found", [f"Location: /echo?group={request.query.get('group', '')}-to"])


async def cut(request):
    n = request.get("bytes", 10)
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (2 * n, b"c" * n))
    raise ConnectionResetError


async def silent(request):
    await asyncio.sleep(3600)


async def once(request):
    if request.number > 1:
        raise ConnectionResetError
    await request.answer(b"once")


async def early(request):
    await request.send(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
    await request.answer(b"late", headers=["X-Late: yes"])


async def status(request):
    await request.answer(b'{"error": "as asked"}', f"{request.get('code', 500)} As Asked", ["Retry-After: 7"])


async def show_journal(request):
    await request.answer(json.dumps({"groups": {k: vars(v) for k, v in journal.items()}, **totals}).encode())


async def reset(request):
    journal.clear()
    await request.answer(b"")


UNSEEN = {"/journal": show_journal, "/reset": reset}
SEEN = {f"/{f.__name__}": f for f in
        (echo, sse, drip, stall, huge, binary, redirect, cut, silent, once, early, status)}


async def read_request(reader, writer, number):
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(first.split(" ")[1], headers, body, reader, writer, number)


async def serve_seen(request):
    """Runs the request until it is answered, or the client has gone."""
    group = journal.setdefault(request.query.get("group", ""), Group())
    group.requests += 1
    group.now += 1
    group.most = max(group.most, group.now)
    if "authorization" in request.headers:
        group.secrets.append(request.headers["authorization"])
    work = asyncio.ensure_future(SEEN.get(request.path, echo)(request))
    gone = asyncio.ensure_future(request.reader.read(1))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            group.dropped += 1
            raise ConnectionResetError
        work.result()
        group.answered += 1
    finally:
        group.now -= 1
        for task in (work, gone):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def connection(reader, writer):
    number = 0
    totals["connections"] += 1
    totals["open"] += 1
    try:
        while True:
            number += 1
            request = await read_request(reader, writer, number)
            if request.path in UNSEEN:
                await UNSEEN[request.path](request)
            else:
                await serve_seen(request)
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        totals["open"] -= 1
        writer.close()


async def main():
    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as file:
            file.write(f"{port}\n")
    else:
        print(port, flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
