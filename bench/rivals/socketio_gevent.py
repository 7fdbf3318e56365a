"""Flask-SocketIO on gevent: what the predecessors are made of."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all(thread=False)  # orders are read by a real thread

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402
from gevent import pywsgi  # noqa: E402
from geventwebsocket.handler import WebSocketHandler  # noqa: E402
from pace import Pace, a_message, announce  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*")


def publish() -> None:
    pace = Pace()
    while True:
        gevent.sleep(pace.wait_s())
        for n, at_ns in pace.due():
            socketio.emit("tick", a_message(n, at_ns))


server = pywsgi.WSGIServer(
    ("127.0.0.1", 0), app, handler_class=WebSocketHandler, log=None, backlog=4096
)
server.start()
announce(
    server.server_port,
    path="/socket.io/?EIO=4&transport=websocket",
    greetings=("40", "~ping"),
)
gevent.spawn(publish)
server.serve_forever()
