"""Runs a command without a network and notes every attempt to use one: `python -m tests.no_network RECORD COMMAND ...`.

Started by `tests/on_stack.sh` within `unshare --net --mount` (root only). Loopback works; every other address is routed into a
TUN device that nobody answers on, and every DNS question goes to a server here that knows no name. RECORD gets a line of JSON
for each.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

RECORD = "PV_NETWORK_RECORD"
"""Names the record's file in the environment of what runs."""
NAME_SERVER = "127.0.0.53"
DEVICE, ADDRESS = "outside", "192.0.2.1/24"
# From linux/if_tun.h: ask for a device, of packets without a link layer or a header of its own.
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NO_SUCH_NAME = 0x8183
PROTOCOLS = {socket.IPPROTO_TCP: "tcp", socket.IPPROTO_UDP: "udp"}

Note = Callable[..., None]


def open_device() -> int:
    """The TUN device, with everything but loopback routed into it; returns its file."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    for command in (
        "link set lo up",
        f"addr add {ADDRESS} dev {DEVICE}",
        f"link set {DEVICE} up",
        f"route add default dev {DEVICE}",
        f"-6 addr add 2001:db8::1/64 dev {DEVICE} nodad",
        f"-6 route add default dev {DEVICE}",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    return device


def packet(data: bytes) -> dict[str, Any] | None:
    """Where an IP packet goes and by which protocol and port; None for what the kernel itself says to neighbours."""
    six = data[0] >> 4 == 6
    to = ipaddress.ip_address(data[24:40] if six else data[16:20])
    if to.is_multicast:
        return None
    protocol, ports = (data[6], data[40:44]) if six else (data[9], data[(data[0] & 15) * 4 :][:4])
    source, target = struct.unpack("!HH", ports) if len(ports) == 4 else (0, 0)
    return {"to": str(to), "protocol": PROTOCOLS.get(protocol, protocol), "port": target, "source": source}


def question(data: bytes) -> str:
    """The name that a DNS message asks for."""
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels)


def asker(port: int) -> str:
    """Command line of the process that a local port belongs to, if it is still there."""
    for connection in psutil.net_connections("inet"):
        if connection.laddr and connection.laddr.port == port and connection.pid:
            try:
                return " ".join(psutil.Process(connection.pid).cmdline())[:300]
            except psutil.Error:
                break
    return "a process that has ended"


def watch_packets(device: int, note: Note) -> None:
    """Note what arrives at the device, for ever."""
    while True:
        if found := packet(os.read(device, 65536)):
            note(**found)


def watch_questions(server: socket.socket, note: Note) -> None:
    """Note DNS questions and say that the name is not known, for ever."""
    while True:
        data, client = server.recvfrom(65536)
        note(client[1], name=question(data))
        server.sendto(data[:2] + struct.pack("!HHHHH", NO_SUCH_NAME, 1, 0, 0, 0) + data[12:], client)


def main(record: Path, command: list[str]) -> int:
    """Run the command and return its exit code."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("", encoding="utf-8")

    def note(source: int, **what: Any) -> None:
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(what | {"by": asker(source)}) + "\n")

    threading.Thread(target=watch_packets, args=(open_device(), note), daemon=True).start()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((NAME_SERVER, 53))
    threading.Thread(target=watch_questions, args=(server, note), daemon=True).start()
    with tempfile.NamedTemporaryFile("w") as resolver:
        resolver.write(f"nameserver {NAME_SERVER}\n")
        resolver.flush()
        Path(resolver.name).chmod(0o644)
        subprocess.run(["mount", "--bind", resolver.name, "/etc/resolv.conf"], check=True)
        # A proxy of this machine would be asked in place of the address itself.
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        running = subprocess.Popen(command, env=kept | {RECORD: str(record)})
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # the command's to obey: it stops the stack first
                return running.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
