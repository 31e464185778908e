# SPDX-License-Identifier: Apache-2.0
"""A server of `wavestyle studio` or `wavestyle listen` that a check starts for itself, and what the check asks it. Only Python's standard library is used."""

import json
import math
import queue
import re
import signal
import struct
import subprocess
import threading
import urllib.error
import urllib.request
import wave

# Seconds that a start, an answer, or an end may take.
PATIENCE = 30


def write_tone(path, hertz, seconds, rate=16000):
    """A sound of one pitch that falls away, 16 bits and mono."""
    values = (
        int(16000 * math.exp(-2 * t / rate) * math.sin(2 * math.pi * hertz * t / rate)) for t in range(int(seconds * rate))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", value) for value in values))
    return path


class Server:
    """One process of the program that serves a page, at a port that is free."""

    def __init__(self, program, *arguments):
        self.errors = []
        # In the background of a shell SIGINT is ignored, and would stay so.
        self.process = subprocess.Popen(
            [str(program), *map(str, arguments), "--port", "0", "--no-browser"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        lines = queue.Queue()
        self.readers = [
            threading.Thread(target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True),
            threading.Thread(target=lambda: self.errors.extend(self.process.stderr), daemon=True)]
        for reader in self.readers:
            reader.start()
        try:
            self.address = re.search(r"http://\S+", lines.get(timeout=PATIENCE))[0]
        except (queue.Empty, TypeError):
            self.kill()
            raise RuntimeError(f"the server does not say its address: {''.join(self.errors)}") from None
        self.origin, self.token = re.fullmatch(r"(http://[^/]+)/(\w+)/", self.address).groups()

    def ask(self, method, path, body=None, content_type="application/json"):
        """The answer's status and its bytes. Whatever the server's end breaks off raises OSError, or HTTPException."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data=data, method=method, headers={
            "Authorization": f"Bearer {self.token}", "Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.status, error.read()

    def json(self, method, path, body=None):
        """What a request is answered, which has to succeed."""
        status, answer = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} is answered {status}: {answer.decode(errors='replace')}")
        return json.loads(answer)

    def get(self, path):
        return self.json("GET", path)

    def kill(self):
        self.process.kill()
        return self.wait()

    def end(self):
        """As Ctrl-C does. The exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self):
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"the server did not end in {PATIENCE} s") from None
        for reader in self.readers:
            reader.join(PATIENCE)
        return code


class StudioServer(Server):
    """The studio on a folder."""

    def __init__(self, program, folder, threads=2):
        super().__init__(program, "studio", "--folder", folder, "--threads", threads)
