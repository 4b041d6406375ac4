"""TCP ports for servers that start later."""

import socket


def free_ports(count):
    """Ports of 127.0.0.1 that nobody has, kept for a minute from everyone who asks for any port: each holds a connection in TIME_WAIT, and
    only who names the port and sets SO_REUSEADDR, as servers do, can listen there."""
    return [_reserve() for _ in range(count)]


def _reserve():
    with socket.create_server(("127.0.0.1", 0)) as listener:  # sets SO_REUSEADDR
        with socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()  # the side that closes first waits in TIME_WAIT
        return listener.getsockname()[1]
