"""The work on rows: leases, checking uploads, planning, claiming, running segments, assembling, sweeping."""
