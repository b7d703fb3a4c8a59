"""Before a kept connection is used again Django asks the server whether it is there, at every request.

A look at the socket tells as much without waiting for the server's turn on the processor: where a server has ended, or
the kernel has given the line up, there is something to read.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Nothing comes unasked over a connection that is well."""
        if self.connection is None or self.connection.closed:
            return False
        watched = select.poll()
        watched.register(self.connection.fileno(), select.POLLIN)
        return not watched.poll(0)
