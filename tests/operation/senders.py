"""Clients of an echo that send texts all at once, each in a way of its own, and read them again."""

from __future__ import annotations

import asyncio
import http.client
import json
import time

import websockets
from service import PATIENCE


def ask(port: int, method: str, path: str, body="", headers=None, source: str = "127.0.0.1") -> tuple[int, http.client.HTTPMessage, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))
    line.request(method, path, body, headers or {}, encode_chunked=False)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, answer.headers, text


class Sender:
    """Comes from 127.0.0.1, and says that it speaks for `client`."""

    def __init__(self, port: int, path: str, client: str = "127.0.0.1"):
        self.port, self.path, self.headers = port, path, {"X-Forwarded-For": client}

    async def __aenter__(self):
        await self.open()
        return self

    async def __aexit__(self, *_):
        await self.close()

    async def send(self, texts: list[str]) -> tuple[list[str], float]:
        """What came back, and after how long."""
        begin = time.monotonic()
        await self.give(texts)
        return [await self.take() for _ in texts], time.monotonic() - begin


class OverWebSocket(Sender):
    where = "websocket"

    async def open(self):
        self.socket = await websockets.connect(f"ws://127.0.0.1:{self.port}{self.path}/{self.where}", extra_headers=self.headers)

    async def give(self, texts):
        for text in texts:
            await self.socket.send(text)

    async def take(self):
        return await self.socket.recv()

    async def close(self):
        await self.socket.close()


class OverFacade(OverWebSocket):
    async def open(self):
        status, _, body = await asyncio.to_thread(ask, self.port, "POST", f"{self.path}/encke.1/open", headers=self.headers)
        assert status == 200, (status, body)
        self.where = f"encke.1/{json.loads(body)['session']}/websocket"
        self.come: list[str] = []
        self.acknowledged = 0
        await super().open()
        await self.socket.send("r[1,0,0]")

    async def give(self, texts):
        await super().give("a" + json.dumps([text]) for text in texts)

    async def take(self):
        while not self.come:
            frame = await self.socket.recv()
            for line in frame.split("\n"):
                self.come += json.loads(line[1:]) if line.startswith("a") else []
        return self.come.pop(0)


class OverXhr(Sender):
    """SockJS' polls, and one request that sends."""

    async def open(self):
        self.come: list[str] = []
        self.session = f"{self.path}/000/{id(self)}"
        assert await self.request("xhr") == (200, "o\n")

    async def request(self, leaf, body=""):
        status, _, text = await asyncio.to_thread(ask, self.port, "POST", f"{self.session}/{leaf}", body, self.headers)
        return status, text

    async def give(self, texts):
        answer = await self.request("xhr_send", json.dumps(texts))
        assert answer == (204, ""), answer  # once the service has been given all

    async def take(self):
        while not self.come:
            status, text = await self.request("xhr")
            assert status == 200 and text[0] in "ah", (status, text)
            self.come += json.loads(text[1:]) if text[0] == "a" else []
        return self.come.pop(0)

    async def close(self):
        pass


SENDERS = {"websocket": OverWebSocket, "xhr_send": OverXhr, "facade": OverFacade}
