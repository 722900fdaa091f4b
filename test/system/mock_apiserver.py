#!/usr/bin/env python3
"""A mock of the Kubernetes API server, for the faults that a real one cannot be made to show.

usage: mock_apiserver.py ADDRESS PORT CERTIFICATE KEY CONTROL-SOCKET

It serves lists and watches of whatever objects it was given over HTTP/1.1 with TLS, and does as it is told over
the Unix socket, a line of JSON a connection:

  {"set": PATH, "object": {...}}      makes or changes an object of the collection PATH ("/api/v1/nodes")
  {"status": N, "times": M, "retryAfter": S}   the next M requests get that status
  {"forbid": PATH, "verbs": ["list"]}  what begins with PATH is forbidden to those verbs; none: to nobody
  {"writeStatus": N, "writeTimes": M, "retryAfter": S}   likewise the next M that write
  {"push": TEXT}                      sends TEXT as it is to every watch
  {"cut": true}                       ends every watch in the midst of an event
  {"hang": true|false}                says nothing more to anybody, though the connections stay
  {"requests": true}                  answers with the requests so far, one a line
"""
import json
import os
import queue
import socket
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

lock = threading.Lock()
objects = {}  # collection -> name -> object
watches = []  # (collection, name, queue)
requests = []
forbidden = {}  # path -> verbs
state = {"version": 100, "status": 0, "times": 0, "retryAfter": 0, "hang": False, "writeStatus": 0, "writeTimes": 0}


def matches(obj, selector):
    for part in selector.split(","):
        key, _, value = part.partition("=")
        at = obj
        for word in key.split(".") if key else []:
            at = at.get(word, {}) if isinstance(at, dict) else {}
        if key and at != value:
            return False
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self, status, obj, headers=()):
        data = json.dumps(obj).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def is_forbidden(self, verb):
        with lock:
            return any(self.path.startswith(path) and verb in verbs for path, verbs in forbidden.items())

    def forbid(self, verb):
        message = f'{self.path} is forbidden: the mock cannot {verb} it'
        self.answer(403, {"kind": "Status", "message": message, "reason": "Forbidden", "code": 403})

    def wait_while_hanging(self):
        while state["hang"]:
            time.sleep(0.1)

    def refuse(self, status):
        after = [("Retry-After", str(state["retryAfter"]))] if state["retryAfter"] else []
        self.answer(status, {"kind": "Status", "message": "as it was told to", "code": status}, after)

    def do_GET(self):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        with lock:
            requests.append(self.path)
            fault = state["times"] > 0 and state["status"]
            if fault:
                state["times"] -= 1
        self.wait_while_hanging()
        if fault:
            self.refuse(fault)
        elif self.is_forbidden("watch" if "watch" in query else "list"):
            self.forbid("watch" if "watch" in query else "list")
        elif url.path not in objects:
            self.answer(404, {"kind": "Status", "message": "not found", "code": 404})
        elif "watch" in query:
            self.watch(url.path, query)
        else:
            selector = query.get("fieldSelector", "")
            with lock:
                items = [o for o in objects[url.path].values() if matches(o, selector)]
                version = str(state["version"])
            self.answer(200, {"kind": "List", "metadata": {"resourceVersion": version}, "items": items})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            requests.append(f"{self.command} {self.path} {body.decode()}")
            fault = state["writeTimes"] > 0 and state["writeStatus"]
            if fault:
                state["writeTimes"] -= 1
        verb = {"POST": "create", "PATCH": "patch"}[self.command]
        if fault:
            self.refuse(fault)
        elif self.is_forbidden(verb):
            self.forbid(verb)
        else:
            self.answer(201, {"kind": "Status", "status": "Success"})

    do_PATCH = do_POST

    def watch(self, path, query):
        mine = queue.Queue()
        with lock:
            watches.append((path, query.get("fieldSelector", ""), mine))
            since = int(query.get("resourceVersion", "0"))
            for o in objects[path].values():
                if int(o["metadata"]["resourceVersion"]) > since and matches(o, watches[-1][1]):
                    mine.put(json.dumps({"type": "MODIFIED", "object": o}) + "\n")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        end = time.monotonic() + int(query.get("timeoutSeconds", "600"))
        try:
            while time.monotonic() < end:
                try:
                    text = mine.get(timeout=0.2)
                except queue.Empty:
                    continue
                if text is None:  # in the midst of an event, and of a chunk
                    self.wfile.write(b'1000\r\n{"type":"MODIFIED","object":{"metadata":{"name":')
                    self.wfile.flush()
                    self.close_connection = True
                    return
                self.wait_while_hanging()
                self.chunk(text)
            self.chunk("")
        except OSError:
            self.close_connection = True


class Control(socketserver.StreamRequestHandler):
    def handle(self):
        order = json.loads(self.rfile.readline())
        with lock:
            if "set" in order:
                state["version"] += 1
                obj, path = order["object"], order["set"]
                obj["metadata"]["resourceVersion"] = str(state["version"])
                objects.setdefault(path, {})[obj["metadata"]["name"]] = obj
                for where, selector, q in watches:
                    if where == path and matches(obj, selector):
                        q.put(json.dumps({"type": "MODIFIED", "object": obj}) + "\n")
            if "status" in order or "writeStatus" in order:
                state.update(order)
            if "forbid" in order:
                forbidden[order["forbid"]] = order["verbs"]
            if "push" in order:
                for _, _, q in watches:
                    q.put(order["push"])
            if "cut" in order:
                for _, _, q in watches:
                    q.put(None)
                watches.clear()
            if "hang" in order:
                state["hang"] = order["hang"]
            text = "\n".join(requests) if "requests" in order else "ok"
        self.wfile.write(text.encode() + b"\n")


def main():
    address, port, certificate, key, control = sys.argv[1:6]
    if os.path.exists(control):
        os.unlink(control)
    ThreadingHTTPServer.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = ThreadingHTTPServer((address, int(port)), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socketserver.ThreadingUnixStreamServer(control, Control) as commands:
        commands.serve_forever()


main()
