#!/usr/bin/env python3
"""A stand-in for the providers of language models.

    standin.py PORT-FILE [--key KEY] [--tls CERTIFICATE PRIVATE-KEY]

Listens on a free port of 127.0.0.1, writes its number into PORT-FILE, and
speaks OpenAI's chat completions, Gemini's generateContent and Anthropic's
messages, over TLS where it is given a certificate (what it is asked itself
may be plain).  It answers rows that are valid for the columns it reads in the
prompt, keeps a journal of the requests, and misbehaves on command:

    POST /control  {"faults": ["429", "truncated", …], "latency": 0.2}
        the faults of the next calls, in turn; "ok" is none
    POST /control  {"random": {"500": 0.05, "garbage": 0.05}, "seed": 7}
    GET  /journal  what was asked: a list of objects
    GET  /now      {"flying": calls that are under way, "calls": all there were}
    POST /reset

Calls that ask for a stream get one, which can be "cut" and "stall" in its
middle, hold an error there ("stream_error") or lack its usage ("no_usage");
"slow" drips.  "no_stream" answers them as a whole.

With "say", a list of texts, calls whose fault is "say" get the next of them
as what the model wrote (single surrogates U+DC80 to U+DCFF stand for bytes that
are no UTF-8); the last one stays.
With "reply", those whose fault is "reply" get it as the response: an object
with "status", "headers" and "body".

It refuses what the provider would refuse: a wrong key, and what breaks the
rules of rules.py.
"""
import gzip
import json
import os
import random
import re
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import rules

KEY = "sk-standin-key"


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.faults = []
        self.random = {}
        self.dice = random.Random(0)
        self.latency = 0.0
        self.journal = []
        self.flying = 0          # calls that are not over
        self.working = 0         # calls that no answer has begun to
        self.most_flying = 0
        self.counter = 0
        self.pieces = 40
        self.drip = 0.0
        self.say = []
        self.reply = {}
        self.refuse_schema = False
        self.refuse_fields = []
        self.cached = 0          # tokens of each prompt, at OpenAI

    def next_fault(self):
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            roll = self.dice.random()
            for fault, share in self.random.items():
                if roll < share:
                    return fault
                roll -= share
            return "ok"


STATE = State()

# ---- rows ------------------------------------------------------------------

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fable", "grove", "harbor", "island",
         "jasper", "kettle", "lantern", "meadow", "north", "orchard", "pebble", "quartz")


def columns_of(prompt):
    """The numbered columns of a prompt, as (name, words)."""
    found = []
    for line in prompt.splitlines():
        match = re.match(r"(\d+)\. (.*?): (.*)", line)
        if match and int(match.group(1)) == len(found) + 1:
            found.append((match.group(2), match.group(3)))
    return found


def bound(words, which, otherwise):
    match = re.search(which + r" (-?[0-9][^,. ]*(?:\.[0-9]+)?)", words)
    return match.group(1) if match else otherwise


def number_between(words, n, whole):
    low = float(bound(words, "at least", 1))
    high = float(bound(words, "at most", low + 1000))
    if whole:
        return int(low + n % max(1, int(high - low) + 1))
    return round(low + (n * 7.37) % max(high - low, 0.01), 2)


def split_parts(words):
    """What is said of a value, of its members as (name, words), and of its elements."""
    own, found, rest = words.partition("; its members: ")
    if not found or "; each element: " in own:
        own, _, element = words.partition("; each element: ")
        return own, [], element
    members = []
    while True:
        match = re.match(r'(?:, )?("(?:[^"\\]|\\.)*") \(', rest)
        if not match:
            return own, members, ""
        depth, end = 1, match.end()
        while depth > 0:
            depth += {"(": 1, ")": -1}.get(rest[end], 0)
            end += 1
        members.append((json.loads(match.group(1)), rest[match.end():end - 1]))
        rest = rest[end:]


def value_of_parts(words, n):
    """An object or a list, as JSON; None for what is neither."""
    own, members, element = split_parts(words)
    if members:
        return {name: part_of(name, part, n) for name, part in members}
    if element:
        least = int(bound(own, "at least", 1))
        return [part_of("", element, n + i) for i in range(max(least, 1))]
    return None


def part_of(name, words, n):
    parts = value_of_parts(words, n)
    return value_of(name, words, n) if parts is None else parts


def value_of(name, words, n):
    parts = value_of_parts(words, n)
    if words.startswith("list") and parts is not None:
        return "{%s}" % ",".join(json.dumps(part) for part in parts)
    if parts is not None:
        return json.dumps(parts)
    if "one of:" in words:
        choices = re.search(r"one of: (.*?)(?: \(in the|, |$)", words).group(1).split(" | ")
        return choices[n % len(choices)]
    if words.startswith("whole number"):
        return number_between(words, n, True)
    if words.startswith("number"):
        return number_between(words, n, False)
    if words.startswith("true or false"):
        return n % 3 == 0
    if words.startswith("date"):
        return "2024-%02d-%02d" % (n % 12 + 1, n % 28 + 1)
    if words.startswith("timestamp"):
        return "2024-%02d-%02dT%02d:%02d:00Z" % (n % 12 + 1, n % 28 + 1, n % 24, n % 60)
    if words.startswith("time"):
        return "%02d:%02d:00" % (n % 24, n % 60)
    if words.startswith("interval"):
        return "%d days" % n
    if words.startswith("uuid"):
        return "00000000-0000-4000-8000-%012d" % n
    if words.startswith("inet"):
        return "192.0.2.%d" % (n % 256)
    if words.startswith("JSON"):
        return json.dumps({"n": n})
    if words.startswith("list"):
        return "{%s}" % WORDS[n % len(WORDS)]
    text = "%s %s %d" % (WORDS[n % len(WORDS)], WORDS[(n * 5) % len(WORDS)], n)
    if "mail" in name:
        text = text.replace(" ", ".") + "@example.com"
    most = re.search(r"at most (\d+) characters", words)
    return text[-int(most.group(1)):] if most else text


def make_rows(prompt, salt):
    asked = re.search(r"Write (\d+) rows: numbers (\d+)", prompt)
    count, first = int(asked.group(1)), int(asked.group(2))
    columns = columns_of(prompt)
    return [[value_of(name, words, salt * 1000003 + first + i) for name, words in columns]
            for i in range(count)]


def spoil(rows, fault):
    """Rows as a careless model writes them."""
    if fault == "short":
        return rows[:len(rows) // 2]
    if fault == "duplicates":
        return [rows[0]] * len(rows)
    if fault == "missing":
        return [row[:1] for row in rows]
    if fault == "wrong_types":
        return [["not a number"] * len(row) for row in rows]
    if fault == "nulls":
        return [[None] * len(row) for row in rows]
    return rows


def next_said():
    with STATE.lock:
        return STATE.say.pop(0) if len(STATE.say) > 1 else STATE.say[0]


def to_json(value):
    """Compact, in UTF-8; single surrogates are the bytes that they stand for."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogateescape")


def tokens(text):
    return max(1, len(text) // 4)


# ---- dialects --------------------------------------------------------------

class Refusal(Exception):
    def __init__(self, status, body, headers=None):
        self.status, self.body, self.headers = status, body, headers or {}


def openai_error(status, message, code=None, kind="invalid_request_error", param=None, headers=None):
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": code}},
                   headers)


class OpenAI:
    @staticmethod
    def check(handler, body):
        if handler.headers.get("Authorization") != "Bearer " + KEY:
            raise openai_error(401, "Incorrect API key provided: sk-wro****", "invalid_api_key")
        if body.get("model") == "gone":
            raise openai_error(404, "The model `gone` does not exist", "model_not_found")
        try:
            rules.openai(body)
        except rules.Broken as broken:
            raise openai_error(400, broken.message, broken.code, param=broken.param)

    @staticmethod
    def prompt(body):
        return "\n".join(m["content"] for m in body["messages"])

    @staticmethod
    def answer(body, text, finish, usage):
        reasons = {"done": "stop", "truncated": "length", "filtered": "content_filter",
                   "refused": "stop"}
        message = {"role": "assistant", "content": text, "refusal": None}
        if finish == "refused":
            message.update(content=None, refusal="I cannot help with that.")
        return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1795305600,
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "logprobs": None,
                             "finish_reason": reasons[finish]}],
                "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1],
                          "total_tokens": sum(usage),
                          "prompt_tokens_details": {"cached_tokens": STATE.cached}}}

    @staticmethod
    def events(body, pieces, finish, usage):
        def chunk(delta, reason=None):
            return None, {"id": "chatcmpl-1", "object": "chat.completion.chunk",
                          "model": body["model"], "choices": [
                              {"index": 0, "delta": delta, "finish_reason": reason}]}
        reasons = {"done": "stop", "truncated": "length", "filtered": "content_filter",
                   "refused": "stop"}
        yield chunk({"role": "assistant", "content": "", "refusal": None})
        if finish == "refused":
            yield chunk({"refusal": "I cannot help with that."})
        for piece in pieces:
            yield chunk({"content": piece})
        yield chunk({}, reasons[finish])
        if usage and body.get("stream_options", {}).get("include_usage"):
            yield None, {"id": "chatcmpl-1", "choices": [], "usage": {
                "prompt_tokens": usage[0], "completion_tokens": usage[1],
                "total_tokens": sum(usage)}}
        yield None, "[DONE]"

    @staticmethod
    def stream_error():
        return None, {"error": {"message": "The server had an error", "type": "server_error",
                                "param": None, "code": None}}

    @staticmethod
    def error(status, message, code, headers):
        return openai_error(status, message, code, "server_error", headers=headers)


def blocked_prompt():
    """As Azure says it."""
    refusal = openai_error(400, "The response was filtered due to the prompt triggering Azure OpenAI's "
                           "content management policy.", "content_filter", None, "prompt")
    refusal.body["error"]["innererror"] = {"code": "ResponsibleAIPolicyViolation"}
    return refusal


def check_commanded(body):
    """Refuses what POST /control says: schemas, and single fields."""
    form = body.get("response_format", {"type": "text"})
    if STATE.refuse_schema and form["type"] == "json_schema":
        raise openai_error(400, "Invalid parameter: 'response_format' of type 'json_schema' is not "
                           "supported with this model.", param="response_format")
    for field in STATE.refuse_fields:
        if field in body:
            raise openai_error(400, "Unsupported parameter: '%s' is not supported with this model."
                               % field, "unsupported_parameter", param=field)


class Gemini:
    @staticmethod
    def check(handler, body):
        if handler.headers.get("x-goog-api-key") != KEY:
            raise Refusal(400, {"error": {"code": 400, "message": "API key not valid.",
                                          "status": "INVALID_ARGUMENT"}})
        try:
            rules.gemini(body, handler.path)
        except rules.Broken as broken:
            raise Refusal(400, [{"error": {"code": 400, "status": "INVALID_ARGUMENT",
                                           "message": broken.message}}])

    @staticmethod
    def prompt(body):
        return "\n".join(p["text"] for c in body["contents"] for p in c["parts"])

    @staticmethod
    def answer(body, text, finish, usage):
        if finish in ("filtered", "refused"):
            return {"promptFeedback": {"blockReason": "SAFETY"},
                    "usageMetadata": {"promptTokenCount": usage[0], "totalTokenCount": usage[0]}}
        return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0,
                                "finishReason": "STOP" if finish == "done" else "MAX_TOKENS"}],
                "usageMetadata": {"promptTokenCount": usage[0], "candidatesTokenCount": usage[1],
                                  "totalTokenCount": sum(usage)}, "responseId": "r-1"}

    @staticmethod
    def events(body, pieces, finish, usage):
        def counts(output):
            return {"promptTokenCount": usage[0], "candidatesTokenCount": output,
                    "totalTokenCount": usage[0] + output}
        if finish in ("filtered", "refused"):
            yield None, Gemini.answer(body, "", finish, usage or (1, 1))
            return
        reason = "STOP" if finish == "done" else "MAX_TOKENS"
        for number, piece in enumerate(pieces):
            candidate = {"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}
            event = {"candidates": [candidate], "responseId": "r-1"}
            last = number == len(pieces) - 1
            if last:
                candidate["finishReason"] = reason
            if usage:
                event["usageMetadata"] = counts(usage[1] if last else number)
            yield None, event

    @staticmethod
    def stream_error():
        return None, {"error": {"code": 503, "message": "The model is overloaded.",
                                "status": "UNAVAILABLE"}}

    @staticmethod
    def error(status, message, code, headers):
        details = []
        if "retry-after" in headers:
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo",
                        "retryDelay": headers["retry-after"] + "s"}]
        return Refusal(status, [{"error": {"code": status, "message": message,
                                           "status": "UNAVAILABLE", "details": details}}])


class Anthropic:
    @staticmethod
    def check(handler, body):
        if handler.headers.get("x-api-key") != KEY:
            raise Anthropic.error(401, "invalid x-api-key", "authentication_error", {})
        if "anthropic-version" not in {k.lower() for k in handler.headers}:
            raise Anthropic.error(400, "anthropic-version: header is required",
                                  "invalid_request_error", {})
        try:
            rules.anthropic(body)
        except rules.Broken as broken:
            raise Anthropic.error(400, broken.message, "invalid_request_error", {})

    @staticmethod
    def prompt(body):
        return "\n".join(m["content"] if isinstance(m["content"], str) else
                         "".join(p["text"] for p in m["content"]) for m in body["messages"])

    @staticmethod
    def answer(body, text, finish, usage):
        reasons = {"done": "end_turn", "truncated": "max_tokens", "refused": "refusal",
                   "filtered": "refusal"}
        content = [] if finish in ("refused", "filtered") else [{"type": "text", "text": text}]
        if body.get("tools") and finish == "done" and text.startswith("{"):
            content = [{"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"],
                        "input": json.loads(text)}]
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"],
                "content": content, "stop_reason": reasons[finish], "stop_sequence": None,
                "usage": {"input_tokens": usage[0], "output_tokens": usage[1],
                          "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}}

    @staticmethod
    def events(body, pieces, finish, usage):
        reasons = {"done": "end_turn", "truncated": "max_tokens", "refused": "refusal",
                   "filtered": "refusal"}
        start = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"],
                 "content": [], "stop_reason": None, "stop_sequence": None}
        if usage:
            start["usage"] = {"input_tokens": usage[0], "output_tokens": 1,
                              "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        block, kind, member = {"type": "text", "text": ""}, "text_delta", "text"
        if body.get("tools"):
            block = {"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "input": {}}
            kind, member = "input_json_delta", "partial_json"
        yield "message_start", {"type": "message_start", "message": start}
        yield "content_block_start", {"type": "content_block_start", "index": 0,
                                      "content_block": block}
        yield "ping", {"type": "ping"}
        for piece in pieces:
            yield "content_block_delta", {"type": "content_block_delta", "index": 0,
                                          "delta": {"type": kind, member: piece}}
        yield "content_block_stop", {"type": "content_block_stop", "index": 0}
        end = {"type": "message_delta",
               "delta": {"stop_reason": reasons[finish], "stop_sequence": None}}
        if usage:
            end["usage"] = {"output_tokens": usage[1]}
        yield "message_delta", end
        yield "message_stop", {"type": "message_stop"}

    @staticmethod
    def stream_error():
        return "error", {"type": "error", "error": {"type": "overloaded_error",
                                                    "message": "Overloaded"}}

    @staticmethod
    def error(status, message, code, headers):
        return Refusal(status, {"type": "error", "error": {"type": code or "api_error",
                                                           "message": message}}, headers)


def dialect_of(path):
    if path.split("?")[0].endswith("/chat/completions"):
        return OpenAI
    if ":generateContent" in path or ":streamGenerateContent?alt=sse" in path:
        return Gemini
    if path.split("?")[0].endswith("/messages"):
        return Anthropic
    return None


def is_stream(path, body):
    return ":streamGenerateContent" in path or body.get("stream", False)


STATUS_FAULTS = {
    "429": (429, "Rate limit reached", "rate_limit_exceeded", {"retry-after": "1"}),
    "429ms": (429, "Rate limit reached", "rate_limit_exceeded", {"retry-after-ms": "300"}),
    "429reset": (429, "Rate limit reached", "rate_limit_exceeded",
                 {"x-ratelimit-reset-requests": "300ms"}),
    "429bare": (429, "Rate limit reached", "rate_limit_exceeded", {}),
    "quota": (429, "You exceeded your current quota", "insufficient_quota", {}),
    "500": (500, "The server had an error", None, {}),
    "503": (503, "The engine is overloaded", None, {}),
    "529": (529, "Overloaded", "overloaded_error", {}),
}


# Faults of a response as a whole, streamed or not.
WHOLE_FAULTS = ("huge", "not_json", "redirect", "gzip", "no_stream")

# ---- HTTP ------------------------------------------------------------------

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, status, body, headers=None, compress=False):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if compress:
            data = gzip.compress(data)
        self.send_response(status)
        if compress:
            self.send_header("Content-Encoding", "gzip")
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)),
                            **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/now":
            self.send(200, {"flying": STATE.flying, "calls": STATE.counter})
            return
        # A call is in the journal a moment after its answer is out.
        for _ in range(30):
            if STATE.flying <= 0:
                break
            time.sleep(0.01)
        with STATE.lock:
            if self.path == "/journal":
                self.send(200, STATE.journal)
            elif self.path == "/state":
                self.send(200, {"most_flying": STATE.most_flying, "calls": len(STATE.journal)})
            else:
                self.send(404, {})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/reset":
            STATE.reset()
            self.send(200, {})
        elif self.path == "/control":
            for name, value in json.loads(raw).items():
                if name == "seed":
                    STATE.dice = random.Random(value)
                else:
                    setattr(STATE, name, value)
            self.send(200, {})
        else:
            self.call(raw)

    def call(self, raw):
        with STATE.lock:
            STATE.flying += 1
            STATE.working += 1
            STATE.most_flying = max(STATE.most_flying, STATE.working)
            self.working = True
            STATE.counter += 1
            number = STATE.counter
        entry = {"path": self.path, "at": time.time(), "bytes": len(raw)}
        try:
            self.serve(raw, entry, number)
        finally:
            self.begin_answer()
            with STATE.lock:
                STATE.flying -= 1
                STATE.journal.append(entry)

    def begin_answer(self):
        """Once a client has the answer it may call again, before this thread is done."""
        with STATE.lock:
            STATE.working -= self.working
            self.working = False

    def serve(self, raw, entry, number):
        dialect = dialect_of(self.path)
        fault = entry["fault"] = STATE.next_fault()
        try:
            if dialect is None:
                raise Refusal(404, {"error": {"message": "no such path"}})
            body = json.loads(raw)
            entry["body"] = body
            dialect.check(self, body)
            check_commanded(body)
            time.sleep(STATE.latency)
            if fault == "blocked":
                raise blocked_prompt()
            if fault == "reply":
                raise Refusal(STATE.reply.get("status", 200),
                              STATE.reply.get("body", "").encode(errors="surrogateescape"),
                              STATE.reply.get("headers"))
            if fault in STATUS_FAULTS:
                raise dialect.error(*STATUS_FAULTS[fault])
        except Refusal as refusal:
            entry["status"] = refusal.status
            self.begin_answer()
            self.send(refusal.status, refusal.body, refusal.headers)
            return
        self.begin_answer()
        self.answer(dialect, body, fault, entry, number)

    def answer(self, dialect, body, fault, entry, number):
        prompt = dialect.prompt(body)
        rows = spoil(make_rows(prompt, number), fault)
        text = json.dumps({"rows": rows}, separators=(",", ":"))
        finish = "done"
        if fault == "truncated":
            text, finish = text[:len(text) * 2 // 3], "truncated"
        elif fault in ("refused", "filtered"):
            text, finish = "", fault
        elif fault == "prose":
            text = "Here are your rows:\n```json\n%s\n```" % text
        elif fault == "garbage":
            text = "I would rather talk about the weather."
        elif fault == "say":
            text = next_said()
        usage = (tokens(json.dumps(body)), tokens(text))
        entry.update(status=200, usage=usage, rows=len(rows))
        entry["stream"] = is_stream(self.path, body)
        if entry["stream"] and fault not in WHOLE_FAULTS:
            entry["events"] = self.stream(dialect, body, text, finish, usage, fault)
        else:
            self.deliver(dialect.answer(body, text, finish, usage), fault)

    def stream(self, dialect, body, text, finish, usage, fault):
        """Sends events, and returns how many it had."""
        size = max(1, len(text) // STATE.pieces)
        pieces = [text[i:i + size] for i in range(0, len(text), size)]
        events = list(dialect.events(body, pieces, finish, None if fault == "no_usage" else usage))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            if number == len(events) // 2:
                if fault == "cut":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return number
                if fault == "stall":
                    time.sleep(30)
                    return number
                if fault == "end":
                    break
                if fault == "stream_error":
                    self.send_event(*dialect.stream_error())
                    break
                if fault == "invalid_utf8":
                    self.send_chunk(b"data: {\"choices\": [\xff\xfe]}\n\n")
            self.send_event(*event)
            time.sleep(0.02 if fault == "slow" else STATE.drip)
        self.wfile.write(b"0\r\n\r\n")
        return len(events)

    def send_event(self, name, data):
        if not isinstance(data, str):
            data = to_json(data)
        else:
            data = data.encode()
        self.send_chunk((b"event: %s\n" % name.encode() if name else b"") + b"data: %s\n\n" % data)

    def send_chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def deliver(self, response, fault):
        data = to_json(response)
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "stall":
            time.sleep(30)
        elif fault == "slow":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for i in range(0, len(data), max(1, len(data) // 10)):
                self.wfile.write(data[i:i + max(1, len(data) // 10)])
                self.wfile.flush()
                time.sleep(0.05)
        elif fault == "huge":
            self.send(200, b" " * (40 * 1024 * 1024) + data)
        elif fault == "invalid_utf8":
            self.send(200, data.replace(b"rows", b"r\xff\xfews", 1))
        elif fault == "not_json":
            self.send(200, b"<html>gateway</html>")
        elif fault == "redirect":
            self.send(302, {}, {"Location": "http://127.0.0.1:1/stolen"})
        elif fault == "gzip":
            self.send(200, response, compress=True)
        else:
            self.send(200, data)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    tls = None

    def finish_request(self, request, client_address):
        """In a thread of its own, so that a slow handshake holds up nobody.

        A handshake begins with this byte, and no request of HTTP does.
        """
        if self.tls and request.recv(1, socket.MSG_PEEK) == b"\x16":
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        super().finish_request(request, client_address)


def main():
    global KEY
    if "--key" in sys.argv:
        KEY = sys.argv[sys.argv.index("--key") + 1]
    server = Server(("127.0.0.1", 0), Handler)
    if "--tls" in sys.argv:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(*sys.argv[sys.argv.index("--tls") + 1:][:2])
    with open(sys.argv[1] + ".tmp", "w") as out:
        out.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".tmp", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
